/**
 * Loads the probe into the application. CommonJS for the reason of `register.cts`: what is required runs in the thread
 * of module loader hooks too.
 */
const { isMainThread, parentPort }: typeof import('node:worker_threads') = require('node:worker_threads');

const isThreadOfLoaderHooks = !isMainThread && parentPort === null;
if (!isThreadOfLoaderHooks) require(require.resolve('./main.js'));
