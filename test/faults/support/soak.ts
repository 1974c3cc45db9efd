import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import type { ReceivedRecord } from '../../../src/cli/receiver/otlp-record.ts';
import { inRepo } from '../../support/repo-root.ts';
import { startScriptedReceiver } from '../../support/scripted-receiver.ts';
import { type App, spawnApp } from '../../support/spawn-app.ts';
import { spoolDirectory } from './kill-rounds.ts';
import { randomFrom } from './random.ts';
import { request } from './requests.ts';
import type { Protocol } from './service.ts';
import { type Link, SOAK_FAULTS } from './soak-faults.ts';
import { startTcpProxy } from './tcp-proxy.ts';
import { isHeartbeat, settledTotals, type Totals, totalsOf } from './totals.ts';

const PER_SECOND = 5_000;
const CONNECTIONS = 4;
/** Requests of one connection before the next one. */
const AT_ONCE = 640;
/** One request of so many is ignored. */
const IGNORED_OF = 64;
/** What memory may grow by from the first third to the last, and what it differs by from one moment to another. */
const GROWTH = 1.2;
const USED_DIFFERS_BYTES = 16 * 1024 * 1024;
const RSS_DIFFERS_BYTES = 32 * 1024 * 1024;
const SETTLED_WITHIN_MS = 60_000;

interface Memory {
  /** After a garbage collection. */
  readonly usedBytes: number;
  /** Of all time. */
  readonly peakRssBytes: number;
}

/** Which requests were sent, and whose records have arrived. */
class Requests {
  /** By number: whether the record has arrived. */
  #arrived = new Uint8Array(1 << 16);
  sent = 0;
  arrived = 0;
  repeated = 0;
  foreign = 0;

  next(count: number): readonly string[] {
    const first = this.sent;
    this.sent += count;
    return Array.from({ length: count }, (_, index) => {
      const number = first + index;
      return number % IGNORED_OF === 0 ? `/ignored/${number}` : `/${number}`;
    });
  }

  onRecord({ attributes }: ReceivedRecord): void {
    const path = String(attributes['url.path']);
    if (path.startsWith('/account/')) return;
    const number = Number(path.slice(1));
    if (!(number < this.sent)) {
      this.foreign += 1;
      return;
    }
    if (number >= this.#arrived.length) {
      const larger = new Uint8Array(2 * Math.max(number, this.#arrived.length));
      larger.set(this.#arrived);
      this.#arrived = larger;
    }
    if (this.#arrived[number] === 1) this.repeated += 1;
    else this.arrived += 1;
    this.#arrived[number] = 1;
  }
}

/** A service under load whose receiver fails in every way, in random order. Nothing is lost, and memory stays flat. */
export async function soak(t: TestContext, protocol: Protocol, seconds: number): Promise<void> {
  const seed = Math.floor(Math.random() * 2 ** 31);
  t.diagnostic(`seed ${seed}`);
  const random = randomFrom(seed);
  const requests = new Requests();
  const heartbeats: Totals[] = [];
  const receiver = await startScriptedReceiver(t, {
    protocol,
    onAccepted: (records) => {
      for (const record of records) {
        if (record.eventName === 'access_log.request') requests.onRecord(record);
        else if (isHeartbeat(record)) heartbeats.push(totalsOf(record.attributes));
      }
    },
  });
  const proxy = await startTcpProxy(t, receiver.port);
  const app = await startApp(t, protocol, proxy.port);

  const names = Object.keys(SOAK_FAULTS);
  const rounds = Math.max(1, Math.round(seconds / 60));
  const faultMs = (seconds * 1_000) / 3 / rounds / names.length;
  const memory: Memory[] = [];
  /** Requests beside the traffic: for totals, and for memory, which are ignored. */
  let asked = 0;
  let questions = 0;
  for (let third = 0; third < 3; third += 1) {
    const traffic = startTraffic(app.port, requests);
    for (let round = 0; round < rounds; round += 1) await allFaults({ receiver, proxy }, faultMs, random);
    await traffic.stop();
    const totals = await settled();
    const sizes = (await (await fetch(`http://127.0.0.1:${app.port}/memory`)).json()) as Memory;
    asked += 1;
    memory.push(sizes);
    t.diagnostic(`${JSON.stringify(totals)} ${JSON.stringify(sizes)}`);
  }
  t.diagnostic(`${Math.round(requests.sent / seconds)} requests/s, ${requests.repeated} records twice`);
  const [first, , last] = memory;
  assert.ok(first !== undefined && last !== undefined);
  assert.ok(last.usedBytes <= first.usedBytes * GROWTH + USED_DIFFERS_BYTES, JSON.stringify(memory));
  assert.ok(last.peakRssBytes <= first.peakRssBytes * GROWTH + RSS_DIFFERS_BYTES, JSON.stringify(memory));
  await app.stop('SIGINT');
  assert.doesNotMatch(app.stderr, /records? lost/);

  /** Totals when nothing is pending: they are those of the records that have arrived. */
  async function settled(): Promise<Totals> {
    const before = requests.sent + asked;
    const totals = await settledTotals(app.port, before, (served) =>
      receiver.until(
        () => heartbeats.find((heartbeat) => heartbeat.served === served),
        `a heartbeat after ${served} exchanges`,
        SETTLED_WITHIN_MS,
      ),
    );
    asked += totals.served - before;
    const { delivered, lost, served, pending } = totals;
    questions += served - before;
    assert.deepEqual(
      { lost, arrived: requests.arrived, foreign: requests.foreign, served },
      { lost: 0, arrived: delivered + pending - questions, foreign: 0, served: requests.sent + asked },
    );
    return totals;
  }
}

async function startApp(
  t: TestContext,
  protocol: Protocol,
  port: number,
): Promise<App & { readonly port: number }> {
  const main = inRepo('test/faults/fixtures/app.mjs');
  return spawnApp(t, {
    args: ['--expose-gc', '--import', 'otel-access-log/register', main],
    env: {
      OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
      OTEL_EXPORTER_OTLP_TIMEOUT: '1000',
      ACCESS_LOG_SPOOL_DIR: await spoolDirectory(t),
      ACCESS_LOG_IGNORE: '/ignored/**,/memory',
      // A little less than comes, so that some are suppressed.
      ACCESS_LOG_RATE: String(0.97 * PER_SECOND),
    },
  });
}

async function allFaults(link: Link, ms: number, random: () => number): Promise<void> {
  const faults = Object.values(SOAK_FAULTS)
    .map((fault) => ({ fault, place: random() }))
    .sort((a, b) => a.place - b.place);
  for (const { fault } of faults) await fault(link, ms, random);
}

interface Traffic {
  /** Resolves when the last request is answered. @throws Error where one was not */
  stop(): Promise<void>;
}

function startTraffic(port: number, requests: Requests): Traffic {
  let goesOn = true;
  const client = async (): Promise<void> => {
    while (goesOn) await request(port, requests.next(AT_ONCE), PER_SECOND / CONNECTIONS);
  };
  const clients = Promise.all(Array.from({ length: CONNECTIONS }, client));
  // Thrown in `stop`.
  clients.catch(() => undefined);
  return {
    stop: async () => {
      goesOn = false;
      await clients;
    },
  };
}
