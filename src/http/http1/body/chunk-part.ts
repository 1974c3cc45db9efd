/** The parts of a chunked body (RFC 9112 section 7.1), in their order. Integers, as the engine likes them best. */
export const ChunkPart = { size: 0, firstCrlf: 1, data: 2, none: 3 } as const;
export type ChunkPart = (typeof ChunkPart)[keyof typeof ChunkPart];
