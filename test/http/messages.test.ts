// Node's own objects of an exchange: handed out at its end, where they are asked for, and not a moment longer.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { describe, type TestContext, test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { HttpMessages } from '../../src/http/exchange.ts';
import { RawClient, requestText } from '../support/raw-client.ts';
import { clientOf, request as requestH2, serveH2c } from './http2/support/servers.ts';
import { listen, Observed } from './support/observed.ts';

const NONE = { request: undefined, response: undefined, stream: undefined };

/** What was handed out for each exchange, in the order of their ends. */
function scene(t: TestContext, keepMessages = true) {
  const handed: (HttpMessages | undefined)[] = [];
  const observed: Observed = new Observed(t, {
    keepMessages,
    onEnd: (exchange) => {
      handed.push(exchange.messages);
      observed.exchanges.push(exchange);
    },
  });
  return { handed, observed };
}

/** Waits for the end of `count` exchanges. */
async function until(handed: readonly unknown[], count: number): Promise<void> {
  const deadlineMs = performance.now() + 10_000;
  while (handed.length < count && performance.now() < deadlineMs) {
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.equal(handed.length, count);
}

describe('what is handed out', () => {
  test('HTTP/1: request and response of the handlers; of an upgrade the request; of a rejection nothing', async (t) => {
    const { handed, observed } = scene(t);
    const given: HttpMessages[] = [];
    const server = createServer((request, response) => {
      given.push({ request, response, stream: undefined });
      response.end('x');
    }).on('upgrade', (request, socket) => {
      given.push({ request, response: undefined, stream: undefined });
      socket.end('HTTP/1.1 101 Switching Protocols\r\n\r\n');
    });
    const port = await listen(t, server);
    for (const text of [
      requestText('/', { headers: { Connection: 'close' } }),
      requestText('/up', { headers: { Connection: 'Upgrade', Upgrade: 'x' } }),
      'GET /bad HTTP/1.1\r\nno colon\r\n\r\n',
    ]) {
      const client = await RawClient.connect(t, { port });
      await client.send(text);
      await client.closed();
    }
    await until(handed, 3);
    assert.equal(handed[0]?.request, given[0]?.request);
    assert.equal(handed[0]?.response, given[0]?.response);
    assert.equal(handed[1]?.request, given[1]?.request);
    assert.equal(handed[1]?.response, undefined);
    assert.equal(handed[2], undefined);
    // Nothing of it is left once they were reported.
    assert.deepEqual(
      observed.exchanges.map(({ messages }) => messages),
      [undefined, undefined, undefined],
    );
    assert.deepEqual(observed.errors, []);
  });

  test('HTTP/2: request, response and stream; of the stream API the stream', async (t) => {
    const { handed, observed } = scene(t);
    const given: unknown[] = [];
    const compat = await serveH2c(t, (server) =>
      server.on('request', (request, response) => {
        given.push(request, response, request.stream);
        response.end('x');
      }),
    );
    await requestH2(await clientOf(t, compat), { ':path': '/' });
    const core = await serveH2c(t, (server) =>
      server.on('stream', (stream) => {
        given.push(stream);
        stream.respond({});
        stream.end('x');
      }),
    );
    await requestH2(await clientOf(t, core), { ':path': '/' });
    await until(handed, 2);
    const [first, second] = handed;
    for (const [at, object] of [first?.request, first?.response, first?.stream, second?.stream].entries())
      assert.equal(object, given[at]);
    assert.deepEqual([second?.request, second?.response], [undefined, undefined]);
    assert.deepEqual(
      observed.exchanges.map(({ messages }) => messages),
      [undefined, undefined],
    );
  });

  test('without hooks nothing is kept', async (t) => {
    const { handed } = scene(t, false);
    const port = await listen(
      t,
      createServer((_request, response) => response.end('x')),
    );
    await (await fetch(`http://127.0.0.1:${port}`)).text();
    await until(handed, 1);
    assert.deepEqual(handed, [undefined]);
  });

  test('a long exchange hands them out as they are, and goes on', async (t) => {
    const seen: (HttpMessages | undefined)[] = [];
    const observed = new Observed(t, {
      keepMessages: true,
      longAfterMs: 20,
      onLong: (_soFar, _milestone, messages) => {
        seen.push(messages);
        finish();
      },
    });
    let finish = (): void => undefined;
    const given: unknown[] = [];
    const port = await listen(
      t,
      createServer((request, response) => {
        given.push(request, response);
        finish = () => response.end('x');
      }),
    );
    await (await fetch(`http://127.0.0.1:${port}`)).text();
    await observed.ended(1);
    assert.equal(seen[0]?.request, given[0]);
    assert.equal(seen[0]?.response, given[1]);
  });
});

test('an exchange that a hook was handed holds on to neither its request nor its response', async (t) => {
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  assert.ok(typeof collect === 'function');
  const refs: WeakRef<object>[] = [];
  const kept: object[] = [];
  const handed: boolean[] = [];
  new Observed(t, {
    keepMessages: true,
    onEnd: (exchange) => {
      const { request, response } = exchange.messages ?? NONE;
      handed.push(request !== undefined);
      if (request !== undefined && response !== undefined)
        refs.push(new WeakRef(request), new WeakRef(response));
      kept.push(Object.freeze(exchange));
    },
  });
  const port = await listen(
    t,
    createServer((_request, response) => response.end('x')),
  );
  await (await fetch(`http://127.0.0.1:${port}`, { headers: { connection: 'close' } })).text();
  await until(handed, 1);
  for (let turn = 0; turn < 1_000 && refs.some((ref) => ref.deref() !== undefined); turn++) {
    await new Promise((resolve) => setImmediate(resolve));
    collect();
  }
  assert.deepEqual(
    refs.map((ref) => ref.deref()),
    [undefined, undefined],
  );
  assert.equal(kept.length, 1);
});
