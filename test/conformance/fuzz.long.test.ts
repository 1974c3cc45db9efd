// The fuzzer for longer than in `npm test`: it takes a third of the time of all fuzzers, which makes five minutes.
process.env.TEST_SECONDS ??= '900';

// Read by `fuzz.ts` when it is loaded.
await import('./fuzz.test.ts');

export {};
