import { integerOf, numberOf, textOf } from '../../render/format.ts';
import { type ReceivedRecord, setAttribute } from '../receiver/otlp-record.ts';
import { idOf, isMembers, type Members, nanosecondsOf } from './line-fields.ts';

const SEVERITIES: ReadonlyMap<unknown, { readonly number: number; readonly text: string }> = new Map([
  ['debug', { number: 5, text: 'DEBUG' }],
  ['info', { number: 9, text: 'INFO' }],
  ['warn', { number: 13, text: 'WARN' }],
  ['error', { number: 17, text: 'ERROR' }],
  ['fatal', { number: 21, text: 'FATAL' }],
]);

/** Members that are attributes under another name. */
const ATTRIBUTES: ReadonlyMap<string, string> = new Map([
  ['method', 'http.request.method'],
  ['path', 'url.path'],
  ['query', 'url.query'],
  ['status_code', 'http.response.status_code'],
  ['outcome', 'access_log.outcome'],
  ['error_type', 'error.type'],
  ['bytes', 'http.response.body.size'],
  ['ip', 'client.address'],
  ['user_agent', 'user_agent.original'],
  ['route', 'http.route'],
  ['notes', 'access_log.notes'],
  ['suppressed_before', 'access_log.suppressed_before'],
]);

/** Members that are other parts of a record, or an attribute in another unit. */
const OTHERS: ReadonlySet<string> = new Set([
  ...['time', 'level', 'duration_ms', 'trace_id', 'span_id', 'service'],
]);

/**
 * The record of a line of `ACCESS_LOG_STDOUT=json`. What the line leaves out because status and outcome say it
 * (`error.type`) is put back; what handlers added keeps its name.
 * @returns `undefined` where the line is another program's
 */
export function recordOfStdoutLine(line: object): ReceivedRecord | undefined {
  if (!isMembers(line)) return undefined;
  const timeUnixNano = nanosecondsOf(line.time);
  const durationMs = numberOf(line.duration_ms);
  const severity = SEVERITIES.get(line.level);
  const isOurs = textOf(line.method) !== undefined && textOf(line.outcome) !== undefined;
  if (!isOurs || timeUnixNano === undefined || durationMs === undefined) return undefined;
  return {
    timeUnixNano,
    observedTimeUnixNano: timeUnixNano,
    severityNumber: severity?.number ?? 0,
    severityText: severity?.text ?? textOf(line.level)?.toUpperCase(),
    body: undefined,
    eventName: 'access_log.request',
    traceId: idOf(line.trace_id, 32),
    spanId: idOf(line.span_id, 16),
    flags: 0,
    attributes: attributesOf(line, durationMs / 1000),
    resource: textOf(line.service) === undefined ? {} : { 'service.name': line.service },
    scope: { name: 'otel-access-log', version: '' },
  };
}

function attributesOf(line: Members, seconds: number): Record<string, unknown> {
  const attributes: Record<string, unknown> = { 'http.server.request.duration': seconds };
  for (const [name, value] of Object.entries(line)) {
    if (!OTHERS.has(name)) setAttribute(attributes, ATTRIBUTES.get(name) ?? name, value);
  }
  const errorType = errorTypeOf(attributes);
  if (errorType !== undefined) attributes['error.type'] ??= errorType;
  return attributes;
}

function errorTypeOf(attributes: Members): string | undefined {
  const status = integerOf(attributes['http.response.status_code']);
  if (attributes['access_log.outcome'] === 'completed') {
    return status !== undefined && status >= 500 ? String(status) : undefined;
  }
  const outcome = textOf(attributes['access_log.outcome']);
  return outcome === 'upgraded' || outcome === 'tunneled' ? undefined : outcome;
}
