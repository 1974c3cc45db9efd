import type { BodyFormat } from '../options/schema.ts';
import { HTTP_REQUEST_HEADER_PREFIX } from './attribute-names.ts';
import { escapeAsApache, escapeControls, escapeJson } from './escape.ts';
import type { RecordFields } from './record-fields.ts';

/** All but the body itself. */
type BodySource = Readonly<Omit<RecordFields, 'body' | 'connection'>>;

const REFERER = `${HTTP_REQUEST_HEADER_PREFIX}referer`;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/**
 * Renders a record as one line, without line break, whatever the request held:
 *
 * - `line`: `GET /orders/42 200 1532B 12.4ms`; with the outcome after the status where it is not `completed`
 * - `json`: `time, level, method, path, status_code, duration_ms, bytes, ip, user_agent, trace_id, span_id, route,
 *   service`, those that are known
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
  const { method, methodOriginal, outcome, responseBodySize } = source;
  // Part by part: looking through the whole line would first have to copy it together.
  const asked = methodOriginal === undefined ? method : escapeControls(methodOriginal);
  let line = `${asked} ${escapeControls(pathOf(source))} ${source.statusCode ?? '-'}`;
  if (outcome !== 'completed') line += ` ${outcome}`;
  if (responseBodySize !== undefined) line += ` ${responseBodySize}B`;
  return `${line} ${durationText(source.duration)}ms`;
}

/** Milliseconds, with one decimal from a millisecond on and three below. `toFixed` takes three times as long. */
function durationText(seconds: number): string {
  if (seconds < 0.001) {
    const micros = Math.round(seconds * 1e6);
    return micros === 1000 ? '1.000' : `0.${micros < 100 ? (micros < 10 ? '00' : '0') : ''}${micros}`;
  }
  const tenths = Math.round(seconds * 1e4);
  return `${Math.floor(tenths / 10)}.${tenths % 10}`;
}

function renderJson(source: BodySource, service: string | undefined): string {
  return escapeJson({
    time: rfc3339(source),
    level: source.severityText.toLowerCase(),
    method: methodOf(source),
    path: pathOf(source),
    status_code: source.statusCode,
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
function pathOf({ path, serverAddress, serverPort }: BodySource): string {
  if (path !== '') return path;
  if (serverAddress === undefined) return '-';
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
