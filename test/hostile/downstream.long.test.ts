// A million targets: a minute on a machine of continuous integration.
process.env.FUZZ_TARGETS ??= '1000000';

// Read by `downstream.test.ts` when it is loaded.
await import('./downstream.test.js');

export {};
