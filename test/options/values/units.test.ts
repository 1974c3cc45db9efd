import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { resolveOptions } from '../../../src/options/options.ts';
import { type OptionName, variableOf } from '../../../src/options/schema.ts';
import { problemsOf } from '../support/problems-of.ts';

const MS = 'a number ≥ 0, or a time such as 250ms, 2s or 5m';
const TIMER = 'a number from 0 to 2147483647, or a time such as 250ms, 2s or 5m';
const MIB = 'a whole number ≥ 8, or a size from 8MiB up, in B, KiB, MiB or GiB';

/** The option as the environment gives it, and as a file does. */
function inEach(name: OptionName, text: string): readonly unknown[] {
  const file = { ACCESS_LOG_CONFIG: 'a.json' };
  return [
    resolveOptions({}, { [variableOf(name)]: text })[name],
    resolveOptions({}, file, () => Buffer.from(JSON.stringify({ [name]: text })))[name],
  ];
}

describe('a value with a unit', () => {
  const rows: readonly [name: OptionName, text: string, value: number][] = [
    ['slowMs', '250ms', 250],
    ['slowMs', '2s', 2000],
    ['slowMs', '1.5s', 1500],
    ['slowMs', '0.25ms', 0.25],
    ['slowMs', '0s', 0],
    ['longAfterMs', '5m', 300_000],
    ['degradeAfterMs', '30s', 30_000],
    ['recoverAfterMs', '2m', 120_000],
    ['shutdownTimeoutMs', '1h', 3_600_000],
    ['memoryLimitMib', '16MiB', 16],
    ['memoryLimitMib', '1536KiB', 1.5],
    ['memoryLimitMib', '1048576B', 1],
    ['memoryLimitMib', '1GiB', 1024],
    ['spoolLimitMib', '0.5GiB', 512],
  ];
  for (const [name, text, value] of rows) {
    test(`${name}: ${text} is ${value}`, () => assert.deepEqual(inEach(name, text), [value, value]));
  }

  test('blanks around it in the environment are none of it', () =>
    assert.equal(resolveOptions({}, { ACCESS_LOG_SLOW_MS: ' 250ms\n' }).slowMs, 250));

  test('a number alone is in the unit of the option', () => {
    const env = { ACCESS_LOG_SLOW_MS: '250', ACCESS_LOG_MEMORY_LIMIT_MIB: '16' };
    const { slowMs, memoryLimitMib } = resolveOptions({ longAfterMs: 2 }, env);
    assert.deepEqual([slowMs, memoryLimitMib], [250, 16]);
  });
});

describe('an error with one message', () => {
  const rows: readonly [variable: string, expected: string, texts: readonly string[]][] = [
    [
      'ACCESS_LOG_SLOW_MS',
      MS,
      ['soon', '2 s', '2S', '250msec', '-1s', '+1s', '1e3ms', 's', '2s3ms', '5d', '1,5s'],
    ],
    ['ACCESS_LOG_SHUTDOWN_TIMEOUT_MS', TIMER, ['597h', '2147483648ms', '2147483648', '5 m']],
    [
      'ACCESS_LOG_SPOOL_LIMIT_MIB',
      MIB,
      ['512B', '64KiB', '7.9MiB', '7', '8.5', '16MB', '16mib', '16M', 'many', '9e9GiB'],
    ],
  ];
  for (const [variable, expected, texts] of rows) {
    for (const text of texts) {
      test(`${variable}=${text}`, () =>
        assert.deepEqual(
          problemsOf(() => resolveOptions({}, { [variable]: text })),
          [`${variable}: expected ${expected}, got ${JSON.stringify(text)} (from the environment)`],
        ));
    }
  }

  test('a unit where there is none to be', () => {
    for (const [variable, text, expected] of [
      ['ACCESS_LOG_RATE', '5s', 'a number ≥ 0'],
      ['ACCESS_LOG_BURST', '16MiB', 'a whole number ≥ 1'],
    ] as const) {
      assert.deepEqual(
        problemsOf(() => resolveOptions({}, { [variable]: text })),
        [`${variable}: expected ${expected}, got "${text}" (from the environment)`],
      );
    }
  });

  test('a time in a size, a number in quotes in a file', () => {
    const file = (text: string): readonly string[] =>
      problemsOf(() => resolveOptions({}, { ACCESS_LOG_CONFIG: 'a.yaml' }, () => Buffer.from(text)));
    assert.deepEqual(file('spoolLimitMib: 2s'), [
      `a.yaml:1: spoolLimitMib: expected ${MIB}, got "2s" (from the file)`,
    ]);
    assert.deepEqual(file('slowMs: "5"'), [`a.yaml:1: slowMs: expected ${MS}, got "5" (from the file)`]);
  });
});
