import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { defaultMemoryLimitMib } from '../../src/options/default-memory-limit.ts';
import { resolveOptions } from '../../src/options/options.ts';

const MIB = 1024 * 1024;
const GIB = 1024 * MIB;

describe('the default of the memory limit', () => {
  for (const [name, constrained] of [
    ['is not known', undefined],
    ['is 0 (Node 22 without a limit)', 0],
    ['is the largest 64-bit number (Node 20 without a limit)', 2 ** 64],
    ['is that of cgroup v1 without a limit', 2 ** 63 - 4096],
    ['is no number', Number.NaN],
    ['is that of a large container', 8 * GIB],
    ['is 640 MiB', 640 * MIB],
  ] as const) {
    test(`is 80 MiB where the limit of the container ${name}`, () => {
      assert.equal(defaultMemoryLimitMib(constrained, 32 * GIB), 80);
    });
  }

  test('is an eighth of a small container or machine, and never below 8 MiB', () => {
    assert.equal(defaultMemoryLimitMib(512 * MIB, 32 * GIB), 64);
    assert.equal(defaultMemoryLimitMib(256 * MIB, 32 * GIB), 32);
    assert.equal(defaultMemoryLimitMib(100 * MIB, 32 * GIB), 12);
    assert.equal(defaultMemoryLimitMib(undefined, 256 * MIB), 32);
    assert.equal(defaultMemoryLimitMib(16 * MIB, 32 * GIB), 8);
    assert.equal(defaultMemoryLimitMib(1, 32 * GIB), 8);
  });

  test('gives way to a value that is set, however large', () => {
    assert.equal(resolveOptions({}, { ACCESS_LOG_MEMORY_LIMIT_MIB: '4096' }).memoryLimitMib, 4096);
    assert.equal(resolveOptions({ memoryLimitMib: 1 }, {}).memoryLimitMib, 1);
  });
});
