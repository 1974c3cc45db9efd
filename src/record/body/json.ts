import { jsonString } from '../escape.ts';
import { type BodySource, methodOf, pathOf } from './body-source.ts';
import { rfc3339 } from './line-time.ts';

const LEVELS: Readonly<Record<string, string>> = {
  DEBUG: 'debug',
  INFO: 'info',
  WARN: 'warn',
  ERROR: 'error',
  FATAL: 'fatal',
};

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
  return `${json}${member('route', source.route)}${member('service', service)}}`;
}

/** What status code and outcome do not say. */
function errorTypeOf({ outcome, errorType }: BodySource): string | undefined {
  return outcome === 'completed' || errorType === outcome ? undefined : errorType;
}

function member(name: string, value: string | undefined): string {
  return value === undefined ? '' : `,"${name}":${jsonString(value)}`;
}

function durationMsOf({ duration }: BodySource): number {
  return Math.round(duration * 1e9) / 1e6;
}
