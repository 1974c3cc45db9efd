// What the end of a worker thread by another thread says of records that are on disk.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { spoolDirectory } from '../faults/support/kill-rounds.ts';
import { lostInWords } from '../faults/support/service.ts';
import { inRepo } from '../support/repo-root.ts';
import { hang, refuse, startScriptedReceiver } from '../support/scripted-receiver.ts';
import { spawnApp } from '../support/spawn-app.ts';
import { written } from './support/endings.ts';

const PATHS = ['/1', '/2', '/3'];

describe('records of a worker thread that are on disk are not called lost', () => {
  for (const APP_END of ['terminate', 'exit'])
    for (const mood of ['refuses', 'hangs'])
      test(`where the main thread calls ${APP_END}(), and the receiver ${mood}`, async (t) => {
        const receiver = await startScriptedReceiver(t, { protocol: 'grpc' });
        receiver.always(mood === 'refuses' ? refuse(14) : hang());
        const directory = await spoolDirectory(t);
        const app = await spawnApp(t, {
          args: ['--import', 'otel-access-log/register', inRepo('test/e2e/fixtures/thread-ends.mjs')],
          env: { ...receiver.environment, APP_END, ACCESS_LOG_SPOOL_DIR: directory },
        });
        for (const path of PATHS) await (await fetch(`http://127.0.0.1:${app.port}${path}`)).text();
        await written(directory, PATHS);
        // The thread knows it a moment after it is in the file.
        await new Promise((resolve) => setTimeout(resolve, 500));
        await assert.rejects(fetch(`http://127.0.0.1:${app.port}/end`));
        await app.exited;
        // That of the request which was open: nothing of a thread that was terminated can write it.
        assert.equal(lostInWords(app.stderr), APP_END === 'terminate' ? 1 : 0, app.stderr);
      });
});
