import assert from 'node:assert/strict';
import { test } from 'node:test';
import { explainOptions } from '../../src/options/explain.ts';

test('the seed of the rollout is not shown, only whether there is one', () => {
  const shown = (env: NodeJS.ProcessEnv): unknown =>
    explainOptions(env, (bytes) => bytes).values.find(({ name }) => name === 'rolloutSeed')?.value;
  assert.equal(shown({ ACCESS_LOG_ROLLOUT_SEED: 'planted-seed' }), 'set, not shown');
  assert.equal(shown({}), '');
});
