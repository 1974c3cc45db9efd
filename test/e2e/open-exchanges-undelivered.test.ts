// Records of exchanges that the end of the process cut off, where no receiver takes them.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, test } from 'node:test';
import { RawClient } from '../support/raw-client.ts';
import { hang, startScriptedReceiver } from '../support/scripted-receiver.ts';
import {
  type Attributes,
  ask,
  ended,
  endedWith,
  endedWithout,
  PRELOAD,
  requestOf,
  start,
  TRACES,
} from './support/open-exchanges.ts';

describe('records that cannot be delivered go to standard error', { concurrency: 2 }, () => {
  /** Its lines of JSON, and the rest. */
  function split(stderr: string): { readonly lines: readonly Attributes[]; readonly rest: string } {
    const all = stderr.split('\n');
    const lines = all.filter((line) => line.startsWith('{'));
    return {
      lines: lines.map((line) => JSON.parse(line)),
      rest: all.filter((line) => !line.startsWith('{')).join('\n'),
    };
  }

  for (const [name, end, severity, outcome, errorType] of [
    ['a crash', { by: 'throw' }, 'fatal', 'crashed', 'OrderError'],
    ['a signal', { by: 'SIGTERM' }, 'warn', 'aborted', 'SIGTERM'],
  ] as const) {
    test(`${name}, and no receiver`, async (t) => {
      const receiver = await startScriptedReceiver(t, { protocol: 'grpc' });
      await receiver.down();
      const [without, withIt] = await Promise.all([endedWithout(t, end), endedWith(t, end, receiver)]);
      const { lines, rest } = split(withIt.stderr);
      assert.deepEqual(
        lines.map(({ level, path, trace_id, status_code, outcome: how, error_type }) => ({
          level,
          path,
          trace_id,
          status_code,
          outcome: how,
          error_type,
        })),
        Object.entries(TRACES).map(([path, trace_id]) => ({
          level: severity,
          path,
          trace_id,
          status_code: path === '/stream' ? 200 : undefined,
          outcome,
          error_type: errorType,
        })),
      );
      const served = end.by === 'throw' ? 4 : 3;
      assert.equal(
        rest,
        `otel-access-log: the process ended before everything was delivered (${served} records lost)\n${without.stderr}`,
      );
      assert.deepEqual({ ...withIt, stderr: '' }, { ...without, stderr: '' });
    });
  }

  test('a thousand of them at most', async (t) => {
    const app = await start(
      t,
      { by: '', env: { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1', ACCESS_LOG_ERROR_BURST: '5000' } },
      PRELOAD,
    );
    const client = await RawClient.connect(t, app);
    await client.pipeline(
      ['/wait', ...Array.from({ length: 1_199 }, () => '/other'), '/queued'].map(requestOf),
    );
    await app.waitFor(/^all open$/m);
    await ask(t, app, '/exit 3');
    const { code, stderr } = await ended(app);
    assert.equal(code, 3);
    const { lines, rest } = split(stderr);
    assert.equal(lines.length, 1_000);
    assert.match(rest, /\(1202 records lost\)/);
  });

  test('a reader that reads nothing does not hold the end', async (t) => {
    const receiver = await startScriptedReceiver(t, { protocol: 'grpc' });
    receiver.always(hang());
    const env = { ...receiver.environment, ACCESS_LOG_SHUTDOWN_TIMEOUT_MS: '300', ACCESS_LOG_BURST: '5000' };
    const app = await start(t, { by: '', env }, PRELOAD);
    app.child.stderr?.pause();
    const client = await RawClient.connect(t, app);
    await client.pipeline(
      ['/wait', ...Array.from({ length: 998 }, () => '/other'), '/queued'].map(requestOf),
    );
    await app.waitFor(/^all open$/m);
    app.child.kill('SIGTERM');
    await once(app.child, 'exit');
    app.child.stderr?.resume();
    assert.equal((await ended(app)).signal, 'SIGTERM');
    const { lines } = split(app.stderr);
    assert.ok(lines.length > 10 && lines.length < 1_000, `${lines.length} lines`);
  });
});
