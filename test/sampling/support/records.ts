import type { HrTime } from '@opentelemetry/api';
import type { LogAttributes } from '@opentelemetry/api-logs';
import type { LogRecordProcessor, ReadableLogRecord, ReadWriteLogRecord } from '@opentelemetry/sdk-logs';
import { compileKnownMethods } from '../../../src/record/reading/method.ts';
import type { SampledExchange } from '../../../src/record/sampled-exchange.ts';
import type { SamplingSettings } from '../../../src/sampling/sampling-settings.ts';

/** 2026-11-23T12:00:00Z */
const START_SECONDS = 1_795_435_200;

/** The settings that the defaults of the options resolve to. */
export const SETTINGS: SamplingSettings = {
  minimumSeverity: 9,
  rate: 1000,
  burst: 2000,
  errorRate: 200,
  errorBurst: 1000,
  rejectedRate: 100,
  rejectedBurst: 200,
  degrade: 'on',
  degradeAfterMs: 30_000,
  recoverAfterMs: 60_000,
  share: 0.2,
  rollout: { kind: 'all' },
  slowMs: 1000,
  isLongPoll: undefined,
  isIgnored: undefined,
  knownMethods: compileKnownMethods(),
  select: ['access_log.request'],
};

/** Timestamps that are one nanosecond apart. */
export function countingClock(): () => HrTime {
  let nanos = 0;
  return () => {
    nanos += 1;
    return [START_SECONDS, nanos];
  };
}

/** A GET of /orders/42 that was answered with 200, or what is given instead. */
export function exchange(given: Partial<SampledExchange> = {}): SampledExchange {
  return {
    method: 'GET',
    path: '/orders/42',
    clientKey: undefined,
    clientName: undefined,
    traceId: undefined,
    traceRandomness: undefined,
    isSampled: false,
    isPeerTrusted: false,
    isCanary: false,
    route: '/orders/:id',
    statusCode: 200,
    outcome: 'completed',
    severityNumber: 9,
    isError: false,
    isSlow: false,
    ...given,
  };
}

export const NORMAL: SampledExchange = exchange();
export const SLOW: SampledExchange = exchange({ severityNumber: 13, isSlow: true });
export const ERROR: SampledExchange = exchange({ statusCode: 503, severityNumber: 17, isError: true });

/** Attributes of the record of {@link NORMAL}, as far as the processor looks at it. */
export const OF_ORDERS: LogAttributes = {
  'http.request.method': 'GET',
  'url.path': '/orders/42',
  'http.route': '/orders/:id',
  'http.response.status_code': 200,
  'access_log.outcome': 'completed',
};

/** What a record says, without what all records of a test share. */
export function said(record: ReadableLogRecord): object {
  const { eventName, severityText, severityNumber, body, attributes, hrTime } = record;
  return { eventName, severityText, severityNumber, body, attributes: { ...attributes }, hrTime };
}

/** Notes every call, in order. */
export class NotingProcessor implements LogRecordProcessor {
  readonly notes: unknown[] = [];
  readonly records: ReadWriteLogRecord[] = [];

  onEmit(record: ReadWriteLogRecord): void {
    this.notes.push(record.eventName);
    this.records.push(record);
  }

  async forceFlush(options?: unknown): Promise<void> {
    this.notes.push(['forceFlush', options]);
  }

  async shutdown(): Promise<void> {
    this.notes.push('shutdown');
  }
}
