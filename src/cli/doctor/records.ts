import { ROOT_CONTEXT, type SpanContext } from '@opentelemetry/api';
import type { AnyValueMap, LogRecord } from '@opentelemetry/api-logs';
import type { Resource } from '@opentelemetry/resources';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { LoggerProvider, type ReadableLogRecord } from '@opentelemetry/sdk-logs';
import { SCOPE_NAME, VERSION } from '../../version.ts';
import type { ReceivedRecord } from '../receiver/otlp-receiver.ts';

/** A record of our own that is marked as a test; it does not count as an exchange. */
export function testRecord(resource: Resource, nowMs: number): ReadableLogRecord {
  return readable(
    resource,
    { name: SCOPE_NAME, version: VERSION },
    {
      eventName: 'access_log.doctor',
      timestamp: nowMs,
      observedTimestamp: nowMs,
      severityNumber: 9,
      severityText: 'INFO',
      body: 'otel-access-log doctor: a record to see whether it arrives',
      attributes: { 'access_log.event': 'doctor' },
      context: ROOT_CONTEXT,
    },
  );
}

/** A record that was received, to be sent on as it came. */
export function recordAgain(received: ReceivedRecord): ReadableLogRecord {
  const { traceId, spanId = '', flags } = received;
  // Not by way of a context, which has no trace without a span.
  const spanContext = traceId === undefined ? undefined : { traceId, spanId, traceFlags: flags };
  const resource = resourceFromAttributes(received.resource as Resource['attributes']);
  const record: LogRecord = {
    ...(received.eventName === undefined ? {} : { eventName: received.eventName }),
    timestamp: hrTime(received.timeUnixNano),
    observedTimestamp: hrTime(received.observedTimeUnixNano),
    severityNumber: received.severityNumber,
    ...(received.severityText === undefined ? {} : { severityText: received.severityText }),
    body: received.body as string,
    // Integers that no number can hold do not occur in our records.
    attributes: received.attributes as AnyValueMap,
    context: ROOT_CONTEXT,
  };
  return readable(resource, received.scope, record, spanContext);
}

function hrTime(unixNano: bigint): [number, number] {
  return [Number(unixNano / 1_000_000_000n), Number(unixNano % 1_000_000_000n)];
}

/** What a LoggerProvider makes of it. */
function readable(
  resource: Resource,
  scope: { readonly name: string; readonly version: string },
  record: LogRecord,
  spanContext?: SpanContext,
): ReadableLogRecord {
  const made: ReadableLogRecord[] = [];
  const provider = new LoggerProvider({
    resource,
    processors: [
      {
        onEmit: (emitted) => {
          if (spanContext !== undefined) emitted.spanContext = spanContext;
          made.push(emitted);
        },
        forceFlush: async () => undefined,
        shutdown: async () => undefined,
      },
    ],
  });
  provider.getLogger(scope.name, scope.version).emit(record);
  const [first] = made;
  if (first === undefined) throw new Error('no record was made');
  return first;
}
