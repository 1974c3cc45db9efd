/**
 * `node --import otel-access-log app.js` loads classes and functions, and starts nothing. Without a line, the reason for
 * the missing access log would stay hidden. The package says nothing else when it is imported, and this only where it is
 * preloaded by that name.
 */
import { isMainThread } from 'node:worker_threads';
import { preloadsPackageOnly } from './options/preload-argument.ts';
import { standardErrorWriter } from './telemetry/standard-error.ts';

if (isMainThread && preloadsPackageOnly()) {
  try {
    standardErrorWriter()(
      'otel-access-log: no access log: --import otel-access-log starts nothing; use --import otel-access-log/register\n',
      true,
    );
  } catch {
    // Standard error is gone.
  }
}
