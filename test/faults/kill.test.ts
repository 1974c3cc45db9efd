import { test } from 'node:test';
import { killRounds } from './support/kill-rounds.ts';

test(
  '20 processes that are killed under requests: what was answered 200 ms before is delivered, once',
  {
    timeout: 120_000,
  },
  (t) => killRounds(t, 20),
);
