import assert from 'node:assert/strict';
import { OptionsError } from '../../../src/options/options.ts';

/** The problems that stop it; none where it gives a result. It may throw nothing but OptionsError. */
export function problemsOf(resolve: () => unknown): readonly string[] {
  try {
    resolve();
  } catch (error) {
    assert.ok(error instanceof OptionsError && error instanceof TypeError, String(error));
    assert.equal(error.name, 'OptionsError');
    assert.equal(error.message, error.problems.join('\n'));
    return error.problems;
  }
  return [];
}
