import { randomInt } from 'node:crypto';
import fc from 'fast-check';
import { testSeconds } from '../../support/test-seconds.ts';

/** Seconds that all fuzzers of one run take together. */
const TOTAL_SECONDS = testSeconds(60);
/** Seed of all fuzzers of this run: `FUZZ_SEED`, else a random one. */
export const FUZZ_SEED: number = Number(process.env.FUZZ_SEED ?? randomInt(2 ** 31));
/** Path to one counterexample, as a failure prints it: it alone is played again. */
const { FUZZ_PATH } = process.env;

/** Runs a property for its share of the time. Fails with the seed and the shortest counterexample that was found. */
export function fuzz<T>(property: fc.IRawProperty<T>, share: number): void {
  fc.assert(property, settings(share));
}

/** The same for a property that waits for something. */
export async function fuzzAsync<T>(property: fc.IAsyncProperty<T>, share: number): Promise<void> {
  await fc.assert(property, settings(share));
}

/** @param share of the time of all fuzzers, 0 to 1 */
function settings(share: number) {
  return {
    numRuns: Number.MAX_SAFE_INTEGER,
    interruptAfterTimeLimit: TOTAL_SECONDS * 1000 * share,
    markInterruptAsFailure: false,
    seed: FUZZ_SEED,
    ...(FUZZ_PATH !== undefined && { path: FUZZ_PATH }),
  };
}
