import { grpcStatusName } from '../../record/grpc-status.ts';

/** Why an export by an official exporter failed, as far as it knows. */
export interface ExportError extends Error {
  /** A gRPC status (0 to 16), an HTTP status, or Node's error code. */
  readonly code?: number | string;
  /** What the receiver answered. */
  readonly data?: string;
}

/** gRPC status names and Node's error codes make good error types; class names are the last resort. */
export function errorTypeOf(error: ExportError | undefined): string {
  const code = error?.code;
  // Numbers from 100 are HTTP status codes.
  if (typeof code === 'number') return grpcStatusName(code) ?? String(code);
  if (typeof code === 'string') return code;
  return error?.name ?? 'unknown';
}

/** Why the export failed, in the words of the receiver or of the connection. */
export function messageOf(error: ExportError | undefined): string {
  if (error === undefined) return 'unknown error';
  const { code, data, message } = error;
  // An HTTP refusal has its status and the receiver's words beside the reason phrase; gRPC has all in the message.
  const status = typeof code === 'number' && code >= 100 ? `${code} ` : '';
  const words = typeof data === 'string' && data.trim() !== '' ? `: ${data.trim()}` : '';
  return `${status}${message.replace(/ Resolution note: $/, '')}${words}`;
}
