import type { Attributes } from '@opentelemetry/api';
import type { DeliveryReport, Usage } from './delivery-report.ts';
import type { ReadableResults } from './results.ts';
import type { RulesStatus } from './rules-status.ts';
import type { Totals } from './totals.ts';

/** What the access log does: all, nothing but errors, or counting without records. */
export type Mode = 'shadow' | 'normal' | 'errors';

const MODES: readonly Mode[] = ['shadow', 'normal', 'errors'];

/** What a metric is read from, all of it at one moment. What a process does not have is `undefined`. */
export interface MetricReading {
  readonly totals: Partial<Totals>;
  /** Lost exchanges by `error.type`. */
  readonly lostByType: ReadonlyMap<string, number>;
  readonly delivery: DeliveryReport | undefined;
  /** Attributes that name the part which takes records, and the part which sends them. */
  readonly processor: Attributes;
  readonly exporter: Attributes;
  readonly rules: RulesStatus | undefined;
  readonly mode: Mode | undefined;
}

type Observe = (value: number, attributes?: Attributes) => void;

export interface MetricDefinition {
  readonly name: string;
  readonly kind: 'counter' | 'updowncounter';
  /** UCUM. */
  readonly unit: string;
  readonly description: string;
  /** Observes what there is; nothing where the process does not have it. */
  observe(reading: MetricReading, observe: Observe): void;
}

/** Hashes of former rules that are observed as not in force any more. */
const MAX_FORMER = 8;

const STATES = ['served', 'ignored', 'suppressed', 'kept', 'delivered'] as const;

/** The only one where another processor samples and delivers. */
export function exchangesMetric(): MetricDefinition {
  return {
    name: 'otel_access_log.exchanges',
    kind: 'counter',
    unit: '{exchange}',
    description: 'The number of HTTP exchanges, by what became of them.',
    observe({ totals, lostByType }, observe) {
      for (const state of STATES) {
        const total = totals[state];
        if (total !== undefined) observe(total, { state });
      }
      if (totals.lost !== undefined) observeLost(totals.lost, lostByType, observe);
    },
  };
}

/** Every metric. A function, so that a process without a meter provider has no table of them. */
export function allMetrics(): readonly MetricDefinition[] {
  return [...ownMetrics(), ...conventionalMetrics()];
}

function ownMetrics(): readonly MetricDefinition[] {
  return [
    exchangesMetric(),
    {
      name: 'otel_access_log.exchanges.pending',
      kind: 'updowncounter',
      unit: '{exchange}',
      description: 'The number of kept exchanges that are neither delivered nor lost yet.',
      observe: ({ totals: { pending } }, observe) => pending !== undefined && observe(pending),
    },
    {
      name: 'otel_access_log.exchanges.adopted',
      kind: 'updowncounter',
      unit: '{exchange}',
      description: 'The number of exchanges of ended processes that this process has taken over to deliver.',
      observe: ({ totals: { adopted } }, observe) => adopted !== undefined && observe(adopted),
    },
    {
      name: 'otel_access_log.exports',
      kind: 'counter',
      unit: '{export}',
      description: 'The number of exports that were answered or failed; each attempt counts.',
      observe: ({ delivery }, observe) => observeResults(delivery?.attempts, {}, observe),
    },
    ...usageMetrics('pending', 'the memory for records that are pending', ({ memory }) => memory),
    ...usageMetrics('spool', 'the files of records that are on disk', ({ spool }) => spool),
    {
      name: 'otel_access_log.mode',
      kind: 'updowncounter',
      unit: '1',
      description: 'Whether the access log is in the mode: 1 for the current one, 0 for all others.',
      observe({ mode }, observe) {
        if (mode === undefined) return;
        for (const state of MODES) observe(state === mode ? 1 : 0, { state });
      },
    },
    rulesMetric(),
  ];
}

/** An SDK reports the last value of a point that is observed no more: so 0 is observed for what is not in force. */
function rulesMetric(): MetricDefinition {
  const seen = new Set<string | undefined>();
  return {
    name: 'otel_access_log.rules',
    kind: 'updowncounter',
    unit: '1',
    description:
      'Whether the rules of masking are in force: 1 for the current ones, 0 for all others. Stale: a file of them cannot be used.',
    observe({ rules }, observe) {
      if (rules === undefined) return;
      seen.delete(rules.hash);
      seen.add(rules.hash);
      for (const hash of seen) {
        const named = hash === undefined ? {} : { hash };
        for (const stale of [false, true])
          observe(hash === rules.hash && stale === rules.isStale ? 1 : 0, { ...named, stale });
      }
      for (const hash of seen) if (seen.size > MAX_FORMER) seen.delete(hash);
    },
  };
}

function usageMetrics(
  part: string,
  what: string,
  usage: (delivery: DeliveryReport) => Usage | undefined,
): readonly MetricDefinition[] {
  const metric = (name: string, description: string, value: (usage: Usage) => number): MetricDefinition => ({
    name: `otel_access_log.${part}.${name}`,
    kind: 'updowncounter',
    unit: 'By',
    description,
    observe({ delivery }, observe) {
      const found = delivery && usage(delivery);
      if (found !== undefined) observe(value(found));
    },
  });
  return [
    metric('usage', `The size of ${what}.`, ({ bytes }) => bytes),
    metric('limit', `The limit of the size of ${what}.`, ({ limitBytes }) => limitBytes),
  ];
}

/** https://opentelemetry.io/docs/specs/semconv/otel/sdk-metrics/ */
function conventionalMetrics(): readonly MetricDefinition[] {
  const unit = '{log_record}';
  return [
    {
      name: 'otel.sdk.processor.log.processed',
      kind: 'counter',
      unit,
      description:
        'The number of log records for which the processing has finished, either successful or failed.',
      observe: ({ delivery, processor }, observe) => observeResults(delivery?.processed, processor, observe),
    },
    {
      name: 'otel.sdk.processor.log.queue.capacity',
      kind: 'updowncounter',
      unit,
      description:
        'The maximum number of log records the queue of a given instance of an SDK Log Record processor can hold.',
      observe({ delivery, processor }, observe) {
        if (delivery?.queueLimit !== undefined) observe(delivery.queueLimit, processor);
      },
    },
    {
      name: 'otel.sdk.processor.log.queue.size',
      kind: 'updowncounter',
      unit,
      description: 'The number of log records in the queue of a given instance of an SDK log processor.',
      observe: ({ delivery, processor }, observe) =>
        delivery !== undefined && observe(delivery.queued, processor),
    },
    {
      name: 'otel.sdk.exporter.log.exported',
      kind: 'counter',
      unit,
      description:
        'The number of log records for which the export has finished, either successful or failed.',
      observe: ({ delivery, exporter }, observe) => observeResults(delivery?.exported, exporter, observe),
    },
    {
      name: 'otel.sdk.exporter.log.inflight',
      kind: 'updowncounter',
      unit,
      description:
        'The number of log records which were passed to the exporter, but that have not been exported yet (neither successful, nor failed).',
      observe: ({ delivery, exporter }, observe) =>
        delivery !== undefined && observe(delivery.inFlight, exporter),
    },
  ];
}

function observeResults(
  results: ReadableResults | undefined,
  attributes: Attributes,
  observe: Observe,
): void {
  if (results === undefined) return;
  observe(results.succeeded, attributes);
  for (const [type, count] of results.failed) observe(count, { ...attributes, 'error.type': type });
}

/** Those of which delivery does not say why are `_OTHER`. Without a loss there is one point, so that a rate begins at 0. */
function observeLost(lost: number, lostByType: ReadonlyMap<string, number>, observe: Observe): void {
  const state = 'lost';
  let other = lost;
  let named = 0;
  for (const [type, count] of lostByType) {
    other -= count;
    if (type === '_OTHER') named = count;
    else observe(count, { state, 'error.type': type });
  }
  observe(named + other, { state, 'error.type': '_OTHER' });
}
