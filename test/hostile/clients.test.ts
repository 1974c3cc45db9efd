// Clients that leave, stop, flood and lie at each step of HTTP/1: what is recorded, and what is left behind.
import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Http1Exchange } from '../../src/http/http1/http1-exchange.ts';
import type { ObservedExchange } from '../../src/http/observed-exchange.ts';
import { selfSigned } from '../support/certificates.ts';
import { RawClient, requestText } from '../support/raw-client.ts';
import { isExchange, startTestReceiver } from '../support/receiver.ts';
import { spawnApp } from '../support/spawn-app.ts';
import { BEHAVIOURS, type Ended } from './support/behaviours.ts';
import { WatchedTargets } from './support/watched-targets.ts';

function endOf({ outcome, statusCode }: ObservedExchange): Ended {
  return [outcome, statusCode];
}

/**
 * All of them at once.
 *
 * @returns the port of each client: what is rejected may have no target by which it could be known
 */
async function actAll(
  connect: (patience: 'long' | 'short') => Promise<RawClient>,
  serves: (client: RawClient) => Promise<void> = assertServes,
): Promise<readonly (number | undefined)[]> {
  return Promise.all(
    BEHAVIOURS.map(async ({ act, isTimed }, index) => {
      const client = await connect(isTimed ? 'short' : 'long');
      const { localPort } = client;
      await act(
        client,
        (path) => `${path}?${index}`,
        async () => serves(await connect(isTimed ? 'short' : 'long')),
      );
      return localPort;
    }),
  );
}

const ALIVE = '/alive';

/** An ordinary request is answered; what other connections sent before has been read by then. */
async function assertServes(client: RawClient): Promise<void> {
  await client.send(requestText(ALIVE, { headers: { Connection: 'close' } }));
  const [response] = await client.responses(1);
  assert.equal(response?.body.toString(), 'hello');
  await client.closed();
}

async function assertNothingLeft(targets: WatchedTargets, listeners: readonly unknown[]) {
  const { observed, started } = targets;
  const begun = observed.exchanges.filter((exchange) => exchange instanceof Http1Exchange);
  assert.equal(begun.length, started, 'one record for each request that Node told of');
  assert.deepEqual(observed.errors, []);
  assert.deepEqual(targets.warnings, []);
  assert.deepEqual(targets.listeners(), listeners);
  assert.equal(observed.observer.openExchanges, 0, 'exchanges that are open still');
  assert.equal(await targets.socketsLeft(), 0, 'sockets that something holds on to');
}

for (const kind of ['plain', 'TLS'] as const) {
  describe(`hostile clients, ${kind}`, () => {
    async function start(t: TestContext): Promise<WatchedTargets> {
      return WatchedTargets.start(t, kind === 'TLS' ? await selfSigned() : undefined);
    }

    test('every step', async (t) => {
      const targets = await start(t);
      const listeners = targets.listeners();
      const ports = await actAll((patience) => targets.connect(t, patience));
      await assertServes(await targets.connect(t));
      await targets.quiet();
      const { exchanges } = targets.observed;
      for (const [index, { name, ended, isTimed }] of BEHAVIOURS.entries()) {
        await t.test(name, () => {
          const port = targets.portOf(isTimed ? 'short' : 'long');
          const own = exchanges.filter(
            ({ connection }) => connection.localPort === port && connection.remotePort === ports[index],
          );
          assert.deepEqual(own.map(endOf), ended);
          for (const { target } of own) assert.match(target, new RegExp(`^$|\\?${index}$|^x:1$|^\\*$`));
        });
      }
      const alive = exchanges.filter(({ target }) => target === ALIVE);
      assert.ok(alive.every(({ outcome, statusCode }) => outcome === 'completed' && statusCode === 200));
      const expected = BEHAVIOURS.flatMap(({ ended }) => ended).length + alive.length;
      assert.equal(exchanges.length, expected, 'no exchange beside those of the clients');
      await assertNothingLeft(targets, listeners);
    });

    test('20,000 pipelined requests that nobody answers, and the client goes away', async (t) => {
      const targets = await start(t);
      const listeners = targets.listeners();
      const client = await targets.connect(t);
      const count = 20_000;
      await client.send(requestText('/never').repeat(count));
      await targets.hasStarted(count);
      client.destroy();
      await targets.quiet();
      const { exchanges } = targets.observed;
      assert.equal(exchanges.length, count);
      assert.ok(
        exchanges.every(({ outcome, statusCode }) => outcome === 'aborted' && statusCode === undefined),
      );
      await assertServes(await targets.connect(t));
      await targets.quiet();
      await assertNothingLeft(targets, listeners);
    });
  });
}

/** The beginning of a ClientHello. */
const HALF_HELLO = Buffer.from('1603010200010001fc0303', 'hex');

test('TLS handshakes that are none, or only half of one: nothing recorded, nothing left', async (t) => {
  const targets = await WatchedTargets.start(t, await selfSigned());
  const listeners = targets.listeners();
  const openings = ['', HALF_HELLO, requestText('/'), Buffer.alloc(1000, 0x16)];
  const ways: readonly ((client: RawClient) => unknown)[] = [
    (client) => client.destroy(),
    (client) => client.reset(),
    (client) => client.halfClose(),
    (client) => client.closed(),
  ];
  await Promise.all(
    openings.flatMap((bytes) =>
      ways.map(async (leave) => {
        const client = await targets.connectPlain(t, 'short');
        await client.send(bytes);
        await leave(client);
      }),
    ),
  );
  await assertServes(await targets.connect(t));
  await targets.quiet();
  assert.deepEqual(targets.observed.exchanges.map(endOf), [['completed', 200]]);
  await assertNothingLeft(targets, listeners);
});

test('under the preload: as many served, kept and delivered as there were, and not a word on standard error', async (t) => {
  const receiver = await startTestReceiver(t);
  const app = await spawnApp(t, {
    args: [
      '--import',
      'otel-access-log/register',
      fileURLToPath(new URL('./fixtures/serve-target.js', import.meta.url)),
    ],
    env: { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.grpcEndpoint, OTEL_BLRP_SCHEDULE_DELAY: '50' },
  });
  const [, shortPort] = await app.waitFor(/^impatient (\d+)$/m);
  const connect = (patience: 'long' | 'short' = 'long'): Promise<RawClient> =>
    RawClient.connect(t, { port: patience === 'long' ? app.port : Number(shortPort) });
  let served = 0;
  await actAll(connect, async (client) => {
    await assertServes(client);
    served += 1;
  });
  const expected = BEHAVIOURS.flatMap(({ ended }) => ended);
  for (let count = 0; count < served; count += 1) expected.push(['completed', 200]);
  await receiver.waitForExchanges(expected.length);
  await app.stop();
  const recorded = receiver.records
    .filter(isExchange)
    .map(({ attributes }) => [attributes['access_log.outcome'], attributes['http.response.status_code']]);
  assert.deepEqual(recorded.map(String).sort(), expected.map(String).sort());
  const totals = receiver.records.at(-1)?.attributes;
  assert.deepEqual(
    ['served', 'kept', 'ignored', 'suppressed', 'lost'].map((name) => totals?.[`access_log.total.${name}`]),
    [expected.length, expected.length, 0, 0, 0],
  );
  assert.equal(app.stderr, '');
});
