import { Worker } from 'node:worker_threads';
import type { Attributes, HrTime, SpanContext } from '@opentelemetry/api';
import type { ReadableLogRecord } from '@opentelemetry/sdk-logs';
import type { ExporterKind } from './exporter.ts';

/** What is at the one place of the shared memory that both threads look at. */
export const LAST_DELIVERY = { underWay: 0, delivered: 1, failed: 2 } as const;

/** A record without the objects that cannot be handed to another thread. */
export interface PlainRecord
  extends Omit<ReadableLogRecord, 'resource' | 'instrumentationScope' | 'spanContext'> {
  readonly hrTime: HrTime;
  readonly spanContext?: SpanContext;
  /** Place in `resources`. */
  readonly resource: number;
  readonly scope: { readonly name: string; readonly version: string | undefined };
}

/** What the worker is given. */
export interface LastDelivery {
  readonly kind: ExporterKind;
  readonly records: readonly PlainRecord[];
  readonly resources: readonly Attributes[];
  readonly state: Int32Array;
}

/**
 * Delivers records while the process is ending, when this thread cannot wait for anything any more: another thread
 * sends them, and this one sleeps until it is done.
 *
 * @param env environment of the worker: that of the process, without preloads
 * @param timeoutMs how long to wait at most
 * @returns whether a receiver has acknowledged them
 */
export function deliverLast(
  kind: ExporterKind,
  records: readonly ReadableLogRecord[],
  env: NodeJS.ProcessEnv,
  timeoutMs: number,
): boolean {
  const state = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  const resources = [...new Set(records.map(({ resource }) => resource))];
  const workerData: LastDelivery = {
    kind,
    state,
    records: records.map((record) => plain(record, resources.indexOf(record.resource))),
    resources: resources.map(({ attributes }) => attributes),
  };
  const worker = new Worker(new URL('./last-delivery-worker.js', import.meta.url), {
    workerData,
    env,
    execArgv: [],
  });
  worker.unref();
  Atomics.wait(state, 0, LAST_DELIVERY.underWay, timeoutMs);
  return Atomics.load(state, 0) === LAST_DELIVERY.delivered;
}

function plain(record: ReadableLogRecord, resource: number): PlainRecord {
  const { hrTime, hrTimeObserved, severityNumber, severityText, body, eventName, attributes, spanContext } =
    record;
  const { droppedAttributesCount, instrumentationScope } = record;
  return {
    hrTime,
    hrTimeObserved,
    attributes: { ...attributes },
    droppedAttributesCount,
    resource,
    scope: { name: instrumentationScope.name, version: instrumentationScope.version },
    ...(severityNumber === undefined ? {} : { severityNumber }),
    ...(severityText === undefined ? {} : { severityText }),
    ...(body === undefined ? {} : { body }),
    ...(eventName === undefined ? {} : { eventName }),
    ...(spanContext === undefined ? {} : { spanContext: idsOf(spanContext) }),
  };
}

/** Without the trace state, an object with methods that OTLP logs have no field for. */
function idsOf({ traceId, spanId, traceFlags }: SpanContext): SpanContext {
  return { traceId, spanId, traceFlags };
}
