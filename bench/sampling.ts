/**
 * What is kept of one bursty trace by the token bucket with its reserve, and by other ways of limiting it.
 *
 * node build/bench/sampling.js
 *
 * Ten minutes of made-up traffic, always the same: 300 exchanges per second, one in 1,000 an error and one in 200 slow;
 * twice a minute a burst of 4,000 per second for 3 s; in the fifth minute a failing backend, where for 20 s most of
 * 1,500 per second are errors. Prints a Markdown table: shares kept, and what came within any one second, on this trace
 * and at the worst.
 */
import { compileKnownMethods } from '../src/record/reading/method.ts';
import type { SampledExchange } from '../src/record/sampled-exchange.ts';
import { Sampler } from '../src/sampling/sampler.ts';
import { exchange } from '../test/sampling/support/records.ts';

const MINUTES = 10;
const RATE = 500;
const BURST = 1000;
const ERROR_RATE = 100;
const ERROR_BURST = 500;

type Kind = 'normal' | 'slow' | 'error' | 'storm error';
const KINDS: readonly Kind[] = ['normal', 'slow', 'error', 'storm error'];

interface Arrival {
  readonly atMs: number;
  readonly kind: Kind;
}

/** One way of limiting: passes an arrival or stops it. Arrivals come in the order of their times. */
type Limiter = (arrival: Arrival) => boolean;

/** A small generator with a seed (mulberry32), so that every run sees the same trace. */
function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

function makeTrace(random: () => number): readonly Arrival[] {
  const trace: Arrival[] = [];
  let atMs = 0;
  while (atMs < MINUTES * 60_000) {
    const second = atMs / 1000;
    const isStorm = second >= 270 && second < 290;
    const isBurst = second % 30 >= 12.8 && second % 30 < 15.8;
    const perSecond = isStorm ? 1500 : isBurst ? 4000 : 300;
    // Times between independent arrivals are exponentially distributed.
    atMs += (-Math.log(1 - random()) * 1000) / perSecond;
    const draw = random();
    const kind =
      isStorm && draw < 0.9 ? 'storm error' : draw < 0.001 ? 'error' : draw < 0.006 ? 'slow' : 'normal';
    trace.push({ atMs, kind });
  }
  return trace;
}

function exchangeOf(kind: Kind): SampledExchange {
  const isError = kind === 'error' || kind === 'storm error';
  const isSlow = kind === 'slow';
  return exchange({
    statusCode: isError ? 503 : 200,
    severityNumber: isError ? 17 : isSlow ? 13 : 9,
    isError,
    isSlow,
  });
}

function tokenBucket(rate: number, burst: number, errorRate: number, errorBurst: number): Limiter {
  const settings = {
    minimumSeverity: 9,
    isIgnored: undefined,
    knownMethods: compileKnownMethods(),
    rejectedRate: 0,
    rejectedBurst: 0,
    // All exchanges of the trace have one route.
    share: 1,
    rollout: { kind: 'all' as const },
  };
  const sampler = new Sampler({ ...settings, rate, burst, errorRate, errorBurst }, () => [0, 0]);
  const exchanges = new Map(KINDS.map((kind) => [kind, exchangeOf(kind)]));
  return ({ atMs, kind }) => sampler.decide(exchanges.get(kind) ?? exchangeOf(kind), atMs) === 'kept';
}

function randomSampling(probability: number, random: () => number): Limiter {
  return () => random() < probability;
}

function fixedWindow(perSecond: number): Limiter {
  let window = -1;
  let count = 0;
  return ({ atMs }) => {
    const current = Math.floor(atMs / 1000);
    if (current !== window) {
      window = current;
      count = 0;
    }
    count += 1;
    return count <= perSecond;
  };
}

/** The most that came within any 1,000 ms, wherever they begin. */
function mostInOneSecond(arrivals: readonly Arrival[]): number {
  let most = 0;
  let first = 0;
  arrivals.forEach(({ atMs }, last) => {
    while (atMs - (arrivals[first]?.atMs ?? atMs) >= 1000) first += 1;
    most = Math.max(most, last - first + 1);
  });
  return most;
}

function countOf(arrivals: readonly Arrival[], kind: Kind): number {
  return arrivals.filter((arrival) => arrival.kind === kind).length;
}

function row(name: string, passed: readonly Arrival[], worst: number | undefined): string {
  const shares = KINDS.map(
    (kind) => `${((100 * countOf(passed, kind)) / countOf(trace, kind)).toFixed(1)} %`,
  );
  const most = [mostInOneSecond(passed), worst].map((count) => count?.toLocaleString('en') ?? 'no limit');
  return `| ${[name, passed.length.toLocaleString('en'), ...shares, ...most].join(' | ')} |`;
}

const trace = makeTrace(seededRandom(20_261_123));
const withReserve = trace.filter(tokenBucket(RATE, BURST, ERROR_RATE, ERROR_BURST));
const share = withReserve.length / trace.length;
const limit = RATE + ERROR_RATE;
const burst = BURST + ERROR_BURST;
const oneBucket = trace.filter(tokenBucket(limit, burst, 0, 0));
const atRandom = trace.filter(randomSampling(share, seededRandom(7)));
const inWindows = trace.filter(fixedWindow(limit));
const counts = [trace.length, ...KINDS.map((kind) => countOf(trace, kind)), mostInOneSecond(trace)];

console.log(
  [
    '| | records | normal | slow | errors | errors of the storm | most in any 1 s | at the worst |',
    '|---|---|---|---|---|---|---|---|',
    `| the trace | ${counts.map((count) => count.toLocaleString('en')).join(' | ')} | – |`,
    row(`token bucket ${RATE}/s, reserve ${ERROR_RATE}/s`, withReserve, limit + burst),
    row(`one token bucket ${limit}/s`, oneBucket, limit + burst),
    row(`random ${(100 * share).toFixed(1)} %: as many records`, atRandom, undefined),
    row(`fixed window of 1 s, ${limit}`, inWindows, 2 * limit),
  ].join('\n'),
);
