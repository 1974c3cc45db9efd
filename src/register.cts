/**
 * `node --require otel-access-log/register`: loads the module that `--import` loads. CommonJS, since Node runs what is
 * required once more in the thread that it starts for module loader hooks, and there Node 22 cannot require an ES
 * module that imports anything: the application would end before it began.
 */
const { isMainThread, parentPort }: typeof import('node:worker_threads') = require('node:worker_threads');

/** That thread serves nothing. Unlike a worker thread it has no parent to talk to. */
const isThreadOfLoaderHooks = !isMainThread && parentPort === null;

try {
  if (!isThreadOfLoaderHooks) require(require.resolve('./register.js'));
} catch (error) {
  // Whatever it is, the application starts all the same.
  const [reason] = String(error).split('\n');
  process.stderr.write(`otel-access-log: no access log: ${reason}\n`);
}
