// The fuzzer for longer than in `npm test`: it takes a third of the time of all fuzzers, which makes five minutes, on a
// machine of continuous integration one.
process.env.FUZZ_SECONDS ??= process.env.CI === undefined ? '900' : '180';

// Read by `fuzz.ts` when it is loaded.
await import('./fuzz.test.ts');

export {};
