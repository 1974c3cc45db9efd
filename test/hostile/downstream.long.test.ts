// A million targets, in one to two minutes.
process.env.TEST_SECONDS ??= '200';

// Read by `downstream.test.ts` when it is loaded.
await import('./downstream.test.ts');

export {};
