import { NOTES, SESSION_ID, TENANT_ID, USER_HASH, USER_ID } from '../attributes/attribute-names.ts';
import { jsonString } from '../escape.ts';
import type { RecordAttributes } from '../record-fields.ts';
import { type BodySource, methodOf, pathOf } from './body-source.ts';
import { rfc3339 } from './line-time.ts';

const LEVELS: Readonly<Record<string, string>> = {
  DEBUG: 'debug',
  INFO: 'info',
  WARN: 'warn',
  ERROR: 'error',
  FATAL: 'fatal',
};

/** Members of a line; a field of a handler that has the name of one is only an attribute. */
const MEMBERS: ReadonlySet<string> = new Set([
  ...['time', 'level', 'method', 'path', 'query', 'status_code', 'outcome', 'error_type', 'duration_ms'],
  ...['bytes', 'ip', 'user_agent', 'trace_id', 'span_id', 'route', 'service', 'suppressed_before', 'notes'],
]);

/** Who it was. An option may take the value from a field, which is a member of the line without the option. */
const WHO: readonly string[] = [SESSION_ID, USER_ID, USER_HASH, TENANT_ID];

/** A line of JSON. Written member by member: an object of all members, and its stringifying, cost twice as much. */
export function renderJson(source: BodySource, service: string | undefined): string {
  const { severityText, statusCode, responseBodySize, query } = source;
  let json = `{"time":"${rfc3339(source.timestampSeconds, source.timestampNanos)}"`;
  json += `,"level":"${LEVELS[severityText] ?? severityText.toLowerCase()}"`;
  json += `,"method":${jsonString(methodOf(source))}${member('path', pathOf(source))}`;
  if (query !== '') json += `,"query":${jsonString(query)}`;
  if (statusCode !== undefined) json += `,"status_code":${statusCode}`;
  json += `,"outcome":"${source.outcome}"${member('error_type', errorTypeOf(source))}`;
  json += `,"duration_ms":${durationMsOf(source)}`;
  if (responseBodySize !== undefined) json += `,"bytes":${responseBodySize}`;
  json += member('ip', source.clientAddress) + member('user_agent', source.userAgent);
  json += member('trace_id', source.traceId) + member('span_id', source.spanId);
  json += member('route', source.route) + member('service', service);
  if (source.suppressedBefore > 0) json += `,"suppressed_before":${source.suppressedBefore}`;
  const { additions } = source;
  if (additions !== undefined) {
    const notes = additions[NOTES];
    if (notes !== undefined) json += `,"notes":${jsonValue(notes)}`;
    for (const name of WHO) {
      const value = additions[name];
      if (value !== undefined) json += `,"${name}":${jsonValue(value)}`;
    }
  }
  if (source.handlerFields !== undefined) json += handlerFields(source.handlerFields);
  return `${json}}`;
}

/** What status code and outcome do not say. */
function errorTypeOf({ outcome, errorType, statusCode }: BodySource): string | undefined {
  return errorType === outcome || errorType === String(statusCode) ? undefined : errorType;
}

function member(name: string, value: string | undefined): string {
  return value === undefined ? '' : `,"${name}":${jsonString(value)}`;
}

function handlerFields(fields: RecordAttributes): string {
  let json = '';
  for (const [name, value] of Object.entries(fields)) {
    if (!MEMBERS.has(name)) json += `,${jsonString(name)}:${jsonValue(value)}`;
  }
  return json;
}

function jsonValue(value: RecordAttributes[string]): string {
  if (typeof value === 'string') return jsonString(value);
  return Array.isArray(value) ? `[${value.map(jsonValue).join(',')}]` : String(value);
}

function durationMsOf({ duration }: BodySource): number {
  return Math.round(duration * 1e9) / 1e6;
}
