// Exchanges that are open in a worker thread when that thread, or the process, ends.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { startScriptedReceiver } from '../support/scripted-receiver.ts';
import {
  aborted,
  assertRecorded,
  crashed,
  crashedBy,
  endedWith,
  endedWithout,
  type Row,
  recordsOf,
} from './support/open-exchanges.ts';

describe('a thread that ends while exchanges are open in it', { concurrency: 2 }, () => {
  const rows: readonly Row[] = [
    ['an uncaught exception in it', { by: 'throw' }, 0, crashedBy('OrderError')],
    ['an unhandled rejection in it', { by: 'reject' }, 0, crashedBy('RangeError')],
    ['process.exit(3) in it', { by: 'exit 3' }, 0, crashed('process_exit')],
    ['process.exit(0) in it', { by: 'exit 0' }, 0, aborted('process_exit')],
    ['an uncaught exception in the main thread', { by: 'main: throw' }, 1, crashed('OrderError')],
    ['process.exit(3) in the main thread', { by: 'main: exit 3' }, 3, crashed('process_exit')],
    ['process.exit(0) in the main thread', { by: 'main: exit 0' }, 0, aborted('process_exit')],
    ['SIGTERM', { by: 'SIGTERM' }, 'SIGTERM', aborted('SIGTERM')],
  ];
  for (const [name, { by }, exit, expected] of rows) {
    test(name, async (t) => {
      const end = { by, env: { APP_THREAD: 'yes' } };
      const receiver = await startScriptedReceiver(t, { protocol: 'grpc' });
      const [without, withIt] = await Promise.all([endedWithout(t, end), endedWith(t, end, receiver)]);
      assert.equal(withIt.code ?? withIt.signal, exit);
      assert.deepEqual(withIt, without);
      assertRecorded(receiver, expected);
    });
  }

  test('worker.terminate(): they are counted', async (t) => {
    const receiver = await startScriptedReceiver(t, { protocol: 'grpc' });
    const withIt = await endedWith(t, { by: 'terminate', env: { APP_THREAD: 'yes' } }, receiver);
    assert.equal(withIt.code, 0);
    assert.deepEqual(recordsOf(receiver), []);
    assert.equal(
      withIt.stderr,
      'otel-access-log: a worker thread was terminated before everything was delivered (4 records lost)\n',
    );
  });

  test('without a receiver, when the main thread ends: on standard error', async (t) => {
    const receiver = await startScriptedReceiver(t, { protocol: 'grpc' });
    await receiver.down();
    const { code, stderr } = await endedWith(t, { by: 'main: exit 3', env: { APP_THREAD: 'yes' } }, receiver);
    assert.equal(code, 3);
    const paths = stderr.split('\n').flatMap((line) => (line.startsWith('{') ? [JSON.parse(line).path] : []));
    assert.deepEqual(paths, ['/stream', '/wait', '/queued']);
    assert.match(stderr, /the process ended before everything was delivered \(4 records lost\)/);
  });
});
