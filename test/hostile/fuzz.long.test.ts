// All fuzzers for longer than in `npm test`: five minutes together.
process.env.TEST_SECONDS ??= '300';

// Read by `fuzz.ts` when it is loaded.
for (const name of ['address', 'answers', 'express-route', 'otlp-decoding', 'redaction', 'rules']) {
  await import(`./${name}.test.js`);
}
