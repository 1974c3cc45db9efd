import { instant } from '../../../render/format.ts';
import { safeJson } from '../../../render/safe-json.ts';
import type { ReceivedRecord } from '../../receiver/otlp-record.ts';

/**
 * The whole record as one line of JSON. As in OTLP/JSON, what a JSON number cannot hold is text: integers beyond 2^53
 * and `NaN`, `Infinity`; bytes are base64. What is absent is left out. Characters that a terminal would obey are escaped,
 * which JSON readers undo.
 */
export function jsonLine(record: ReceivedRecord): string {
  const { severityNumber, severityText, traceId, spanId, flags, scope } = record;
  const { observedTimeUnixNano: observedUnixNano } = record;
  return safeJson(
    {
      time: instant(record.timeUnixNano),
      observed_time: observedUnixNano === 0n ? undefined : instant(observedUnixNano),
      service: record.resource['service.name'],
      severity_number: severityNumber,
      severity_text: severityText,
      event_name: record.eventName,
      trace_id: traceId,
      span_id: spanId,
      flags,
      body: record.body,
      attributes: record.attributes,
      resource: record.resource,
      scope,
    },
    plainJson,
  );
}

function plainJson(this: unknown, key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return String(value);
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value);
  // A Buffer has made an object of itself by now.
  const original = typeof this === 'object' && this !== null ? Reflect.get(this, key) : undefined;
  return original instanceof Uint8Array ? Buffer.from(original).toString('base64') : value;
}
