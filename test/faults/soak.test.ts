// Many requests per second with a spool, and a receiver that fails in every way. TEST_SECONDS is how long.
import { test } from 'node:test';
import { testSeconds } from '../support/test-seconds.ts';
import { soak } from './support/soak.ts';

const SECONDS = testSeconds(60);

test(
  `a receiver that fails in every way for ${SECONDS} s: nothing is lost, totals add up, memory stays flat`,
  {
    timeout: SECONDS * 3_000 + 120_000,
  },
  (t) => soak(t, 'grpc', SECONDS),
);
