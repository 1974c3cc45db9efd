// The same for longer than in `npm test`, over both protocols one after the other: ten minutes together.
import { test } from 'node:test';
import { testSeconds } from '../support/test-seconds.ts';
import { PROTOCOLS } from './support/service.ts';
import { soak } from './support/soak.ts';

const SECONDS = testSeconds(600);

for (const protocol of PROTOCOLS) {
  test(
    `a receiver over ${protocol} that fails in every way: nothing is lost, totals add up, memory stays flat`,
    {
      timeout: SECONDS * 3_000 + 120_000,
    },
    (t) => soak(t, protocol, SECONDS / PROTOCOLS.length),
  );
}
