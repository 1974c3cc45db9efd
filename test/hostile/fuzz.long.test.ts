// All fuzzers for longer than in `npm test`: five minutes together, on a machine of continuous integration a third of
// a minute, since it has run them before.
process.env.FUZZ_SECONDS ??= process.env.CI === undefined ? '300' : '20';

// Read by `fuzz.ts` when it is loaded.
for (const name of ['address', 'answers', 'express-route', 'otlp-decoding', 'redaction', 'rules']) {
  await import(`./${name}.test.js`);
}
