import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FACTORS, type Factor, isPossible, LANES, type Lane } from './lane-table.ts';

const names = Object.keys(FACTORS) as Factor[];

function everyPossibleLane(): Lane[] {
  let partial: Partial<Lane>[] = [{}];
  for (const name of names) {
    partial = partial.flatMap((lane) => FACTORS[name].map((value) => ({ ...lane, [name]: value })));
  }
  return (partial as Lane[]).filter(isPossible);
}

function pairsOf(lane: Lane): string[] {
  return names.flatMap((first, index) =>
    names.slice(index + 1).map((second) => `${first} ${lane[first]}, ${second} ${lane[second]}`),
  );
}

test('every possible pair of two values occurs in some lane', () => {
  const possible = new Set(everyPossibleLane().flatMap(pairsOf));
  const covered = new Set(LANES.flatMap(pairsOf));
  assert.deepEqual(
    [...possible].filter((pair) => !covered.has(pair)),
    [],
  );
});

test('every lane is possible', () => {
  assert.deepEqual(
    LANES.filter((lane) => !isPossible(lane)),
    [],
  );
});
