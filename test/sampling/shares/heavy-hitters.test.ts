import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HeavyHitters } from '../../../src/sampling/shares/heavy-hitters.ts';

test('keys with 30, 10 and 5 % are found among 20,000 others, in order, and their counts are exact or too low', () => {
  const hitters = new HeavyHitters();
  const sent = new Map<string, number>();
  let state = 1;
  for (let at = 0; at < 200_000; at += 1) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    const draw = (state >>> 8) % 100;
    const key = draw < 30 ? 1 : draw < 40 ? 2 : draw < 45 ? 3 : 100 + (at % 20_000);
    hitters.add(key, `k${key}`);
    sent.set(`k${key}`, (sent.get(`k${key}`) ?? 0) + 1);
  }
  const found = hitters.drain(0.01);
  assert.deepEqual(
    found.map(({ name }) => name),
    ['k1', 'k2', 'k3'],
  );
  for (const { name, count } of found) {
    const really = sent.get(name) ?? 0;
    assert.ok(count <= really && count >= 0.9 * really, `${name} ${count} of ${really}`);
  }
  assert.deepEqual(hitters.drain(0.01), []);
});
