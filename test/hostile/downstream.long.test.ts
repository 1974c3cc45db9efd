// A million targets, in one to two minutes; on a machine of continuous integration fewer, since it has run some before.
process.env.FUZZ_TARGETS ??= process.env.CI === undefined ? '1000000' : '300000';

// Read by `downstream.test.ts` when it is loaded.
await import('./downstream.test.ts');

export {};
