import type { IncomingHttpHeaders, IncomingHttpStatusHeader } from 'node:http2';
import { percentDecoded } from '../../../options/path/percent-decoded.ts';
import { GRPC_CODES, type GrpcStatusName, grpcStatusName } from '../../../record/grpc-status.ts';

/** Headers of a response, or its trailers. */
export type ResponseHeaders = IncomingHttpHeaders & IncomingHttpStatusHeader;

/** `undefined` for a text that is no name of a gRPC status. */
export function grpcStatusCode(name: string): number | undefined {
  return Object.hasOwn(GRPC_CODES, name) ? GRPC_CODES[name as GrpcStatusName] : undefined;
}

/** How a call ended. */
export interface GrpcStatus {
  readonly name: GrpcStatusName;
  readonly details: string;
  /** `grpc-status-details-bin`: a google.rpc.Status. */
  readonly richStatus: Uint8Array | undefined;
  /** Whether the receiver, or a proxy before it, sent this status. If not, the batch was neither accepted nor refused. */
  readonly wasReceived: boolean;
}

/** A status that was not received: made up here for a call without a response. */
export function ownStatus(name: GrpcStatusName, details: string): GrpcStatus {
  return { name, details, richStatus: undefined, wasReceived: false };
}

/**
 * The status in the headers of a response, or in its trailers; `undefined` where there is none
 * (https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md#responses).
 */
export function receivedStatus(headers: ResponseHeaders): GrpcStatus | undefined {
  const code = headers['grpc-status'];
  if (code === undefined) return undefined;
  const name = /^\d{1,2}$/.test(String(code)) ? grpcStatusName(Number(code)) : undefined;
  const [richStatus = ''] = String(headers['grpc-status-details-bin'] ?? '').split(',', 1);
  return {
    name: name ?? 'UNKNOWN',
    details: percentDecoded(String(headers['grpc-message'] ?? '')),
    richStatus: richStatus === '' ? undefined : Buffer.from(richStatus, 'base64'),
    wasReceived: true,
  };
}

/**
 * The status for a response that has none of its own, since the peer does not speak gRPC
 * (https://github.com/grpc/grpc/blob/master/doc/http-grpc-status-mapping.md).
 */
export function statusOfHttp(headers: ResponseHeaders): GrpcStatus {
  const status = headers[':status'] ?? 0;
  if (status !== 200) {
    const details = `Received HTTP status code ${status}`;
    return { name: HTTP_STATUSES[status] ?? 'UNKNOWN', details, richStatus: undefined, wasReceived: true };
  }
  const type = headers['content-type'] ?? '';
  const isGrpc = type.startsWith('application/grpc');
  return ownStatus('UNKNOWN', isGrpc ? 'the answer has no status' : `${type || 'what is there'} is no gRPC`);
}

const HTTP_STATUSES: Readonly<Record<number, GrpcStatusName>> = {
  400: 'INTERNAL',
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'UNIMPLEMENTED',
  429: 'UNAVAILABLE',
  502: 'UNAVAILABLE',
  503: 'UNAVAILABLE',
  504: 'UNAVAILABLE',
};

/**
 * The status of a stream that ended with RST_STREAM before one was received
 * (https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md#errors).
 */
export function statusOfReset(code: number): GrpcStatus {
  const [name, reset = 'INTERNAL'] = RESETS[code] ?? [`code ${code}`];
  return ownStatus(reset, `the stream was reset (${name})`);
}

/** Index: error code of HTTP/2 (RFC 9113 section 7). Its name, and the gRPC status where that is not INTERNAL. */
const RESETS: readonly (readonly [name: string, status?: GrpcStatusName])[] = [
  ['NO_ERROR'],
  ['PROTOCOL_ERROR'],
  ['INTERNAL_ERROR'],
  ['FLOW_CONTROL_ERROR'],
  ['SETTINGS_TIMEOUT'],
  ['STREAM_CLOSED'],
  ['FRAME_SIZE_ERROR'],
  ['REFUSED_STREAM', 'UNAVAILABLE'],
  ['CANCEL', 'CANCELLED'],
  ['COMPRESSION_ERROR'],
  ['CONNECT_ERROR'],
  ['ENHANCE_YOUR_CALM', 'RESOURCE_EXHAUSTED'],
  ['INADEQUATE_SECURITY', 'PERMISSION_DENIED'],
];
