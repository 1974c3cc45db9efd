// Started by reporter.test.ts with a standard error that nobody reads.
import { Reporter } from '../../src/telemetry/reporter.ts';

process.stdin.once('data', () => {
  const reporter = new Reporter({ nowMs: () => performance.now() });
  for (let count = 0; count < 20; count++) reporter.error(`kind ${count}`, 'x'.repeat(1000));
  reporter.flush();
  // Errors of a pipe arrive later.
  setImmediate(() => setImmediate(() => process.stdout.write('alive', () => process.exit(0))));
});
