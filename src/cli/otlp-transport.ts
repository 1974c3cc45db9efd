import type { PartialSuccess } from './otlp-decode.ts';

/** Largest export that is read, before and after decompression: 20 MiB, as in the Collector's HTTP receiver. */
export const MAX_MESSAGE_BYTES: number = 20 * 1024 * 1024;

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

/** An export before it is decoded. */
export interface RawExport {
  readonly transport: Transport;
  /** HTTP headers or gRPC metadata, by lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  readonly encoding: 'protobuf' | 'json';
}

/** Decodes an export, hands its records on and says how to answer; `invalid` where it cannot be read. */
export type Intake = (raw: RawExport) => Promise<Answer | 'invalid'>;

export interface ListenOptions {
  readonly host: string;
  /** 0 for a free port. */
  readonly port: number;
  readonly tls: ReceiverTls | undefined;
  readonly intake: Intake;
  /** Called for every export that was refused before it came to `intake`. */
  readonly onUnreadable: () => void;
}

/** A transport that listens. */
export interface Listener {
  readonly port: number;
  /** Ends open connections too. */
  close(): Promise<void>;
}
