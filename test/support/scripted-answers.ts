import type { ReceivedRecord } from '../../src/cli/receiver/otlp-record.ts';

/** What a scripted receiver can be told to do with a request, the same for both protocols where both have it. */
export type ScriptedAnswer =
  | {
      readonly kind: 'accept';
      /** `partial_success.rejected_log_records`: the last so many records do not count as accepted. */
      readonly rejected: number;
      readonly message: string;
      /** Instead of an `ExportLogsServiceResponse`; the records count as accepted. */
      readonly body: Uint8Array | undefined;
    }
  | {
      readonly kind: 'refuse';
      readonly status: number;
      readonly message: string;
      /** HTTP headers, or gRPC trailers (those that end in `-bin` in base64). */
      readonly headers: Readonly<Record<string, string>>;
      readonly body: Uint8Array | undefined;
      readonly early: boolean;
    }
  | { readonly kind: 'reset'; readonly when: 'head' | 'body' | 'answer'; readonly taken: boolean }
  | { readonly kind: 'raw'; readonly bytes: Uint8Array; readonly open: boolean }
  | { readonly kind: 'rst'; readonly code: number }
  | { readonly kind: 'held'; readonly until: Promise<unknown>; readonly answer: ScriptedAnswer };

/** A request whose head came. */
export interface ScriptedRequest {
  /** HTTP headers or gRPC metadata, by lower-case name; `:path` is the path. */
  readonly headers: Readonly<Record<string, string>>;
  /** Connections are counted from 1. */
  readonly connection: number;
  /** Common name of the client's certificate. */
  readonly client: string | undefined;
  /** Of the message as it was sent, compressed or not; `undefined` where it was not read to its end. */
  byteLength: number | undefined;
  /** `undefined` where it was not read, or is no export. */
  records: readonly ReceivedRecord[] | undefined;
}

/** What the servers of both protocols ask the script. */
export interface Script {
  /** A request has come: how is it to be answered? */
  answerTo(request: ScriptedRequest): ScriptedAnswer;
  /** The message of a request, decompressed. */
  onMessage(request: ScriptedRequest, message: Buffer): void;
  /** The records of the request are taken, but for the last `rejected`. */
  onAccepted(request: ScriptedRequest, rejected: number): void;
  /** Sends a RST on the connection from that port of the client's. */
  resetConnection(remotePort: number | undefined): void;
  connectionOf(remotePort: number | undefined): number;
}

/** Takes the records; with `rejected` all but the last so many, as partial success. */
export function accept(
  given: { readonly rejected?: number; readonly message?: string; readonly body?: Uint8Array } = {},
): ScriptedAnswer {
  const { rejected = 0, message = '', body } = given;
  return { kind: 'accept', rejected, message, body };
}

/**
 * Refuses the request.
 *
 * @param status an HTTP status; over gRPC a gRPC status (1 to 16), or an HTTP status (from 100) as a proxy answers it
 * @param given.retryInfoMs RetryInfo of google.rpc.Status, over gRPC
 * @param given.body instead of a google.rpc.Status with the message, over HTTP
 * @param given.early answers, and hangs up, before the body is read
 */
export function refuse(
  status: number,
  given: {
    readonly message?: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly retryInfoMs?: number;
    readonly body?: Uint8Array;
    readonly early?: boolean;
  } = {},
): ScriptedAnswer {
  const { message = '', headers = {}, retryInfoMs, body, early = false } = given;
  const details =
    retryInfoMs === undefined
      ? {}
      : { 'grpc-status-details-bin': richStatus(status, message, retryInfoMs).toString('base64') };
  return { kind: 'refuse', status, message, headers: { ...details, ...headers }, body, early };
}

/** Resets the connection when the head is there, when the first bytes of the body are, or instead of an answer. */
export function reset(when: 'head' | 'body' | 'answer'): ScriptedAnswer {
  return { kind: 'reset', when, taken: false };
}

/** Takes the records, and resets the connection instead of saying so. */
export function lostAnswer(): ScriptedAnswer {
  return { kind: 'reset', when: 'answer', taken: true };
}

/**
 * Answers with these bytes: over HTTP instead of an HTTP answer, over gRPC instead of a framed message.
 *
 * @param given.open with nothing after them: neither the end of the answer nor that of the connection
 */
export function raw(bytes: string | Uint8Array, given: { readonly open?: boolean } = {}): ScriptedAnswer {
  return { kind: 'raw', bytes: Buffer.from(bytes), open: given.open ?? false };
}

/** Ends the stream with RST_STREAM and that HTTP/2 error code; over gRPC only. */
export function rst(code: number): ScriptedAnswer {
  return { kind: 'rst', code };
}

/** Reads the request, and answers it when the receiver goes down, at the latest; never is the client told anything. */
export function hang(): ScriptedAnswer {
  return { kind: 'held', until: new Promise(() => undefined), answer: accept() };
}

/** Reads the request, and answers once `release` was called. */
export function held(answer: ScriptedAnswer = accept()): {
  readonly answer: ScriptedAnswer;
  readonly release: () => void;
} {
  let release = (): void => undefined;
  const until = new Promise<void>((resolve) => {
    release = resolve;
  });
  return { answer: { kind: 'held', until, answer }, release: () => release() };
}

/** Reads the request, and answers so many milliseconds later: for a receiver that is slow, not to wait for luck. */
export function slow(ms: number, answer: ScriptedAnswer = accept()): ScriptedAnswer {
  return {
    kind: 'held',
    get until() {
      return new Promise((resolve) => setTimeout(resolve, ms));
    },
    answer,
  };
}

/** A google.rpc.Status: `code`, `message`, and RetryInfo among its details. */
export function richStatus(code: number, message: string, retryInfoMs?: number): Buffer {
  if (retryInfoMs === undefined) return Buffer.concat([varintField(1, code), bytesField(2, message)]);
  const duration = [
    varintField(1, Math.floor(retryInfoMs / 1000)),
    varintField(2, (retryInfoMs % 1000) * 1e6),
  ];
  const any = [
    bytesField(1, 'type.googleapis.com/google.rpc.RetryInfo'),
    bytesField(2, bytesField(1, Buffer.concat(duration))),
  ];
  return Buffer.concat([varintField(1, code), bytesField(2, message), bytesField(3, Buffer.concat(any))]);
}

function varintField(number: number, value: number): Buffer {
  return Buffer.from([...varint(number * 8), ...varint(value)]);
}

function bytesField(number: number, content: string | Uint8Array): Buffer {
  const bytes = Buffer.from(content);
  return Buffer.concat([Buffer.from([...varint(number * 8 + 2), ...varint(bytes.length)]), bytes]);
}

function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7f; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80);
  return [...bytes, rest];
}
