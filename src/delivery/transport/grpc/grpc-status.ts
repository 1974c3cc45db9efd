import type { IncomingHttpHeaders, IncomingHttpStatusHeader } from 'node:http2';
import { percentDecoded } from '../../../options/path/percent-decoded.ts';

/** Of a response, or its trailers. */
export type ResponseHeaders = IncomingHttpHeaders & IncomingHttpStatusHeader;

/** Each at the place of its code (https://grpc.io/docs/guides/status-codes/). */
const NAMES = [
  'OK',
  'CANCELLED',
  'UNKNOWN',
  'INVALID_ARGUMENT',
  'DEADLINE_EXCEEDED',
  'NOT_FOUND',
  'ALREADY_EXISTS',
  'PERMISSION_DENIED',
  'RESOURCE_EXHAUSTED',
  'FAILED_PRECONDITION',
  'ABORTED',
  'OUT_OF_RANGE',
  'UNIMPLEMENTED',
  'INTERNAL',
  'UNAVAILABLE',
  'DATA_LOSS',
  'UNAUTHENTICATED',
] as const;

const CODES: ReadonlyMap<string, number> = new Map(NAMES.map((name, code) => [name, code]));

export type GrpcStatusName = (typeof NAMES)[number];

/** What a call ended with. */
export interface GrpcStatus {
  readonly name: GrpcStatusName;
  readonly details: string;
  /** `grpc-status-details-bin`: a google.rpc.Status. */
  readonly richStatus: Uint8Array | undefined;
  /** Whether the receiver, or a proxy before it, said so; otherwise nobody has judged the batch. */
  readonly wasReceived: boolean;
}

/** `undefined` for what is no name of a status. */
export function grpcCode(name: string): number | undefined {
  return CODES.get(name);
}

/** A status that nobody sent. */
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
  const name = /^\d{1,2}$/.test(String(code)) ? NAMES[Number(code)] : undefined;
  const [richStatus = ''] = String(headers['grpc-status-details-bin'] ?? '').split(',', 1);
  return {
    name: name ?? 'UNKNOWN',
    details: percentDecoded(String(headers['grpc-message'] ?? '')),
    richStatus: richStatus === '' ? undefined : Buffer.from(richStatus, 'base64'),
    wasReceived: true,
  };
}

/**
 * That of a response which has none: what answered is not gRPC
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
 * That of a stream which ended with RST_STREAM before there was another
 * (https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md#errors).
 */
export function statusOfReset(code: number): GrpcStatus {
  const [name, reset = 'INTERNAL'] = RESETS[code] ?? [`code ${code}`];
  return ownStatus(reset, `the stream was reset (${name})`);
}

/** By error code of HTTP/2 (RFC 9113 section 7): its name, and the status where that is not INTERNAL. */
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
