import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FACTORS, type Factor, isPossible, LANES, type Lane, laneName } from './lane-table.ts';

const factors = Object.keys(FACTORS) as Factor[];

type Pair = Readonly<Record<string, string>>;

/** Pairs of two values that no application can have; `isPossible` says why. */
const IMPOSSIBLE_PAIRS: readonly Pair[] = [
  { node: '20.20.2', line: '3.x' },
  { line: 'none', start: 'earlier' },
  { line: 'none', start: 'later' },
  { line: 'none', start: 'in-app' },
  { line: 'none', modules: 'esm-hook' },
  { line: 'none', sampler: 'off' },
  { start: 'none', modules: 'esm-hook' },
  { start: 'none', sampler: 'off' },
];

function everyPair(): Pair[] {
  return factors.flatMap((one, index) =>
    factors
      .slice(index + 1)
      .flatMap((other) =>
        FACTORS[one].flatMap((value) =>
          FACTORS[other].map((otherValue) => ({ [one]: value, [other]: otherValue })),
        ),
      ),
  );
}

function everyLaneWith(pair: Pair): Lane[] {
  let partial: Partial<Lane>[] = [{}];
  for (const factor of factors) {
    const values = FACTORS[factor].filter((value) => (pair[factor] ?? value) === value);
    partial = partial.flatMap((lane) => values.map((value) => ({ ...lane, [factor]: value })));
  }
  return partial as Lane[];
}

test('every pair of two values occurs in some lane, save those that are impossible', () => {
  const isIn = (lane: Lane, pair: Pair): boolean =>
    factors.every((factor) => (pair[factor] ?? lane[factor]) === lane[factor]);
  assert.deepEqual(
    everyPair().filter((pair) => !LANES.some((lane) => isIn(lane, pair))),
    IMPOSSIBLE_PAIRS,
  );
});

test('the impossible pairs are impossible, and every lane is possible', () => {
  for (const pair of IMPOSSIBLE_PAIRS) {
    assert.ok(!everyLaneWith(pair).some(isPossible), JSON.stringify(pair));
  }
  assert.deepEqual(
    LANES.filter((lane) => !isPossible(lane)),
    [],
  );
});

test('no lane is there twice', () => {
  assert.equal(new Set(LANES.map(laneName)).size, LANES.length);
});
