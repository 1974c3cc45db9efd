import { readMessage } from './message-reader.ts';

// Tags: field number and wire type.
const PARTIAL_SUCCESS = 0x0a;
const REJECTED_LOG_RECORDS = 0x08;
const ERROR_MESSAGE = 0x12;
/** google.rpc.Status */
const DETAILS = 0x1a;
/** google.protobuf.Any */
const TYPE_URL = 0x0a;
const VALUE = 0x12;
/** google.rpc.RetryInfo */
const RETRY_DELAY = 0x0a;
/** google.protobuf.Duration */
const SECONDS = 0x08;
const NANOS = 0x10;

const RETRY_INFO = 'google.rpc.RetryInfo';

/** `partial_success` of an answer; nothing is rejected where there is none. */
export interface ExportResponse {
  /** Not negative; what it says is not to be believed beyond what was sent. */
  readonly rejected: number;
  readonly message: string;
}

const ALL_TAKEN: ExportResponse = { rejected: 0, message: '' };

/**
 * Reads an `ExportLogsServiceResponse` (https://opentelemetry.io/docs/specs/otlp/#partial-success). What is malformed
 * says that all was taken: the status of the answer did.
 */
export function decodeExportResponse(bytes: Uint8Array): ExportResponse {
  const partial = readMessage(readMessage(bytes)?.bytes(PARTIAL_SUCCESS));
  if (partial === undefined) return ALL_TAKEN;
  return {
    rejected: Math.max(0, partial.integer(REJECTED_LOG_RECORDS)),
    message: partial.text(ERROR_MESSAGE),
  };
}

/**
 * How long the receiver asks to wait, in milliseconds: `google.rpc.RetryInfo` among the details of a
 * `google.rpc.Status`, as gRPC has it in `grpc-status-details-bin`
 * (https://opentelemetry.io/docs/specs/otlp/#failures). `undefined` where there is none.
 */
export function decodeRetryInfo(bytes: Uint8Array): number | undefined {
  for (const detail of readMessage(bytes)?.all(DETAILS) ?? []) {
    const any = readMessage(detail);
    if (any?.text(TYPE_URL).split('/').at(-1) !== RETRY_INFO) continue;
    const delay = readMessage(readMessage(any.bytes(VALUE))?.bytes(RETRY_DELAY));
    // Without a delay it still says that the same may be sent again.
    if (delay === undefined) return 0;
    return Math.max(0, delay.integer(SECONDS) * 1000 + delay.integer(NANOS) / 1e6);
  }
  return undefined;
}
