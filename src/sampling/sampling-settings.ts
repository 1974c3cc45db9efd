import type { HrTime } from '@opentelemetry/api';

import type { PathMatcher } from '../options/path/path-rules.ts';

import type { ResolvedOptions } from '../options/schema.ts';
import { compileExcludedPaths } from '../record/excluded-paths.ts';
import { REQUEST_EVENT } from '../record/record-builder.ts';
import type { DeliveryCounts } from '../telemetry/totals.ts';
import type { SamplerSettings } from './sampler.ts';

/** The options of the sampling processor, resolved and compiled. */
export interface SamplingSettings extends SamplerSettings {
  /** An exchange whose head took longer is slow; milliseconds. */
  readonly slowMs: number;
  /** Whose head may take as long as it likes. */
  readonly isLongPoll: PathMatcher | undefined;
  /** Names of the events that are judged. */
  readonly select: readonly string[];
}

/** Severity numbers of the levels (logs data model, "Severity Fields"). */
const MINIMUM_SEVERITY: Readonly<Record<ResolvedOptions['level'], number>> = {
  trace: 1,
  debug: 5,
  info: 9,
  warn: 13,
  error: 17,
  fatal: 21,
};

/** Compiles what the options say about sampling. */
export function samplingSettings(
  options: ResolvedOptions,
  knownMethods: ReadonlySet<string>,
  select: readonly string[] = [REQUEST_EVENT],
): SamplingSettings {
  const { level, rate, burst, errorRate, errorBurst, slowMs, longPolls, ignore } = options;
  return {
    minimumSeverity: MINIMUM_SEVERITY[level],
    rate,
    burst,
    errorRate,
    errorBurst,
    slowMs,
    isLongPoll: compileExcludedPaths(longPolls),
    isIgnored: compileExcludedPaths(ignore),
    knownMethods,
    select,
  };
}

/** What the sampling processor needs of the world around it. */
export interface SamplingDependencies {
  /** Monotonic clock, milliseconds. */
  readonly now: () => number;
  /** Wall-clock time of now for an event, later than that of every record before. */
  readonly timestamp: () => HrTime;
  /** Wall-clock time of a reading of the monotonic clock: when a window started. */
  readonly wallTime: (atMs: number) => HrTime;
  /** Called before anything that was counted is said: what waits to be judged is to be judged first. */
  readonly beforeReport?: () => void;
  /** Random per process; written in the heartbeat. */
  readonly processId: string;
  /** What became of the exchanges' records that were passed on; only the package's own pipeline knows. */
  readonly delivery?: () => DeliveryCounts;
  /** Hears the first error that the wrapped processor throws; the later ones are only counted. */
  readonly onError: (error: unknown) => void;
}
