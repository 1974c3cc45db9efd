import { test } from 'node:test';
import { assertNothingLeft } from './support/mixed-fate.ts';

test('200,000 connections of mixed fate: heap, sockets and handles return to where they were', (t) =>
  assertNothingLeft(t, 200_000));
