// Random clients against servers of every kind: as many records as a model says, and nothing left of them.
// FUZZ_SEED (printed), FUZZ_PATH (printed where it fails) play a run again; TEST_SECONDS is for all fuzzers together.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import fc from 'fast-check';
import { FUZZ_SEED, fuzzAsync } from '../hostile/support/fuzz.ts';
import { Observed, seen } from '../http/support/observed.ts';
import { selfSigned } from '../support/certificates.ts';
import { collectGarbage } from '../support/garbage.ts';
import { RawClient } from '../support/raw-client.ts';
import { act, type Visit, visit } from './support/fuzzed-clients.ts';
import { handle, SERVER_KINDS, type ServerKind } from './support/fuzzed-servers.ts';
import { Model, startModelServer } from './support/model-server.ts';

const SHARE = 1 / 3;
const VISITS_AT_ONCE = 6;
const RUNS_BETWEEN_COLLECTIONS = 200;

test('random clients on servers of every kind', async (t) => {
  t.diagnostic(`FUZZ_SEED=${FUZZ_SEED}`);
  const observed = new Observed(t);
  const model = new Model();
  const certificate = await selfSigned();
  const tls = { ca: certificate.cert, servername: 'localhost' };
  const ports = new Map<string, number>();
  for (const [name, { options, isTls, setUp }] of Object.entries<ServerKind>(SERVER_KINDS)) {
    const { server, port } = await startModelServer(model, options ?? {}, isTls && certificate);
    server.on('request', handle);
    setUp?.(server);
    ports.set(name, port);
    t.after(() => server.close());
  }

  async function visitOnce(one: Visit, cleanUps: (() => Promise<void>)[]): Promise<void> {
    const isTls = one.server === 'TLS' && one.speaksTls;
    const client = await RawClient.connect(
      { after: (cleanUp) => void cleanUps.push(cleanUp) },
      { port: ports.get(one.server) ?? 0, ...(isTls && { tls }) },
    );
    const { localPort } = client;
    await act(client, one);
    cleanUps.push(async () => {
      const [, status] = /^HTTP\/1\.1 ([2-5]\d\d) /.exec(client.received.toString('latin1', 0, 13)) ?? [];
      if (status === undefined) return;
      const own = observed.exchanges.filter(({ connection }) => connection.remotePort === localPort);
      const statuses = own.map(({ statusCode }) => statusCode);
      assert.ok(statuses.includes(Number(status)), `${status} came, recorded is ${own.map(told).join()}`);
    });
  }

  let runs = 0;
  await fuzzAsync(
    fc.asyncProperty(fc.array(visit, { minLength: 1, maxLength: VISITS_AT_ONCE }), async (visits) => {
      model.exchanges = 0;
      observed.exchanges.length = 0;
      const cleanUps: (() => Promise<void>)[] = [];
      await Promise.all(visits.map((one) => visitOnce(one, cleanUps)));
      await nextTurn();
      await model.end();
      // The ends of connections are recorded in the turn after their `close`.
      await nextTurn();
      for (const cleanUp of cleanUps) await cleanUp();
      assert.deepEqual(observed.errors, []);
      assert.equal(observed.exchanges.length, model.exchanges, observed.exchanges.map(told).join('\n'));
      assert.equal(observed.observer.openExchanges, 0, 'exchanges that are open still');
      runs += 1;
      if (runs % RUNS_BETWEEN_COLLECTIONS === 0) await assertNothingLeft(model);
    }),
    SHARE,
  );
  observed.exchanges.length = 0;
  await assertNothingLeft(model);
  t.diagnostic(`${runs} runs`);
});

function told(exchange: Parameters<typeof seen>[0]): string {
  return JSON.stringify(seen(exchange));
}

async function assertNothingLeft(model: Model): Promise<void> {
  for (let round = 0; round < 5; round += 1) {
    await nextTurn();
    collectGarbage();
  }
  const left = model.accepted.filter((socket) => socket.deref() !== undefined).length;
  // Those of the run before may be on the stack still.
  assert.ok(left <= VISITS_AT_ONCE, `${left} sockets are held`);
  model.accepted.length = 0;
}
