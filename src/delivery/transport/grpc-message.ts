import { promisify } from 'node:util';

/** A byte that says whether the message is compressed, and its length. */
const PREFIX_BYTES = 5;
/** Bytes of an answer: the specification's limit. */
export const MAX_ANSWER_BYTES: number = 4 * 1024 * 1024;

const NOTHING = new Uint8Array();

/**
 * The message behind its prefix (Length-Prefixed-Message of
 * https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md#requests).
 */
export function framed(message: readonly Uint8Array[], isCompressed: boolean): readonly Uint8Array[] {
  const prefix = Buffer.allocUnsafe(PREFIX_BYTES);
  const length = message.reduce((sum, part) => sum + part.length, 0);
  prefix.writeUInt8(isCompressed ? 1 : 0, 0);
  prefix.writeUInt32BE(length, 1);
  return [prefix, ...message];
}

/**
 * The message of an answer, without its prefix; empty where it is no such message.
 *
 * @param encoding the header `grpc-encoding`
 */
export async function unframed(body: Buffer, encoding: unknown): Promise<Uint8Array> {
  if (body.length < PREFIX_BYTES) return NOTHING;
  const message = body.subarray(PREFIX_BYTES, PREFIX_BYTES + body.readUInt32BE(1));
  if (body[0] === 0) return message;
  if (body[0] !== 1 || encoding !== 'gzip') return NOTHING;
  const gunzip = promisify(process.getBuiltinModule('node:zlib').gunzip);
  try {
    return await gunzip(message, { maxOutputLength: MAX_ANSWER_BYTES });
  } catch {
    return NOTHING;
  }
}
