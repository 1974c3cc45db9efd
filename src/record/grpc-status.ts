/** The gRPC status table: every status with its code (https://grpc.io/docs/guides/status-codes/). */
export const GRPC_CODES = {
  OK: 0,
  CANCELLED: 1,
  UNKNOWN: 2,
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  ALREADY_EXISTS: 6,
  PERMISSION_DENIED: 7,
  RESOURCE_EXHAUSTED: 8,
  FAILED_PRECONDITION: 9,
  ABORTED: 10,
  OUT_OF_RANGE: 11,
  UNIMPLEMENTED: 12,
  INTERNAL: 13,
  UNAVAILABLE: 14,
  DATA_LOSS: 15,
  UNAUTHENTICATED: 16,
} as const;

export type GrpcStatusName = keyof typeof GRPC_CODES;

const NAMES: ReadonlyMap<number, GrpcStatusName> = new Map(
  (Object.keys(GRPC_CODES) as GrpcStatusName[]).map((name) => [GRPC_CODES[name], name]),
);

/** `undefined` for a number that is no gRPC status. */
export function grpcStatusName(code: number): GrpcStatusName | undefined {
  return NAMES.get(code);
}

/**
 * Statuses that the semantic conventions count as errors of a server; the others are answers to what the client asked.
 * https://opentelemetry.io/docs/specs/semconv/rpc/grpc/
 */
const SERVER_ERRORS: ReadonlySet<string> = new Set<GrpcStatusName>([
  'UNKNOWN',
  'DEADLINE_EXCEEDED',
  'UNIMPLEMENTED',
  'INTERNAL',
  'UNAVAILABLE',
  'DATA_LOSS',
]);

/** The status as `rpc.status_code` has it: its name, or its number where it is not in the table. */
export function rpcStatusOf(code: number | undefined): string | undefined {
  return code === undefined ? undefined : (grpcStatusName(code) ?? String(code));
}

/** @param rpcStatus value of `rpc.status_code` */
export function isServerError(rpcStatus: string | undefined): boolean {
  return rpcStatus !== undefined && SERVER_ERRORS.has(rpcStatus);
}
