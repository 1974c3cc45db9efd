import { test } from 'node:test';
import { killRounds } from './support/kill-rounds.ts';

test(
  '200 processes that are killed under requests: what was answered 200 ms before is delivered, once',
  {
    timeout: 900_000,
  },
  (t) => killRounds(t, 200),
);
