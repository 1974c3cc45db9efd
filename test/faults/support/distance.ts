// A real Collector at a distance, and loads that are the same on every machine that is fast enough.
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Collector, startLoneCollector } from '../../stack/support/stack.ts';
import { metricOf } from '../../stack/support/suite.ts';
import { ALL_ADMITTED } from '../../support/all-admitted.ts';
import { deadline, type TestOwner } from '../../support/owner.ts';
import { inRepo } from '../../support/repo-root.ts';
import { startScriptedReceiver } from '../../support/scripted-receiver.ts';
import { type App, spawnApp, spawnNode } from '../../support/spawn-app.ts';
import { request } from './requests.ts';
import type { Protocol } from './service.ts';

const PROXY = inRepo('build/test/faults/fixtures/distance.js');
const EMITTER = inRepo('build/test/faults/fixtures/emitter.js');
const LOAD = inRepo('build/test/faults/fixtures/load.js');
const APP = ['--import', 'otel-access-log/register', inRepo('test/faults/fixtures/app.mjs')];
const SETTLED_WITHIN_MS = 60_000;

/** A Collector behind a proxy that delays each byte. */
export interface DistantCollector {
  readonly protocol: Protocol;
  /** For the process that delivers to it. */
  readonly environment: Readonly<Record<string, string>>;
  /** Records that the Collector has accepted. */
  accepted(): Promise<number>;
  /** Nothing arrives any more, and nothing comes back. */
  hold(): void;
  goOn(): void;
  /** Breaks the connections. New ones reach that port. */
  moveTo(port: number): void;
}

/** @param delayMs of each byte, in each direction: the round trip takes twice as long */
export async function startDistantCollector(
  owner: TestOwner,
  protocol: Protocol,
  delayMs: number,
): Promise<DistantCollector> {
  const collector: Collector = await startLoneCollector();
  owner.after(() => collector.stop());
  const endpoint = protocol === 'grpc' ? collector.grpcEndpoint : collector.httpEndpoint;
  const proxy = await spawnApp(owner, { args: [PROXY, new URL(endpoint).port, String(delayMs)], ipc: true });
  const tell = (message: string | number): void => void proxy.child.send(message);
  return {
    protocol,
    environment: {
      ...ALL_ADMITTED,
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${proxy.port}`,
      OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
    },
    accepted: () => metricOf(collector, 'receiver_accepted_log_records'),
    hold: () => tell('hold'),
    goOn: () => tell('go on'),
    moveTo: (port) => tell(port),
  };
}

export interface EmittedLoad {
  readonly perSecond: number;
  readonly seconds: number;
  /** Milliseconds that each turn of the event loop is held up. Default 0. */
  readonly busyMs?: number;
}

/**
 * Delivers records at that rate, without HTTP traffic; and checks that each of them has arrived.
 *
 * @param meanwhile called when the first record is emitted
 */
export async function emit(
  t: TestContext,
  collector: DistantCollector,
  { perSecond, seconds, busyMs = 0 }: EmittedLoad,
  meanwhile: () => Promise<void> = async () => undefined,
): Promise<void> {
  const before = await collector.accepted();
  const args = [EMITTER, String(perSecond), String(seconds), String(busyMs)];
  const emitter = spawnNode(t, { args, env: collector.environment });
  await emitter.waitFor(/^emitting$/m, 30_000);
  await meanwhile();
  const [line] = await emitter.waitFor(/^\{.*\}$/m, seconds * 10_000 + SETTLED_WITHIN_MS);
  await emitter.exited;
  t.diagnostic(`${collector.protocol}: ${line}`);
  const { emitted, delivered, lost, pending } = JSON.parse(line);
  assert.deepEqual(
    { emitted, delivered, lost, pending },
    { ...all(perSecond * seconds), lost: 0, pending: 0 },
  );
  assert.equal(emitter.stderr, '');
  assert.equal((await collector.accepted()) - before, emitted);
}

function all(count: number): { readonly emitted: number; readonly delivered: number } {
  return { emitted: count, delivered: count };
}

/**
 * Offers requests to a service at that rate, whether it can serve them or not; and checks that each of them is recorded,
 * and each record delivered.
 *
 * @param meanwhile called when the first requests are sent
 */
export async function serve(
  t: TestContext,
  collector: DistantCollector,
  { perSecond, seconds }: { perSecond: number; seconds: number },
  meanwhile: () => Promise<void> = async () => undefined,
): Promise<void> {
  const { protocol } = collector;
  const app = await spawnApp(t, { args: APP, env: collector.environment });
  const load = spawnNode(t, {
    args: [LOAD, String(app.port), String(perSecond), String(seconds), '/orders/42'],
  });
  await meanwhile();
  const [line] = await load.waitFor(/^\{.*\}$/m, seconds * 10_000 + SETTLED_WITHIN_MS);
  t.diagnostic(`${protocol}: ${line}`);
  const { answered } = JSON.parse(line);
  await deadline(
    arrival(collector, answered),
    SETTLED_WITHIN_MS,
    () => `${answered} records expected: ${app.stderr}`,
  );
  // The connections to the Collector break below, and then a failed export may be told.
  assert.equal(app.stderr, '');
  const totals = await totalsOf(t, app, collector);
  const { served = 0 } = totals;
  assert.deepEqual(totals, {
    served,
    ignored: 0,
    suppressed: 0,
    kept: served,
    delivered: served - 1,
    lost: 0,
    pending: 1,
  });
  assert.ok(
    served > answered && served - answered < 100,
    `${answered} requests and those for totals, got ${served}`,
  );
}

async function arrival(collector: DistantCollector, count: number): Promise<void> {
  while ((await collector.accepted()) < count) await sleep(100);
}

/** Asks the service for its totals, until one record is pending: that of the request that has asked. */
async function totalsOf(
  owner: TestOwner,
  app: App & { readonly port: number },
  collector: DistantCollector,
): Promise<Readonly<Record<string, number>>> {
  // The Collector counts records and drops them. This one can be read.
  const receiver = await startScriptedReceiver(owner, { protocol: collector.protocol });
  collector.moveTo(Number(new URL(receiver.environment.OTEL_EXPORTER_OTLP_ENDPOINT ?? '').port));
  for (let asked = 0; ; asked += 1) {
    const seen = heartbeats().length;
    await request(app.port, [`/account/${asked}`]);
    const totals = await receiver.until(() => heartbeats()[seen], 'a heartbeat', 30_000);
    if (totals.pending === 1) return totals;
  }

  function heartbeats(): Record<string, number>[] {
    return receiver.accepted
      .filter(({ eventName }) => eventName === 'access_log.heartbeat')
      .map(({ attributes }) =>
        Object.fromEntries(
          ['served', 'ignored', 'suppressed', 'kept', 'delivered', 'lost', 'pending'].map((name) => [
            name,
            Number(attributes[`access_log.total.${name}`]),
          ]),
        ),
      );
  }
}
