import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ReceiverTls } from '../../../src/cli/receiver/otlp-receiver.ts';
import type { ReceivedRecord } from '../../../src/cli/receiver/otlp-record.ts';
import { ALL_ADMITTED } from '../../support/all-admitted.ts';
import { deadline, type TestOwner } from '../../support/owner.ts';
import { inRepo } from '../../support/repo-root.ts';
import { type ScriptedReceiver, startScriptedReceiver } from '../../support/scripted-receiver.ts';
import { type App, spawnApp } from '../../support/spawn-app.ts';
import { request } from './requests.ts';
import { startTcpProxy } from './tcp-proxy.ts';
import { totalsOf } from './totals.ts';

const APP = ['--import', 'otel-access-log/register', inRepo('test/faults/fixtures/app.mjs')];
const SETTLED_WITHIN_MS = 20_000;

export const PROTOCOLS = ['grpc', 'http/protobuf'] as const;
export type Protocol = (typeof PROTOCOLS)[number];

/** Paths of requests, in order. */
export type Ids = readonly string[];

/** What became of all requests so far. */
export interface Account {
  /** Whose record did not arrive; as many as the service says that it has lost. */
  readonly missing: Ids;
  /** Whose record arrived more than once. */
  readonly repeated: Ids;
  /** How many the service says that it has lost, by error type. */
  readonly lost: Readonly<Record<string, number>>;
}

/** A service under the preload, its receiver, and the account of both. */
export class Service {
  readonly receiver: ScriptedReceiver;
  readonly app: App & { readonly port: number };
  readonly #sent: string[] = [];
  readonly #arrived = new Map<string, number>();
  readonly #heartbeats: ReceivedRecord['attributes'][] = [];
  readonly #lost: Record<string, number> = {};
  readonly #distanceMs: number;
  #read = 0;
  #asked = 0;

  constructor(receiver: ScriptedReceiver, app: App & { readonly port: number }, distanceMs: number) {
    this.receiver = receiver;
    this.app = app;
    this.#distanceMs = distanceMs;
  }

  /** Paths that no request had before. */
  newIds(count: number, suffix = ''): Ids {
    const first = this.#sent.length;
    const ids = Array.from({ length: count }, (_, index) => `/${first + index}${suffix}`);
    this.#sent.push(...ids);
    return ids;
  }

  /** Sends so many requests, one after the other, and waits for the answers. @returns their paths */
  async send(count: number, suffix = ''): Promise<Ids> {
    const ids = this.newIds(count, suffix);
    await request(this.app.port, ids);
    return ids;
  }

  /** How often the record of a request has arrived so far. */
  arrivals(id: string): number {
    this.#look();
    return this.#arrived.get(id) ?? 0;
  }

  /** Waits until the records of these requests have arrived. */
  async arrival(ids: Ids, timeoutMs?: number): Promise<void> {
    const left = new Set(ids);
    const isThere = (): true | undefined => {
      for (const id of left) {
        if (this.arrivals(id) === 0) return undefined;
        left.delete(id);
      }
      return true;
    };
    await this.receiver.until(isThere, `${ids.length} records`, timeoutMs);
  }

  /**
   * Waits until nothing is pending any more, by asking the service; and checks that each request is accounted for:
   * its record has arrived, or it is among those that the service counts as lost, by reason.
   */
  account(): Promise<Account> {
    const expired = () =>
      `nothing pending, and every loss told, expected, got ${JSON.stringify([this.#heartbeats.at(-1), this.#lost])}`;
    return deadline(this.#account(), SETTLED_WITHIN_MS, expired);
  }

  /** Ends the service, and checks that what it said on standard error of lost records is what it has lost. */
  async end(): Promise<void> {
    const { missing } = await this.account();
    await this.app.stop('SIGINT');
    assert.equal(lostInWords(this.app.stderr), missing.length, this.app.stderr);
  }

  async #account(): Promise<Account> {
    for (;;) {
      const before = this.#heartbeats.length;
      this.#asked += 1;
      await request(this.app.port, [`/account/${this.#asked}`]);
      const heartbeat = await this.receiver.until(() => {
        this.#look();
        return this.#heartbeats[before];
      }, 'a heartbeat');
      const account = this.#accountBy(heartbeat);
      if (account !== undefined) return account;
      // The next question must not come before the acknowledgement of this one.
      if (this.#distanceMs > 0) await sleep(2 * this.#distanceMs);
    }
  }

  /** @returns `undefined` where more is pending than the record of the request that has asked, or is still to come */
  #accountBy(heartbeat: ReceivedRecord['attributes']): Account | undefined {
    const total = (name: string): number => Number(heartbeat[`access_log.total.${name}`]);
    totalsOf(heartbeat);
    const kept = this.#sent.length + this.#asked;
    const told = Object.values(this.#lost).reduce((sum, count) => sum + count, 0);
    if (total('pending') !== 1 || total('served') !== kept || told < total('lost')) return undefined;
    const missing = this.#sent.filter((id) => !this.#arrived.has(id));
    const names = ['served', 'ignored', 'suppressed', 'kept', 'delivered', 'lost', 'pending'];
    assert.deepEqual(Object.fromEntries(names.map((name) => [name, total(name)])), {
      served: kept,
      ignored: 0,
      suppressed: 0,
      kept,
      delivered: kept - missing.length - 1,
      lost: missing.length,
      pending: 1,
    });
    assert.equal(told, missing.length, JSON.stringify(this.#lost));
    const repeated = this.#sent.filter((id) => (this.#arrived.get(id) ?? 0) > 1);
    return { missing, repeated, lost: { ...this.#lost } };
  }

  /** Reads what has arrived since the last time. */
  #look(): void {
    const { accepted } = this.receiver;
    for (; this.#read < accepted.length; this.#read += 1) {
      const { attributes = {}, eventName } = accepted[this.#read] ?? {};
      if (eventName === 'access_log.request') {
        const id = String(attributes['url.path']);
        this.#arrived.set(id, (this.#arrived.get(id) ?? 0) + 1);
      } else if (eventName === 'access_log.heartbeat') {
        this.#heartbeats.push(attributes);
      } else if (eventName === 'access_log.lost') {
        const errorType = String(attributes['error.type']);
        this.#lost[errorType] = (this.#lost[errorType] ?? 0) + Number(attributes['access_log.count']);
      }
    }
  }
}

/**
 * Starts both. Batches go when they are full, or when an account is asked for.
 *
 * @param distanceMs that bytes take from one to the other, each way
 */
export async function startService(
  owner: TestOwner,
  protocol: Protocol,
  env: Readonly<Record<string, string>> = {},
  tls?: ReceiverTls,
  distanceMs = 0,
): Promise<Service> {
  const receiver = await startScriptedReceiver(owner, { protocol, ...(tls && { tls }) });
  const line = distanceMs > 0 ? await startTcpProxy(owner, receiver.port, distanceMs) : undefined;
  const app = await spawnApp(owner, {
    args: APP,
    env: {
      ...receiver.environment,
      ...(line && { OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${line.port}` }),
      ...ALL_ADMITTED,
      OTEL_BLRP_SCHEDULE_DELAY: '3600000',
      ...env,
    },
  });
  return new Service(receiver, app, distanceMs);
}

/** Records that standard error says are lost. */
export function lostInWords(stderr: string): number {
  return [...stderr.matchAll(/(\d+) records? lost/g)].reduce((sum, [, count]) => sum + Number(count), 0);
}
