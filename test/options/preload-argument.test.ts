import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { preloadsPackageOnly } from '../../src/options/preload-argument.ts';

describe('the package is preloaded alone', () => {
  const rows: readonly [expected: boolean, args: string, options?: string][] = [
    [true, '--import otel-access-log'],
    [true, '--import=otel-access-log'],
    [true, '--enable-source-maps --require otel-access-log'],
    [true, '-r otel-access-log'],
    [true, '', '--max-old-space-size=100 --import otel-access-log'],
    [true, '', '--import="otel-access-log"'],
    [false, ''],
    [false, '--import otel-access-log/register'],
    [false, '--import otel-access-log --import otel-access-log/register'],
    [false, '--import otel-access-log', '--require otel-access-log/register'],
    [false, '--import ./otel-access-log'],
    [false, '--import otel-access-log-more'],
    [false, '--conditions otel-access-log'],
  ];
  for (const [expected, args, options] of rows) {
    test(`${expected}: node ${args}, NODE_OPTIONS=${options ?? ''}`, () =>
      assert.equal(preloadsPackageOnly(args.split(' '), { NODE_OPTIONS: options }), expected));
  }
});
