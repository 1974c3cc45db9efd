import fc from 'fast-check';

/** Seconds that all fuzzers of one run take together: `FUZZ_SECONDS`, else a minute. */
const TOTAL_SECONDS = Number(process.env.FUZZ_SECONDS ?? 60);

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
  };
}
