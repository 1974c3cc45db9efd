import { textOf } from '../../render/format.ts';
import type { ReceivedRecord } from '../receiver/otlp-record.ts';
import { idOf, isMembers, nanosecondsOf } from './line-fields.ts';

/**
 * The record of a line of `tail --json`. Integers beyond 2^53 and bytes stay the text that they were written as.
 * @returns `undefined` where the line is another program's
 */
export function recordOfTailLine(line: object): ReceivedRecord | undefined {
  if (!isMembers(line)) return undefined;
  const { attributes, resource, scope } = line;
  const timeUnixNano = nanosecondsOf(line.time);
  if (timeUnixNano === undefined || !isMembers(attributes) || !isMembers(resource)) return undefined;
  const { name, version } = isMembers(scope) ? scope : {};
  return {
    timeUnixNano,
    observedTimeUnixNano: nanosecondsOf(line.observed_time) ?? 0n,
    severityNumber: Number(line.severity_number ?? 0) | 0,
    severityText: textOf(line.severity_text),
    body: line.body,
    eventName: textOf(line.event_name),
    traceId: idOf(line.trace_id, 32),
    spanId: idOf(line.span_id, 16),
    flags: Number(line.flags ?? 0) >>> 0,
    attributes,
    resource,
    scope: { name: textOf(name) ?? '', version: textOf(version) ?? '' },
  };
}
