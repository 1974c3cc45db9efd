import { fileURLToPath } from 'node:url';
import { fileOfCaller } from './process-state.ts';
import { report, task } from './report-to-doctor.ts';

const OBSERVER = Symbol.for('otel-access-log.observer');

if (task !== undefined) watchClaims();

/** A later read of the mark comes from another copy of the package, or its instrumentation, that wants to observe. */
function watchClaims(): void {
  const owner = Reflect.get(globalThis, OBSERVER);
  if (owner === undefined) return;
  Object.defineProperty(globalThis, OBSERVER, {
    configurable: true,
    enumerable: false,
    get() {
      report({ type: 'claim', pid: process.pid, file: fileOfCaller(fileURLToPath(import.meta.url)) });
      return owner;
    },
  });
}
