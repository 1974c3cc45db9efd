import { measure } from './macro/measure.ts';
import { reportCpu, reportFrameworks } from './macro/report.ts';
import { runSeries } from './macro/series.ts';
import { describeServed, type WarmUp } from './macro/serve.ts';
import { VARIANTS, type Variant, withBases } from './macro/variants.ts';
import { runMicro } from './micro/report.ts';
import { PROFILED, reportProfile } from './profile/report.ts';
import { runSampling } from './sampling-report.ts';
import { describeSlices, measureSlices, type SlicePeriods } from './slices/measure.ts';
import { reportSlices } from './slices/report.ts';
import { subjectsOf } from './slices/subjects.ts';
import { measureSlow, pacedVariants, RECEIVER_DELAY_MS } from './slow/measure.ts';
import { reportSlow } from './slow/report.ts';
import { measureState } from './spool/measure.ts';
import { reportSpool } from './spool/report.ts';
import { STATES } from './spool/states.ts';
import { measureStartUp } from './startup.ts';
import type { Cores } from './support/cores.ts';

export interface BenchOptions {
  readonly isQuick: boolean;
  /** For the part `cpu`; the others follow in proportion. `undefined` for the default. */
  readonly repetitions: number | undefined;
  /** Ids of variants; empty for all. */
  readonly only: readonly string[];
  readonly cores: Cores;
  /** Which cores are used, and how quiet the machine was. */
  readonly place: string;
  readonly onProgress: (line: string) => void;
}

/** A part of the benchmark, with a block of its own in the file of results. */
export interface Part {
  readonly id: string;
  readonly title: string;
  /** Whether it belongs to a run that names no part. */
  readonly isUsual: boolean;
  /** Whether it belongs to a quick one. */
  readonly isQuick: boolean;
  /** @returns Markdown; `undefined` where there is nothing to measure */
  readonly run: (options: BenchOptions) => string | undefined | Promise<string | undefined>;
}

const REPETITIONS = 10;
const WARM_UP: WarmUp = { seconds: 2, requests: 40_000 };
/** At 20,000 requests a second: sending happens only ten times a second, and holds the event loop longer while it is new. */
const SENDING_WARM_UP: WarmUp = { seconds: 8, requests: 160_000 };
const QUICK_WARM_UP: WarmUp = { seconds: 0.8, requests: 8_000 };

/** So many of ten, quickly so many; in proportion where a number was given. */
function repetitionsOf(options: BenchOptions, ofTen: number, quickly: number): number {
  if (options.repetitions === undefined) return options.isQuick ? quickly : ofTen;
  return Math.max(1, Math.round((options.repetitions * ofTen) / REPETITIONS));
}

function variantsOf(options: BenchOptions): readonly Variant[] {
  if (options.only.length > 0) return withBases(options.only);
  return options.isQuick ? VARIANTS.filter(({ isMain }) => isMain) : VARIANTS;
}

async function runCosts(
  options: BenchOptions,
  variants: readonly Variant[],
  repetitions: number,
  report: typeof reportCpu,
): Promise<string | undefined> {
  if (variants.length === 0) return undefined;
  const { isQuick, cores, place, onProgress } = options;
  const periods = isQuick
    ? { warmUp: QUICK_WARM_UP, measured: 1.2, heap: 0.3 }
    : { warmUp: WARM_UP, measured: 3, heap: 0.5 };
  const series = await runSeries({
    subjects: variants,
    repetitions,
    cores,
    measure: (variant, receiver) => measure(variant, periods, cores, receiver),
    describe: describeServed,
    onProgress,
  });
  return report(variants, series, { periods, place });
}

function runCpu(options: BenchOptions): Promise<string | undefined> {
  const variants = variantsOf(options).filter(({ framework }) => framework === 'http');
  return runCosts(options, variants, repetitionsOf(options, REPETITIONS, 3), reportCpu);
}

function runFrameworks(options: BenchOptions): Promise<string | undefined> {
  const variants = variantsOf(options).filter(({ framework }) => framework !== 'http');
  return runCosts(options, variants, repetitionsOf(options, 3, 1), reportFrameworks);
}

async function runSlow(options: BenchOptions): Promise<string | undefined> {
  const { isQuick, only, cores, place, onProgress } = options;
  const ids = new Set(variantsOf(options).map(({ id }) => id));
  const subjects = pacedVariants(isQuick).filter(({ variant }) => only.length === 0 || ids.has(variant.id));
  if (subjects.length === 0) return undefined;
  const periods = isQuick ? { warmUp: QUICK_WARM_UP, measured: 2 } : { warmUp: SENDING_WARM_UP, measured: 5 };
  const series = await runSeries({
    subjects,
    repetitions: repetitionsOf(options, 4, 1),
    cores,
    receiverDelayMs: RECEIVER_DELAY_MS,
    measure: (subject, receiver) => measureSlow(subject, periods, cores, receiver),
    describe: describeServed,
    onProgress,
  });
  return reportSlow(subjects, series, periods, place);
}

async function runSlices(options: BenchOptions): Promise<string> {
  const { isQuick, only, cores, place, onProgress, repetitions } = options;
  const subjects = subjectsOf(only.length === 0 && isQuick ? ['ours', 'pino'] : only);
  const periods: SlicePeriods = isQuick
    ? { warmUp: QUICK_WARM_UP, settling: 0.2, measured: 0.5, pairs: repetitions ?? 6 }
    : { warmUp: WARM_UP, settling: 0.3, measured: 1, pairs: repetitions ?? 20 };
  const series = await runSeries({
    subjects,
    repetitions: 1,
    cores,
    measure: (subject, receiver) => measureSlices(subject, periods, cores, receiver),
    describe: describeSlices,
    onProgress,
  });
  const slices = new Map(subjects.flatMap(({ id }) => series.values(id, (own) => [id, own] as const)));
  return reportSlices(subjects, slices, periods, place);
}

async function runSpool(options: BenchOptions): Promise<string> {
  const { isQuick, only, cores, place, onProgress } = options;
  const known = STATES.map(({ id }) => id);
  const unknown = only.find((id) => !known.includes(id));
  if (unknown !== undefined)
    throw new TypeError(`Expected --only to name states, got \`${unknown}\`; there are ${known.join(', ')}`);
  const periods: SlicePeriods = isQuick
    ? { warmUp: QUICK_WARM_UP, settling: 0.2, measured: 0.5, pairs: 4 }
    : { warmUp: WARM_UP, settling: 0.3, measured: 1, pairs: 8 };
  const measured: (readonly [(typeof STATES)[number], Awaited<ReturnType<typeof measureState>>])[] = [];
  for (const state of STATES.filter(({ id }) => only.length === 0 || only.includes(id))) {
    const repetitions = repetitionsOf(options, 5, 1);
    measured.push([state, await measureState(state, { periods, repetitions, cores, onProgress })]);
  }
  return reportSpool(measured, periods, place);
}

function runProfile(options: BenchOptions): Promise<string> {
  return reportProfile({
    ...options,
    variants: withBases(options.only.length > 0 ? options.only : PROFILED),
    repetitions: repetitionsOf(options, 2, 1),
    periods: options.isQuick ? { warmUp: QUICK_WARM_UP, measured: 2 } : { warmUp: WARM_UP, measured: 5 },
  });
}

/** In the order in which they are run. */
export const PARTS: readonly Part[] = [
  {
    id: 'cpu',
    title: 'CPU, loss, memory and garbage per request on node:http',
    isUsual: true,
    isQuick: true,
    run: runCpu,
  },
  {
    id: 'frameworks',
    title: 'CPU and loss per request with Express and Fastify, and over HTTP/2',
    isUsual: true,
    // Of the variants that are named: none of them is a main one.
    isQuick: true,
    run: runFrameworks,
  },
  {
    id: 'slow',
    title: `loss, CPU and event loop at 20,000 requests/s, ${RECEIVER_DELAY_MS} ms to the receiver`,
    isUsual: true,
    isQuick: true,
    run: runSlow,
  },
  {
    id: 'slices',
    title:
      'CPU per request of logs that are switched on and off in one process, plain and as production has it',
    isUsual: false,
    isQuick: false,
    run: runSlices,
  },
  {
    id: 'spool',
    title: 'what a spool adds: receiver healthy, slow, down, and while an earlier spool is replayed',
    isUsual: false,
    isQuick: false,
    run: runSpool,
  },
  {
    id: 'start-up',
    title: 'what a preload costs until the first answer',
    isUsual: true,
    isQuick: true,
    run: (options) => measureStartUp(repetitionsOf(options, 20, 3), options.cores, options.place),
  },
  {
    id: 'profile',
    title: 'where the time goes, by a sampling profiler',
    isUsual: false,
    isQuick: false,
    run: runProfile,
  },
  {
    id: 'micro',
    title: 'single parts in tight loops',
    isUsual: false,
    isQuick: false,
    run: (options) => runMicro(options.cores, options.isQuick),
  },
  {
    id: 'sampling',
    title: 'what the token bucket keeps of bursty traffic, beside other ways of limiting',
    isUsual: false,
    isQuick: false,
    run: runSampling,
  },
];
