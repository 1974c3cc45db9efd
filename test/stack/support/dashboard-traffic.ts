// Traffic of which every number in the dashboard is known, through the example service of `examples/docker`.
import assert from 'node:assert/strict';
import { Agent, createServer, request } from 'node:http';
import type { TestOwner } from '../../support/owner.ts';
import { type App, spawnApp } from '../../support/spawn-app.ts';
import type { Stack } from './stack.ts';

/** Several requests that are alike. */
export interface Batch {
  readonly count: number;
  readonly path: string;
  readonly route: string;
  readonly class: string;
  readonly client: string;
  /** How they ended. Default `completed`. */
  readonly outcome?: 'aborted' | 'timeout';
}

const get = (count: number, client: string, path: string, route: string, status: string): Batch => ({
  count,
  path,
  route,
  class: status,
  client: `203.0.113.${client}`,
});

/** Of a service with limits that nothing reaches. */
const AMPLE: readonly Batch[] = [
  get(12, '1', '/orders/1?wait_ms=5', '/orders/:id', '2xx'),
  get(5, '2', '/orders/2?status=404', '/orders/:id', '4xx'),
  get(4, '2', '/items/lamp?status=500', '/items/:name', '5xx'),
  get(3, '3', '/nowhere', 'no route (GET)', '4xx'),
  get(6, '3', '/items/desk?wait_ms=30', '/items/:name', '2xx'),
  get(2, '3', '/reports/2026?wait_ms=700', '/reports/:year', '2xx'),
  { ...get(3, '4', '/reports/2025?wait_ms=5000', '/reports/:year', 'aborted'), outcome: 'aborted' },
  { ...get(2, '5', '/orders', '/orders', '4xx'), outcome: 'timeout' },
];
const HEALTH_CHECKS: Batch = get(4, '9', '/healthz', '/healthz', '2xx');
/** The same service after a restart. */
const AGAIN: readonly Batch[] = [get(7, '1', '/orders/1', '/orders/:id', '2xx')];
/** Of a service with a tight limit. */
const FLOOD: readonly Batch[] = [
  get(40, '6', '/orders/3', '/orders/:id', '2xx'),
  get(20, '6', '/items/chair?status=404', '/items/:name', '4xx'),
];
const REFUSED: Batch = get(20, '7', '/orders/9', '/orders/:id', '2xx');
const TAKEN: Batch = get(5, '7', '/orders/9', '/orders/:id', '2xx');

/** Only a service that the dashboard is not asked for has these. */
const ELSEWHERE: readonly Batch[] = [get(6, '8', '/orders/1', '/orders/:id', '2xx')];

export interface SentTraffic {
  readonly service: string;
  readonly otherService: string;
  /** Everything of the service but health checks. */
  readonly batches: readonly Batch[];
  /** Requests that got through the tight limit or did not: some of these are suppressed, and no others. */
  readonly flood: readonly Batch[];
  readonly lost: Batch;
  readonly ignored: number;
  /** Served by each process of the service. */
  readonly served: readonly number[];
}

const SCRIPT = ['--import', 'otel-access-log/register', 'examples/docker/app.js'];

/** Sends it all; when it resolves, all processes have ended. */
export async function sendTraffic(owner: TestOwner, stack: Stack): Promise<SentTraffic> {
  // A dot, as a name may have one and a regular expression takes it for any character.
  const service = `shop.${process.pid}`;
  const otherService = `shop-${process.pid}`;
  const base = {
    OTEL_SERVICE_NAME: service,
    OTEL_EXPORTER_OTLP_ENDPOINT: stack.grpcEndpoint,
    ACCESS_LOG_TRUSTED_PROXIES: 'loopback',
    ACCESS_LOG_IGNORE: '/healthz',
  };
  const serve = async (
    batches: readonly Batch[],
    env: Readonly<Record<string, string>> = {},
  ): Promise<void> => {
    const app = await spawnApp(owner, { args: SCRIPT, env: { ...base, ...env } });
    for (const batch of batches) await send(app.port, batch);
    await app.stop();
    // What Express has to say of broken uploads is its own affair.
    assert.doesNotMatch(app.stderr, /otel-access-log/);
  };
  await serve([...AMPLE, HEALTH_CHECKS]);
  await serve(AGAIN);
  await serve(FLOOD, { ACCESS_LOG_RATE: '2', ACCESS_LOG_BURST: '5', ACCESS_LOG_SHARE: '1' });
  await serve(ELSEWHERE, { OTEL_SERVICE_NAME: otherService });
  await loseSome(owner, stack, base);
  const batches = [...AMPLE, ...AGAIN, ...FLOOD, REFUSED, TAKEN];
  return {
    service,
    otherService,
    batches,
    flood: FLOOD,
    lost: REFUSED,
    ignored: HEALTH_CHECKS.count,
    served: [[...AMPLE, HEALTH_CHECKS], AGAIN, FLOOD, [REFUSED, TAKEN]].map(countOf),
  };
}

export function countOf(batches: readonly Batch[]): number {
  return batches.reduce((sum, { count }) => sum + count, 0);
}

/** A receiver refuses the first export for good (403) and hands on what comes later. */
async function loseSome(owner: TestOwner, stack: Stack, base: Record<string, string>): Promise<void> {
  let refuses = true;
  const proxy = createServer(async (incoming, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk);
    if (refuses) {
      response.writeHead(403).end();
      return;
    }
    const { 'content-type': type = '', 'content-encoding': encoding } = incoming.headers;
    const headers = { 'content-type': type, ...(encoding ? { 'content-encoding': encoding } : {}) };
    const body = Buffer.concat(chunks);
    const answer = await fetch(`${stack.httpEndpoint}${incoming.url}`, { method: 'POST', headers, body });
    response.writeHead(answer.status).end(Buffer.from(await answer.arrayBuffer()));
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  owner.after(async () => void proxy.close());
  const address = proxy.address();
  assert.ok(address !== null && typeof address === 'object');
  const app: App & { readonly port: number } = await spawnApp(owner, {
    args: SCRIPT,
    env: {
      ...base,
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${address.port}`,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf',
      // They go when all that are to be refused are together, and not before.
      OTEL_BLRP_MAX_EXPORT_BATCH_SIZE: String(REFUSED.count),
      OTEL_BLRP_SCHEDULE_DELAY: '3600000',
    },
  });
  await send(app.port, REFUSED);
  await app.waitFor(new RegExp(`\\(${REFUSED.count} records lost\\)`));
  refuses = false;
  await send(app.port, TAKEN);
  await app.stop();
}

/** What heartbeats have beside their totals. */
export interface HeartbeatOptions {
  /** How many minutes ago each was sent. Default: just now. */
  readonly minutesAgo?: readonly number[];
  /** Without the prefix `access_log.`. */
  readonly attributes?: Readonly<Record<string, string>>;
}

/** Heartbeats that no process of ours would send; they are in Loki when this resolves. */
export async function sendHeartbeats(
  stack: Stack,
  service: string,
  all: readonly Readonly<Record<string, number>>[],
  { minutesAgo = [], attributes = {} }: HeartbeatOptions = {},
): Promise<void> {
  const heartbeats = all.map((sums) => ({ event: 'heartbeat', ...totals(sums), ...attributes }));
  await sendEvents(stack, service, heartbeats, minutesAgo);
}

/** Attributes of a heartbeat, without their prefix. */
export function totals(sums: Readonly<Record<string, number>>): Readonly<Record<string, number>> {
  return Object.fromEntries(Object.entries(sums).map(([name, value]) => [`total.${name}`, value]));
}

/** Events that no process sends, with these attributes behind the prefix `access_log.`. */
export async function sendEvents(
  stack: Stack,
  service: string,
  events: readonly Readonly<Record<string, string | number>>[],
  minutesAgo: readonly number[] = [],
): Promise<void> {
  const attribute = (key: string, value: string | number) => ({
    key,
    value: typeof value === 'number' ? { intValue: value } : { stringValue: value },
  });
  const logRecords = events.map((event, index) => ({
    timeUnixNano: String(BigInt(Date.now() - (minutesAgo[index] ?? 0) * 60_000) * 1_000_000n + BigInt(index)),
    body: { stringValue: String(event.event) },
    attributes: Object.entries(event).map(([name, value]) => attribute(`access_log.${name}`, value)),
  }));
  const resource = { attributes: [attribute('service.name', service)] };
  const answer = await fetch(`${stack.lokiUrl}/otlp/v1/logs`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'X-Scope-OrgID': stack.tenant },
    body: JSON.stringify({ resourceLogs: [{ resource, scopeLogs: [{ logRecords }] }] }),
  });
  assert.equal(answer.status, 204, await answer.text());
}

async function send(port: number, batch: Batch): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: 4 });
  try {
    await Promise.all(Array.from({ length: batch.count }, () => sendOne(port, batch, agent)));
  } finally {
    agent.destroy();
  }
}

/** Resolves when the request has ended the way its batch says. */
function sendOne(port: number, { path, client, outcome }: Batch, agent: Agent): Promise<void> {
  const isUpload = outcome === 'timeout';
  const headers = {
    'x-forwarded-for': client,
    ...(isUpload ? { 'content-type': 'application/json', 'content-length': '10' } : {}),
    ...(outcome === 'aborted' ? { expect: '100-continue' } : {}),
  };
  const options = { host: '127.0.0.1', port, path, headers, method: isUpload ? 'POST' : 'GET' };
  return new Promise((resolve, reject) => {
    const sent = request({ ...options, agent: outcome === undefined ? agent : false }, (response) => {
      response.once('end', resolve).once('error', reject).resume();
    });
    sent.once('error', (error) => (outcome === 'aborted' ? resolve() : reject(error)));
    if (isUpload) {
      sent.write('{');
      return;
    }
    // Leaves as soon as the service has the request: it is then told to continue.
    sent.once('continue', () => sent.destroy());
    sent.end();
  });
}
