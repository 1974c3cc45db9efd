import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { RelievedTransport } from '../../../../src/delivery/transport/thread/relieved-transport.ts';
import type { Answer, Transport } from '../../../../src/delivery/transport/transport.ts';
import type { TestOwner } from '../../../support/owner.ts';
import {
  hang,
  refuse,
  type ScriptedReceiver,
  startScriptedReceiver,
} from '../../../support/scripted-receiver.ts';
import { cleanEnv } from '../../../support/spawn-app.ts';
import { accepted } from '../../stream/support/scripted-transport.ts';
import { encodedExport, PATIENCE_MS, PROTOCOLS, type Protocol } from '../support/scripted-receivers.ts';

const MESSAGE = encodedExport('a');

/** Counts what goes over it. */
class Direct implements Transport {
  sent = 0;
  isClosed = false;
  readonly cancelled: string[] = [];

  async send(): Promise<Answer> {
    this.sent += 1;
    return accepted;
  }

  cancel(why: string): void {
    this.cancelled.push(why);
  }

  close(): void {
    this.isClosed = true;
  }
}

interface Scene {
  readonly receiver: ScriptedReceiver;
  readonly direct: Direct;
  readonly transport: RelievedTransport;
  send(): Promise<Answer>;
}

async function setUp(owner: TestOwner, protocol: Protocol, env = cleanEnv()): Promise<Scene> {
  const receiver = await startScriptedReceiver(owner, { protocol });
  const direct = new Direct();
  const url = receiver.environment.OTEL_EXPORTER_OTLP_ENDPOINT ?? '';
  const transport = new RelievedTransport(
    direct,
    {
      protocol,
      url: protocol === 'grpc' ? url : `${url}/v1/logs`,
      headers: {},
      headersFile: '',
      compression: 'none',
      tls: undefined,
      proxy: undefined,
    },
    env,
  );
  owner.after(async () => transport.close());
  return {
    receiver,
    direct,
    transport,
    send: () => transport.send([MESSAGE.subarray(0, 3), MESSAGE.subarray(3)], PATIENCE_MS),
  };
}

/** Asks for relief until the thread takes exports. */
async function relieved({ transport, direct, send }: Scene): Promise<void> {
  for (let before = direct.sent; ; before = direct.sent) {
    transport.relieve();
    assert.deepEqual(await send(), accepted);
    if (direct.sent === before) return;
    await nextTurn(undefined);
  }
}

for (const protocol of PROTOCOLS) {
  describe(`exports over a thread, by ${protocol}`, () => {
    test('start with the first relief, and until the thread is there exports go as before', async (t) => {
      const scene = await setUp(t, protocol);
      assert.deepEqual(await scene.send(), accepted);
      assert.equal(scene.direct.sent, 1);
      await relieved(scene);
      const [request] = scene.receiver.requests;
      assert.equal(request?.records?.length, 1);
    });

    test('are refused as the receiver refuses them', async (t) => {
      const scene = await setUp(t, protocol);
      await relieved(scene);
      scene.receiver.next(refuse(protocol === 'grpc' ? 14 : 503));
      const answer = await scene.send();
      assert.equal(answer.kind === 'refused' && answer.remedy, 'wait');
    });

    test('are cancelled with the others, and the next relief starts another thread', async (t) => {
      const scene = await setUp(t, protocol);
      await relieved(scene);
      scene.receiver.next(hang());
      const sent = scene.receiver.requests.length;
      const answer = scene.send();
      await scene.receiver.until(() => scene.receiver.requests[sent], 'the export');
      scene.transport.cancel('the time is over');
      assert.deepEqual(await answer, {
        kind: 'refused',
        remedy: 'wait',
        errorType: 'CANCELLED',
        message: 'the time is over',
        retryAfterMs: undefined,
      });
      assert.deepEqual(scene.direct.cancelled, ['the time is over']);
      await relieved(scene);
    });
  });
}

test('a closed transport starts no thread', async (t) => {
  const scene = await setUp(t, 'grpc');
  scene.transport.close();
  scene.transport.relieve();
  await scene.send();
  assert.deepEqual([scene.direct.sent, scene.direct.isClosed], [1, true]);
});

test('after ten seconds without relief exports go as before', async (t) => {
  const scene = await setUp(t, 'grpc');
  await relieved(scene);
  const { sent } = scene.direct;
  const nowMs = performance.now();
  t.mock.method(performance, 'now', () => nowMs + 10_000);
  await scene.send();
  assert.equal(scene.direct.sent, sent + 1);
});
