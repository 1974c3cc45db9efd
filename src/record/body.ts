import type { BodyFormat } from '../options/schema.ts';
import {
  CLIENT_ADDRESS,
  HTTP_REQUEST_HEADER_PREFIX,
  HTTP_REQUEST_METHOD,
  HTTP_REQUEST_METHOD_ORIGINAL,
  HTTP_RESPONSE_BODY_SIZE,
  HTTP_RESPONSE_STATUS_CODE,
  HTTP_ROUTE,
  HTTP_SERVER_REQUEST_DURATION,
  NETWORK_PROTOCOL_VERSION,
  OUTCOME,
  SERVER_ADDRESS,
  SERVER_PORT,
  URL_PATH,
  URL_QUERY,
  USER_AGENT_ORIGINAL,
} from './attribute-names.ts';
import type { RecordAttributes } from './attribute-writer.ts';
import { escapeAsApache, escapeControls, escapeJson } from './escape.ts';

/** What a body shows of a record beside its attributes. */
export interface RecordContext {
  /** End of the exchange: whole seconds since the Unix epoch, and nanoseconds. */
  readonly timestamp: readonly [seconds: number, nanoseconds: number];
  /** Lower-case hexadecimal; `undefined` where the record has no ids. */
  readonly traceId: string | undefined;
  readonly spanId: string | undefined;
  /** `service.name`. */
  readonly service: string | undefined;
}

/** A record as far as a body speaks of it. */
export interface BodySource {
  readonly severityText: string;
  readonly attributes: Readonly<RecordAttributes>;
}

const REFERER = `${HTTP_REQUEST_HEADER_PREFIX}referer`;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/**
 * Renders a finished record as one line, without line break, whatever the request held:
 *
 * - `line`: `GET /orders/42 200 1532B 12.4ms`; with the outcome after the status where it is not `completed`
 * - `json`: `time, level, method, path, status_code, duration_ms, bytes, ip, user_agent, trace_id, span_id, route,
 *   service`, those that are known
 * - `combined`: Apache's combined log format, in UTC and escaped as Apache does; the referrer only where the header
 *   `referer` is captured
 */
export function renderBody(format: BodyFormat, source: BodySource, context: RecordContext): string {
  switch (format) {
    case 'line':
      return renderLine(source);
    case 'json':
      return renderJson(source, context);
    case 'combined':
      return renderCombined(source, context);
  }
}

function renderLine({ attributes }: BodySource): string {
  const {
    [OUTCOME]: outcome,
    [HTTP_RESPONSE_BODY_SIZE]: bytes,
    [HTTP_RESPONSE_STATUS_CODE]: status,
  } = attributes;
  let line = `${methodOf(attributes)} ${pathOf(attributes)} ${status ?? '-'}`;
  if (outcome !== undefined && outcome !== 'completed') line += ` ${outcome}`;
  if (bytes !== undefined) line += ` ${bytes}B`;
  const durationMs = durationMsOf(attributes);
  return escapeControls(`${line} ${durationMs.toFixed(durationMs < 1 ? 3 : 1)}ms`);
}

function renderJson({ severityText, attributes }: BodySource, context: RecordContext): string {
  return escapeJson({
    time: rfc3339(context.timestamp),
    level: severityText.toLowerCase(),
    method: methodOf(attributes),
    path: pathOf(attributes),
    status_code: attributes[HTTP_RESPONSE_STATUS_CODE],
    duration_ms: durationMsOf(attributes),
    bytes: attributes[HTTP_RESPONSE_BODY_SIZE],
    ip: attributes[CLIENT_ADDRESS],
    user_agent: attributes[USER_AGENT_ORIGINAL],
    trace_id: context.traceId,
    span_id: context.spanId,
    route: attributes[HTTP_ROUTE],
    service: context.service,
  });
}

function renderCombined({ attributes }: BodySource, { timestamp }: RecordContext): string {
  const query = textOf(attributes, URL_QUERY);
  const target = pathOf(attributes) + (query === undefined ? '' : `?${query}`);
  const protocol = textOf(attributes, NETWORK_PROTOCOL_VERSION);
  const request = `${methodOf(attributes)} ${target}${protocol === undefined ? '' : ` HTTP/${protocol}`}`;
  const host = escapeAsApache(textOf(attributes, CLIENT_ADDRESS) ?? '-');
  const status = attributes[HTTP_RESPONSE_STATUS_CODE] ?? '-';
  // `%b` writes a dash for an empty body.
  const bytes = attributes[HTTP_RESPONSE_BODY_SIZE] || '-';
  const referer = attributes[REFERER];
  const from = Array.isArray(referer) ? String(referer[0] ?? '-') : '-';
  const agent = textOf(attributes, USER_AGENT_ORIGINAL) ?? '-';
  return (
    `${host} - - [${apacheTime(timestamp)}] "${escapeAsApache(request)}" ${status} ${bytes} ` +
    `"${escapeAsApache(from)}" "${escapeAsApache(agent)}"`
  );
}

function methodOf(attributes: Readonly<RecordAttributes>): string {
  const original = textOf(attributes, HTTP_REQUEST_METHOD_ORIGINAL);
  return original ?? textOf(attributes, HTTP_REQUEST_METHOD) ?? '-';
}

/** The path; what a tunnel was asked for, where there is none. */
function pathOf(attributes: Readonly<RecordAttributes>): string {
  const path = textOf(attributes, URL_PATH);
  if (path !== undefined) return path;
  const address = textOf(attributes, SERVER_ADDRESS);
  if (address === undefined) return '-';
  const host = address.includes(':') ? `[${address}]` : address;
  return `${host}:${attributes[SERVER_PORT] ?? '-'}`;
}

function durationMsOf(attributes: Readonly<RecordAttributes>): number {
  const seconds = attributes[HTTP_SERVER_REQUEST_DURATION];
  return typeof seconds === 'number' ? Math.round(seconds * 1e9) / 1e6 : 0;
}

function textOf(attributes: Readonly<RecordAttributes>, name: string): string | undefined {
  const value = attributes[name];
  return typeof value === 'string' ? value : undefined;
}

function rfc3339([seconds, nanoseconds]: RecordContext['timestamp']): string {
  const whole = new Date(seconds * 1000).toISOString().slice(0, -'.000Z'.length);
  return `${whole}.${String(nanoseconds).padStart(9, '0')}Z`;
}

function apacheTime([seconds]: RecordContext['timestamp']): string {
  const date = new Date(seconds * 1000);
  const day = String(date.getUTCDate()).padStart(2, '0');
  const time = date.toISOString().slice('YYYY-MM-DDT'.length, -'.000Z'.length);
  return `${day}/${MONTHS[date.getUTCMonth()]}/${date.getUTCFullYear()}:${time} +0000`;
}
