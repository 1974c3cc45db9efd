import type { BodyFormat } from '../options/schema.ts';
import { HTTP_REQUEST_HEADER_PREFIX } from './attributes/attribute-names.ts';
import { encodeTarget, escapeAsApache, escapeJson } from './escape.ts';
import type { RecordFields } from './record-fields.ts';

/** The fields that a body is made of. */
type BodySource = Readonly<Omit<RecordFields, 'body'>>;

/** What takes a line part by part, so that an encoder need not put it together first. */
export interface LineSink {
  /** Takes a text as it is. */
  chars(value: string): void;
  /** Takes a text where it is known to need no encoding by `encodeTarget`. @returns whether it was taken */
  plain(value: string): boolean;
  /** Takes an integer, not negative, in decimal. */
  digits(value: number): void;
}

class TextSink implements LineSink {
  text = '';

  chars(value: string): void {
    this.text += value;
  }

  plain(): boolean {
    return false;
  }

  digits(value: number): void {
    this.text += value;
  }
}

const REFERER = `${HTTP_REQUEST_HEADER_PREFIX}referer`;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/**
 * Renders a record as one line, without line break, whatever the request held:
 *
 * - `line`: `GET /orders/42 200 1532B 12.4ms`; with the outcome after the status where it is not `completed`; what does
 *   not belong into a request target is percent-encoded
 * - `json`: `time, level, method, path, query, status_code, outcome, duration_ms, bytes, ip, user_agent, trace_id,
 *   span_id, route, service`, those that are known
 * - `combined`: Apache's combined log format, in UTC and escaped as Apache does; the referrer only where the header
 *   `referer` is captured
 *
 * @param service `service.name`
 */
export function renderBody(format: BodyFormat, source: BodySource, service: string | undefined): string {
  switch (format) {
    case 'line':
      return renderLine(source);
    case 'json':
      return renderJson(source, service);
    case 'combined':
      return renderCombined(source);
  }
}

function renderLine(source: BodySource): string {
  const sink = new TextSink();
  writeLine(sink, source);
  return sink.text;
}

/** Writes the body in the format `line`. */
export function writeLine(sink: LineSink, source: BodySource): void {
  const { method, methodOriginal, outcome, statusCode, responseBodySize } = source;
  sink.chars(methodOriginal === undefined ? method : encodeTarget(methodOriginal));
  sink.chars(' ');
  const path = pathOf(source);
  if (!sink.plain(path)) sink.chars(encodeTarget(path));
  sink.chars(' ');
  if (statusCode === undefined) sink.chars('-');
  else sink.digits(statusCode);
  if (outcome !== 'completed') {
    sink.chars(' ');
    sink.chars(outcome);
  }
  if (responseBodySize !== undefined) {
    sink.chars(' ');
    sink.digits(responseBodySize);
    sink.chars('B ');
  } else {
    sink.chars(' ');
  }
  writeMilliseconds(sink, source.duration);
  sink.chars('ms');
}

/** With one decimal from a millisecond on and three below. */
function writeMilliseconds(sink: LineSink, seconds: number): void {
  const micros = Math.round(seconds * 1e6);
  if (seconds >= 0.001) {
    const tenths = Math.round(seconds * 1e4);
    sink.digits(Math.floor(tenths / 10));
    sink.chars('.');
    sink.digits(tenths % 10);
  } else if (micros === 1000) {
    sink.chars('1.000');
  } else {
    sink.chars(micros < 100 ? (micros < 10 ? '0.00' : '0.0') : '0.');
    sink.digits(micros);
  }
}

function renderJson(source: BodySource, service: string | undefined): string {
  return escapeJson({
    time: rfc3339(source),
    level: source.severityText.toLowerCase(),
    method: methodOf(source),
    path: pathOf(source),
    query: source.query === '' ? undefined : source.query,
    status_code: source.statusCode,
    outcome: source.outcome,
    duration_ms: durationMsOf(source),
    bytes: source.responseBodySize,
    ip: source.clientAddress,
    user_agent: source.userAgent,
    trace_id: source.traceId,
    span_id: source.spanId,
    route: source.route,
    service,
  });
}

function renderCombined(source: BodySource): string {
  const target = pathOf(source) + (source.query === '' ? '' : `?${source.query}`);
  const protocol = source.protocolVersion === '' ? '' : ` HTTP/${source.protocolVersion}`;
  const host = escapeAsApache(source.clientAddress ?? '-');
  // `%b` writes a dash for an empty body.
  const bytes = source.responseBodySize || '-';
  const referer = source.additions?.[REFERER];
  const from = Array.isArray(referer) ? String(referer[0] ?? '-') : '-';
  return (
    `${host} - - [${apacheTime(source)}] "${escapeAsApache(`${methodOf(source)} ${target}${protocol}`)}" ` +
    `${source.statusCode ?? '-'} ${bytes} "${escapeAsApache(from)}" "${escapeAsApache(source.userAgent ?? '-')}"`
  );
}

function methodOf({ method, methodOriginal }: BodySource): string {
  return methodOriginal ?? method;
}

/** The path; what a tunnel was asked for, where there is none. */
function pathOf({ path, method, outcome, serverAddress, serverPort }: BodySource): string {
  if (path !== '') return path;
  // What was rejected shows no target: the server's address is our own then.
  if (method !== 'CONNECT' || outcome === 'rejected' || serverAddress === undefined) return '-';
  const host = serverAddress.includes(':') ? `[${serverAddress}]` : serverAddress;
  return `${host}:${serverPort ?? '-'}`;
}

function durationMsOf({ duration }: BodySource): number {
  return Math.round(duration * 1e9) / 1e6;
}

function rfc3339({ timestampSeconds, timestampNanos }: BodySource): string {
  const whole = new Date(timestampSeconds * 1000).toISOString().slice(0, -'.000Z'.length);
  return `${whole}.${String(timestampNanos).padStart(9, '0')}Z`;
}

function apacheTime({ timestampSeconds }: BodySource): string {
  const date = new Date(timestampSeconds * 1000);
  const day = String(date.getUTCDate()).padStart(2, '0');
  const time = date.toISOString().slice('YYYY-MM-DDT'.length, -'.000Z'.length);
  return `${day}/${MONTHS[date.getUTCMonth()]}/${date.getUTCFullYear()}:${time} +0000`;
}
