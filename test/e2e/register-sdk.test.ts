// The same processes with the delivery of the official parts.
process.env.TEST_PIPELINE = 'sdk';
await import('./register.test.ts');
