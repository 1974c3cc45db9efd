import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { endingSignals } from '../../src/lifecycle/ending-signals.ts';

const ALL = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT', 'SIGUSR2'];
const windows = process.platform === 'win32' && 'Windows has only two of them';

describe('endingSignals', { skip: windows }, () => {
  for (const [what, status, expected] of [
    [
      'as Node starts',
      'SigBlk:\t0000000000000000\nSigIgn:\t0000000000001000\nSigCgt:\t0000000180004602\n',
      ALL,
    ],
    ['nohup', 'SigIgn:\t0000000000001001\n', []],
    ["a shell's background job", 'SigIgn:\t0000000000001006\n', []],
    ['a system without /proc', '', ALL],
  ] as const) {
    test(what, { skip: process.platform !== 'linux' && 'numbers of Linux' }, () => {
      assert.deepEqual(endingSignals(status), expected);
    });
  }

  test('of this process', () => {
    assert.deepEqual(endingSignals(), ALL);
  });
});
