/** Why an export by an official exporter failed, as far as it knows. */
export interface ExportError extends Error {
  /** A gRPC status (0 to 16), an HTTP status, or Node's error code. */
  readonly code?: number | string;
  /** What the receiver answered. */
  readonly data?: string;
}

/** https://grpc.io/docs/guides/status-codes/ ; numbers from 100 are HTTP status codes. */
const GRPC_STATUS: Readonly<Record<number, string>> = {
  1: 'CANCELLED',
  2: 'UNKNOWN',
  3: 'INVALID_ARGUMENT',
  4: 'DEADLINE_EXCEEDED',
  5: 'NOT_FOUND',
  7: 'PERMISSION_DENIED',
  8: 'RESOURCE_EXHAUSTED',
  9: 'FAILED_PRECONDITION',
  10: 'ABORTED',
  11: 'OUT_OF_RANGE',
  12: 'UNIMPLEMENTED',
  13: 'INTERNAL',
  14: 'UNAVAILABLE',
  15: 'DATA_LOSS',
  16: 'UNAUTHENTICATED',
};

/** gRPC status names and Node's error codes make good error types; class names are the last resort. */
export function errorTypeOf(error: ExportError | undefined): string {
  const code = error?.code;
  if (typeof code === 'number') return GRPC_STATUS[code] ?? String(code);
  if (typeof code === 'string') return code;
  return error?.name ?? 'unknown';
}

/** What is wrong, as the receiver or the connection said it. */
export function messageOf(error: ExportError | undefined): string {
  if (error === undefined) return 'unknown error';
  const { code, data, message } = error;
  // An HTTP refusal has its status and the receiver's words beside the reason phrase; gRPC has all in the message.
  const status = typeof code === 'number' && code >= 100 ? `${code} ` : '';
  const words = typeof data === 'string' && data.trim() !== '' ? `: ${data.trim()}` : '';
  return `${status}${message.replace(/ Resolution note: $/, '')}${words}`;
}
