import type { HrTime } from '@opentelemetry/api';
import type { PathMatcher } from '../options/path/path-rules.ts';
import type { ResolvedOptions } from '../options/schema.ts';
import { compileExcludedPaths } from '../record/paths/excluded-paths.ts';
import { REQUEST_EVENT } from '../record/record-builder.ts';
import type { RulesReport } from '../telemetry/rules-status.ts';
import type { DeliveryCounts, DroppedCounts, MaskingTotals } from '../telemetry/totals.ts';
import type { ModeChange, ModeSettings } from './mode/mode.ts';
import { compileRollout } from './rollout.ts';
import type { SamplerSettings } from './sampler.ts';

/** The options of the sampling processor, resolved and compiled. */
export interface SamplingSettings extends SamplerSettings, ModeSettings {
  /** Milliseconds; an exchange whose response head took longer is slow. */
  readonly slowMs: number;
  /** Whether the request is a long poll, which is never slow; `undefined` where the list is empty. */
  readonly isLongPoll: PathMatcher | undefined;
  /** Names of the events that are sampled; all other records pass. */
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

/** Compiles the options that concern sampling. */
export function samplingSettings(
  options: ResolvedOptions,
  knownMethods: ReadonlySet<string>,
  select: readonly string[] = [REQUEST_EVENT],
): SamplingSettings {
  const {
    level,
    rate,
    burst,
    errorRate,
    errorBurst,
    rejectedRate,
    rejectedBurst,
    slowMs,
    longPolls,
    ignore,
    degrade,
    degradeAfterMs,
    recoverAfterMs,
    share,
    rollout,
    rolloutSeed,
  } = options;
  return {
    minimumSeverity: MINIMUM_SEVERITY[level],
    rate,
    burst,
    errorRate,
    errorBurst,
    rejectedRate,
    rejectedBurst,
    degrade,
    degradeAfterMs,
    recoverAfterMs,
    share,
    rollout: compileRollout(rollout, rolloutSeed),
    slowMs,
    isLongPoll: compileExcludedPaths(longPolls),
    isIgnored: compileExcludedPaths(ignore),
    knownMethods,
    select,
  };
}

/** Clocks and callbacks that a sampling processor is given. */
export interface SamplingDependencies {
  /** Monotonic clock, milliseconds. */
  readonly now: () => number;
  /** Wall-clock time of now for an event, later than that of every record before. */
  readonly timestamp: () => HrTime;
  /** Wall-clock time of a reading of the monotonic clock: when a window started. */
  readonly wallTime: (atMs: number) => HrTime;
  /** Called before events are written: hands over exchanges that have ended and wait to be counted. */
  readonly beforeReport?: () => void;
  /** Identifies the process in the heartbeat; random. */
  readonly processId: string;
  /** Counts of the records that were passed on; only where the next processor delivers them itself. */
  readonly delivery?: () => DeliveryCounts;
  /** How much of the room of delivery is in use, 0 to 1; only where the next processor knows it. */
  readonly backlog?: () => number;
  /** The address of a client, as a sampled exchange has it, as events may show it. Default: as it is. */
  readonly showClient?: (address: string) => string | undefined;
  /** Called when the mode changes. What it throws goes to `onError`. */
  readonly onMode?: (change: ModeChange) => void;
  /** What was turned away or dropped; only where an observer counts it. */
  readonly dropped?: () => DroppedCounts;
  /** What masking could not show; only where masking counts it. */
  readonly masking?: () => MaskingTotals;
  /** Which rules are in force; `undefined` where the options name no files of rules. */
  readonly rules?: () => RulesReport | undefined;
  /** Called with the first error that the next processor throws; later ones are only counted. */
  readonly onError: (error: unknown) => void;
}
