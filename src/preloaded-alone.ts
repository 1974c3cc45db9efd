/**
 * `node --import otel-access-log app.js` loads classes and functions, and starts nothing. Nobody would see why there is
 * no access log, so this is the one thing that the package says when it is imported: only where it is preloaded by that
 * name.
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
