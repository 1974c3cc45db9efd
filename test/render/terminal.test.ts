import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { describe, test } from 'node:test';
import { wantsColours } from '../../src/render/terminal.ts';

/** What decides is Node; these are the two cases that do not need a terminal. */
describe('wantsColours', () => {
  for (const [forceColor, wanted] of [
    [undefined, false],
    ['0', false],
    ['1', true],
  ] as const) {
    test(`into a pipe, FORCE_COLOR=${forceColor}: ${wanted}`, (t) => {
      const before = process.env.FORCE_COLOR;
      t.after(() => restore(before));
      restore(forceColor);
      assert.equal(wantsColours(new PassThrough()), wanted);
    });
  }
});

function restore(forceColor: string | undefined): void {
  if (forceColor === undefined) delete process.env.FORCE_COLOR;
  else process.env.FORCE_COLOR = forceColor;
}
