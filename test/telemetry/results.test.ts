import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Results } from '../../src/telemetry/results.ts';

test('error types beyond 32 share one count', () => {
  const results = new Results();
  results.succeed(2);
  results.fail('nothing', 0);
  for (let type = 0; type < 40; type += 1) results.fail(`E${type}`, 1);
  results.fail('E0', 1);
  assert.equal(results.succeeded, 2);
  assert.equal(results.failed.size, 33);
  assert.deepEqual(
    ['nothing', 'E0', 'E31', 'E32', '_OTHER'].map((type) => results.failed.get(type)),
    [undefined, 2, 1, undefined, 8],
  );
});
