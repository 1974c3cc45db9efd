import { ProtobufReader } from './protobuf-reader.ts';

// Tags: field number and wire type.
const PARTIAL_SUCCESS = 0x0a;
const REJECTED_LOG_RECORDS = 0x08;
const ERROR_MESSAGE = 0x12;
/** google.rpc.Status */
const CODE = 0x08;
const MESSAGE = 0x12;
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

/** `partial_success` of a response; nothing is rejected without one. */
export interface ExportResponse {
  /** Not negative; may be more than was sent. */
  readonly rejected: number;
  readonly message: string;
}

/**
 * Reads an `ExportLogsServiceResponse` (https://opentelemetry.io/docs/specs/otlp/#partial-success), as far as it can be
 * read. Without a partial success the status of the response means that all was taken.
 */
export function decodeExportResponse(bytes: Uint8Array): ExportResponse {
  let rejected = 0;
  let message = '';
  const response = new ProtobufReader(bytes);
  while (response.next()) {
    if (response.tag !== PARTIAL_SUCCESS) continue;
    const partial = response.message();
    while (partial.next()) {
      if (partial.tag === REJECTED_LOG_RECORDS) rejected = partial.integer;
      else if (partial.tag === ERROR_MESSAGE) message = partial.text();
    }
  }
  return { rejected: Math.max(0, rejected), message };
}

/** Whether a body is an `ExportLogsServiceResponse`, which has one field and may be empty. */
export function isExportResponse(bytes: Uint8Array): boolean {
  const response = new ProtobufReader(bytes);
  return bytes.length === 0 || (response.next() && response.tag === PARTIAL_SUCCESS);
}

/** Whether a body is a google.rpc.Status whatever it is called: no text begins with the tags of its fields. */
export function isStatus([first]: Uint8Array): boolean {
  return first === CODE || first === MESSAGE;
}

/**
 * The message of a google.rpc.Status, which is the body of a refusal over HTTP
 * (https://opentelemetry.io/docs/specs/otlp/#failures-1); `''` where there is none, or the bytes are something else.
 */
export function decodeStatusMessage(bytes: Uint8Array): string {
  const status = new ProtobufReader(bytes);
  while (status.next()) if (status.tag === MESSAGE) return status.text();
  return '';
}

/**
 * How long the receiver asks to wait, in milliseconds: `google.rpc.RetryInfo` among the details of a
 * `google.rpc.Status`, as gRPC has it in `grpc-status-details-bin`
 * (https://opentelemetry.io/docs/specs/otlp/#failures). `undefined` where there is none.
 */
export function decodeRetryInfo(bytes: Uint8Array): number | undefined {
  const status = new ProtobufReader(bytes);
  while (status.next()) {
    const delayMs = status.tag === DETAILS ? retryDelayOf(status.message()) : undefined;
    if (delayMs !== undefined) return delayMs;
  }
  return undefined;
}

/** `undefined` of a detail that is none. */
function retryDelayOf(detail: ProtobufReader): number | undefined {
  let type = '';
  let retryInfo: ProtobufReader | undefined;
  while (detail.next()) {
    if (detail.tag === TYPE_URL) type = detail.text();
    else if (detail.tag === VALUE) retryInfo = detail.message();
  }
  if (!`/${type}`.endsWith(`/${RETRY_INFO}`)) return undefined;
  // Without a delay it still allows another attempt.
  let [seconds, nanos] = [0, 0];
  while (retryInfo?.next()) {
    if (retryInfo.tag !== RETRY_DELAY) continue;
    const delay = retryInfo.message();
    while (delay.next()) {
      if (delay.tag === SECONDS) seconds = delay.integer;
      else if (delay.tag === NANOS) nanos = delay.integer;
    }
  }
  return Math.max(0, seconds * 1000 + nanos / 1e6);
}
