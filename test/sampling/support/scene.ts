import { resourceFromAttributes } from '@opentelemetry/resources';
import type { ExchangeReceipt } from '../../../src/record/receipt/receipt.ts';
import type { SampledExchange } from '../../../src/record/sampled-exchange.ts';
import { EventRecord } from '../../../src/sampling/events/event-record.ts';
import { SamplingProcessor } from '../../../src/sampling/sampling-processor.ts';
import type { SamplingDependencies, SamplingSettings } from '../../../src/sampling/sampling-settings.ts';
import { countingClock, NotingProcessor, SETTINGS } from './records.ts';

export const resource = resourceFromAttributes({ 'service.name': 'shop' });
export const instrumentationScope = { name: 'otel-access-log', version: '0.0.0' };

/** A processor before a noting one, and the world around it. */
export interface Scene {
  readonly processor: SamplingProcessor;
  readonly next: NotingProcessor;
  readonly errors: unknown[];
  /** Readings of the monotonic clock at which windows started. */
  readonly wallTimes: number[];
  /** The monotonic clock. */
  nowMs: number;
  /** Decides on an exchange and, where it is admitted, passes its record on. @returns whether it was admitted */
  serve(one: SampledExchange): boolean;
}

/** A scene whose buckets never refill, unless the test says otherwise. */
export function scene(
  given: Partial<
    SamplingSettings &
      Pick<
        SamplingDependencies,
        'delivery' | 'dropped' | 'masking' | 'rules' | 'beforeReport' | 'backlog' | 'onMode'
      >
  > = {},
  next: NotingProcessor = new NotingProcessor(),
): Scene {
  const { delivery, dropped, masking, rules, beforeReport, backlog, onMode, ...settings } = given;
  const errors: unknown[] = [];
  const wallTimes: number[] = [];
  const clock = countingClock();
  const processor = new SamplingProcessor(
    { ...SETTINGS, share: 1, rate: 0, burst: 1, errorRate: 0, errorBurst: 1, ...settings },
    {
      now: () => made.nowMs,
      timestamp: clock,
      wallTime: (atMs) => {
        wallTimes.push(atMs);
        return clock();
      },
      processId: 'p1',
      onError: (error) => errors.push(error),
      ...(delivery === undefined ? {} : { delivery }),
      ...(dropped === undefined ? {} : { dropped }),
      ...(masking === undefined ? {} : { masking }),
      ...(rules === undefined ? {} : { rules }),
      ...(beforeReport === undefined ? {} : { beforeReport }),
      ...(backlog === undefined ? {} : { backlog }),
      ...(onMode === undefined ? {} : { onMode }),
    },
    next,
  );
  processor.setResourceScope(resource, instrumentationScope);
  const made: Scene = {
    processor,
    next,
    errors,
    wallTimes,
    nowMs: 0,
    serve: (one) => {
      const admission = processor.admit(one);
      if (admission !== undefined) processor.passOn(admission, recordOf(one));
      return admission !== undefined;
    },
  };
  return made;
}

/** What delivery remembers of the record of an exchange. */
export function receipt(
  { route, method, statusCode, outcome }: SampledExchange,
  suppressedBefore = 0,
): ExchangeReceipt {
  return { kind: 'exchange', route, method, statusCode, outcome, suppressedBefore };
}

/** The record of an exchange, as far as the processor looks at it. */
export function recordOf(one: SampledExchange, eventName = 'access_log.request'): EventRecord {
  const attributes = {
    'http.request.method': one.method,
    'url.path': one.path,
    'http.route': one.route,
    'http.response.status_code': one.statusCode,
    'access_log.outcome': one.outcome,
  };
  const { severityNumber } = one;
  return new EventRecord(
    { resource, instrumentationScope },
    { eventName, severityNumber, severityText: '', body: '', attributes },
    [0, 0],
    undefined,
  );
}

interface SaidEvent {
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly [part: string]: unknown;
}

/** What a suppressed or lost event says. */
export function ledgerEvent(
  event: 'suppressed' | 'lost',
  body: string,
  attributes: Record<string, unknown>,
  nanos: number,
  windowNanos = 1,
): SaidEvent {
  const reason = event === 'suppressed' ? { 'access_log.reason': 'rate' } : {};
  return {
    eventName: `access_log.${event}`,
    severityText: 'WARN',
    severityNumber: 13,
    body,
    attributes: {
      'access_log.event': event,
      'access_log.window_start': `179543520000000000${windowNanos}`,
      ...reason,
      ...attributes,
    },
    hrTime: [1_795_435_200, nanos],
  };
}
