import { GRPC_CODES } from '../../record/grpc-status.ts';
import type { PartialSuccess } from './otlp-response.ts';
import type { ReceiveMemory } from './receive-memory.ts';

export type Transport = 'grpc' | 'http';

/** PEM texts. With them both transports speak TLS. */
export interface ReceiverTls {
  readonly cert: string | Buffer;
  readonly key: string | Buffer;
  /** Who signs client certificates. */
  readonly ca?: string | Buffer;
  /** Default `false`. */
  readonly requireClientCert?: boolean;
}

/** What to answer instead of success. A field for the other transport is without effect. */
export interface Answer {
  /** HTTP status code; from 400 on the records count as not received. Default 200. */
  readonly httpStatus?: number;
  /** gRPC status code; any but 0 (OK) and the records count as not received. Default 0. */
  readonly grpcCode?: number;
  readonly message?: string;
  /** HTTP headers (`retry-after`), or gRPC trailers (`grpc-status-details-bin`, as a Buffer). */
  readonly headers?: Readonly<Record<string, string | Buffer>>;
  /** Taken, but for the last `rejectedLogRecords`. */
  readonly partialSuccess?: PartialSuccess;
}

/** An export before it is decompressed and decoded. */
export interface RawExport {
  readonly transport: Transport;
  /** HTTP headers or gRPC metadata, by lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  readonly isCompressed: boolean;
  readonly encoding: 'protobuf' | 'json';
  /** Whether the sender still waits for the answer; if not, it sends the export again. */
  readonly isAwaited: () => boolean;
}

/** Reads an export, passes its records on and returns the answer. */
export type Intake = (raw: RawExport) => Promise<Answer>;

export interface ListenOptions {
  readonly host: string;
  /** 0 for a free port. */
  readonly port: number;
  readonly tls: ReceiverTls | undefined;
  readonly intake: Intake;
  /** Of both transports. */
  readonly memory: ReceiveMemory;
  /** Whether that `Host` is one of ours. */
  readonly isOwnHost: (host: string | undefined) => boolean;
  /** Called for every export that was refused before it came to `intake`. */
  readonly onUnreadable: () => void;
}

/** A transport that listens. */
export interface Listener {
  readonly port: number;
  /** Ends open connections too: those with an export under way after `graceMs`. */
  close(graceMs: number): Promise<void>;
}

/** Connections of one transport. */
export const MAX_CONNECTIONS = 512;

/** Milliseconds that a sender has for the whole of an export. */
export const RECEIVE_TIMEOUT_MS = 30_000;

/** Both are retryable (OTLP). */
export const COME_AGAIN: Answer = {
  httpStatus: 503,
  grpcCode: GRPC_CODES.UNAVAILABLE,
  message: 'too much is waiting to be shown',
  headers: { 'retry-after': '1' },
};
export const TOO_LARGE: Answer = {
  httpStatus: 413,
  grpcCode: GRPC_CODES.RESOURCE_EXHAUSTED,
  message: 'larger than 20 MiB',
};
export const NOT_GZIP: Answer = { httpStatus: 400, grpcCode: GRPC_CODES.INTERNAL, message: 'not gzip' };
export const INVALID: Answer = {
  httpStatus: 400,
  grpcCode: GRPC_CODES.INVALID_ARGUMENT,
  message: 'not an ExportLogsServiceRequest',
};
