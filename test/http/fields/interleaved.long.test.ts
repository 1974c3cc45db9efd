import { test } from 'node:test';
import { interleave } from '../support/interleaved.ts';

test('1,000,000 interleaved requests have their own fields, keep-alive and pipelined', (t) =>
  interleave(t, 1_000_000));
