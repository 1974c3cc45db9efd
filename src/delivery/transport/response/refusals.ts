import type { IncomingHttpHeaders } from 'node:http';
import { showUrl } from '../../../options/shown-url.ts';
import { GRPC_CODES, type GrpcStatusName } from '../../../record/grpc-status.ts';
import { decodeRetryInfo, decodeStatusMessage, isStatus } from '../../otlp/export-response.ts';
import { isJson, parseStatusMessage } from '../../otlp/json-export-response.ts';
import { errorOf } from '../connection-error.ts';
import type { Secrets } from '../credentials/secrets.ts';
import type { GrpcStatus } from '../grpc/grpc-status.ts';
import { oneLine } from '../one-line.ts';
import type { Refused, Remedy } from '../transport.ts';
import { isTooLarge } from './too-large.ts';

/**
 * 429, 502, 503 and 504 are retryable (https://opentelemetry.io/docs/specs/otlp/#retryable-response-codes). One record of
 * the batch may be the reason of 400, 422 and 500. 101 is no response to the export: the batch was not processed.
 */
const HTTP_REMEDIES: Readonly<Record<number, Remedy>> = {
  101: 'wait',
  400: 'isolate',
  401: 'credentials',
  413: 'split',
  422: 'isolate',
  429: 'wait',
  500: 'isolate',
  502: 'wait',
  503: 'wait',
  504: 'wait',
};

/** `wait` for those that https://opentelemetry.io/docs/specs/otlp/#failures lists as retryable. */
const GRPC_REMEDIES: Readonly<Partial<Record<GrpcStatusName, Remedy>>> = {
  ABORTED: 'wait',
  CANCELLED: 'wait',
  DATA_LOSS: 'wait',
  DEADLINE_EXCEEDED: 'wait',
  INTERNAL: 'isolate',
  INVALID_ARGUMENT: 'isolate',
  OUT_OF_RANGE: 'wait',
  UNAUTHENTICATED: 'credentials',
  UNAVAILABLE: 'wait',
  UNKNOWN: 'isolate',
};

/** Statuses that receivers send for a message that is too large; UNKNOWN stands for 413 of a proxy. */
const MAY_BE_TOO_LARGE: ReadonlySet<GrpcStatusName> = new Set([
  'OUT_OF_RANGE',
  'RESOURCE_EXHAUSTED',
  'UNKNOWN',
]);

/** RFC 9110 section 15.4. */
const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/** A response over HTTP, as far as it was read. */
export interface HttpResponse {
  readonly status: number;
  readonly statusText: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Uint8Array;
}

/**
 * @param url that was posted to
 * @param nowMs milliseconds since the Unix epoch, for a response without a `Date`
 */
export function httpRefusal(answer: HttpResponse, url: string, secrets: Secrets, nowMs: number): Refused {
  const { status, statusText, headers } = answer;
  const words = placeOf(answer, url) ?? wordsOf(answer);
  const remedy = status === 400 && isTooLarge(words) ? 'split' : (HTTP_REMEDIES[status] ?? 'none');
  return {
    kind: 'refused',
    remedy,
    errorType: String(status),
    message: oneLine(`${status} ${statusText}${words === '' ? '' : `: ${words}`}`, secrets),
    retryAfterMs: remedy === 'wait' ? retryAfter(headers, nowMs) : undefined,
  };
}

export function grpcRefusal(status: GrpcStatus, secrets: Secrets): Refused {
  const { name, details, richStatus } = status;
  const retryAfterMs = richStatus && decodeRetryInfo(richStatus);
  const remedy = grpcRemedy(status, retryAfterMs);
  return {
    kind: 'refused',
    remedy,
    errorType: name,
    message: oneLine(`${GRPC_CODES[name]} ${name}: ${details}`, secrets),
    retryAfterMs: remedy === 'wait' ? retryAfterMs : undefined,
  };
}

/** Without a response the batch was neither accepted nor refused, and the next attempt may succeed: also after TLS errors. */
export function connectionRefusal(error: unknown, secrets: Secrets): Refused {
  const { code, message } = errorOf(error);
  return {
    kind: 'refused',
    remedy: 'wait',
    errorType: code,
    message: oneLine(message, secrets),
    retryAfterMs: undefined,
  };
}

function grpcRemedy({ name, details, wasReceived }: GrpcStatus, retryAfterMs: number | undefined): Remedy {
  if (!wasReceived) return 'wait';
  if (name === 'RESOURCE_EXHAUSTED' && retryAfterMs !== undefined) return 'wait';
  if (MAY_BE_TOO_LARGE.has(name) && isTooLarge(details)) return 'split';
  return GRPC_REMEDIES[name] ?? 'none';
}

/** The target of a redirect, which is not followed: https://opentelemetry.io/docs/specs/otlp/ has no redirects. */
function placeOf({ status, headers: { location } }: HttpResponse, url: string): string | undefined {
  if (!REDIRECTS.has(status) || location === undefined || !URL.canParse(location, url)) return undefined;
  return `to ${showUrl(new URL(location, url).href)}`;
}

/** The message in the body. A page for a browser has none. */
function wordsOf({ headers, body }: HttpResponse): string {
  const type = headers['content-type'] ?? '';
  if (headers['content-encoding'] !== undefined || /html/i.test(type)) return '';
  // Loki and many proxies send a google.rpc.Status as `application/octet-stream`, or without a content type.
  if (/protobuf/i.test(type) || isStatus(body)) return decodeStatusMessage(body);
  if (isJson(type, body)) return parseStatusMessage(body);
  return Buffer.from(body).toString('utf8').trim();
}

/** `Retry-After` (RFC 9110 section 10.2.3): seconds, or a date, which counts from the receiver's own `Date`. */
function retryAfter(headers: IncomingHttpHeaders, nowMs: number): number | undefined {
  const text = headers['retry-after']?.trim() ?? '';
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000;
  const at = Date.parse(text);
  if (Number.isNaN(at)) return undefined;
  const now = Date.parse(headers.date ?? '');
  return Math.max(0, at - (Number.isNaN(now) ? nowMs : now));
}
