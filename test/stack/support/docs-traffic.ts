// Traffic of which every number is known before it is sent, for a service `shop`, as the documents call it. Rates are 0
// where something is to be suppressed: then no token comes back, however long the test takes.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { TestOwner } from '../../support/owner.ts';
import { RawClient, requestText } from '../../support/raw-client.ts';
import { type App, spawnApp } from '../../support/spawn-app.ts';
import { sendEvents, sendHeartbeats, totals } from './dashboard-traffic.ts';
import type { Stack } from './stack.ts';

type Shop = App & { readonly port: number };
type Env = Readonly<Record<string, string>>;

/** The trace of the documents. */
const TRACEPARENT = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

/** What Loki must hold when all of it has arrived: requests by lines, ledger and carried counts; last heartbeats. */
export const SENT = { requests: 104, processes: 5 } as const;

/** Sends it all; when it resolves, every process has ended. */
export async function sendTraffic(owner: TestOwner, stack: Stack): Promise<void> {
  const start = async (serve: (shop: Shop) => Promise<void>, env: Env = {}): Promise<void> => {
    const shop: Shop = await spawnApp(owner, {
      args: ['--import', 'otel-access-log/register', 'examples/docker/app.js'],
      env: {
        PORT: '0',
        OTEL_SERVICE_NAME: 'shop',
        OTEL_EXPORTER_OTLP_ENDPOINT: stack.grpcEndpoint,
        ACCESS_LOG_TRUSTED_PROXIES: 'loopback',
        ACCESS_LOG_IGNORE: '/healthz',
        ...env,
      },
    });
    await serve(shop);
    await shop.stop();
  };
  const get = (shop: Shop, count: number, client: number, path: string, headers: Env = {}): Promise<void> =>
    getAll(owner, shop, count, path, { 'X-Forwarded-For': `203.0.113.${client}`, ...headers });

  await start(async (shop) => {
    await get(shop, 12, 1, '/orders/1?wait_ms=5');
    await get(shop, 1, 1, '/orders/42', { traceparent: TRACEPARENT });
    await get(shop, 5, 2, '/orders/2?status=404');
    await get(shop, 4, 2, '/items/lamp?status=500');
    await get(shop, 2, 3, '/reports/2026?wait_ms=700');
    await get(shop, 3, 3, '/nowhere');
    await get(shop, 4, 3, '/healthz');
    for (let count = 0; count < 3; count++) await abort(owner, shop, '203.0.113.4');
    await Promise.all([1, 2].map(() => timeOut(owner, shop, '203.0.113.5')));
    await reject(owner, shop);
  });
  await start(
    async (shop) => {
      await get(shop, 1, 1, '/orders/1');
      await get(shop, 1, 1, '/orders/2?status=404');
      await get(shop, 1, 1, '/items/lamp?status=404');
    },
    { ACCESS_LOG_BODY: 'json' },
  );
  await start(
    async (shop) => {
      // Five are kept, ten are not; a slow one draws from the reserve and carries their count; the rest is left over.
      await get(shop, 15, 6, '/orders/3');
      await get(shop, 1, 6, '/orders/3?wait_ms=1500');
      await get(shop, 7, 6, '/orders/3');
      await get(shop, 20, 6, '/items/chair?status=404');
    },
    {
      ACCESS_LOG_RATE: '0',
      ACCESS_LOG_BURST: '5',
      ACCESS_LOG_SHARE: '1',
      ACCESS_LOG_ERROR_RATE: '0',
      // The slow one is open for so long.
      ACCESS_LOG_LONG_AFTER_MS: '1000',
    },
  );
  await start(
    async (shop) => {
      await get(shop, 20, 7, '/orders/9');
      await shop.waitFor(/\(20 records lost\)/);
      await get(shop, 5, 7, '/orders/9');
    },
    {
      OTEL_EXPORTER_OTLP_ENDPOINT: await refuseOnce(owner, stack.httpEndpoint),
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf',
      // They go when all that are to be refused are together, and not before.
      OTEL_BLRP_MAX_EXPORT_BATCH_SIZE: '20',
      OTEL_BLRP_SCHEDULE_DELAY: '3600000',
    },
  );
  await start((shop) => get(shop, 3, 8, '/orders/4'), { ACCESS_LOG_ROLLOUT: 'shadow' });
  const none = { served: 0, ignored: 0, suppressed: 0, kept: 0, delivered: 0, lost: 0, pending: 0 };
  await sendEvents(stack, 'shop', [
    { event: 'heartbeat', mode: 'errors', process_id: 'degraded', ...totals(none) },
    { event: 'heartbeat', mode: 'normal', process_id: 'normal', ...totals(none) },
    { event: 'degraded', mode: 'errors', reason: 'starved' },
    { event: 'offenders' },
  ]);
  const sums = { served: 9, ignored: 1, suppressed: 2, kept: 6, delivered: 5, lost: 0, pending: 1 };
  await sendHeartbeats(stack, 'shop', [sums, { ...sums, kept: 5 }, { ...sums, pending: 0 }]);
}

async function getAll(
  owner: TestOwner,
  shop: Shop,
  count: number,
  path: string,
  headers: Env,
): Promise<void> {
  const client = await RawClient.connect(owner, { port: shop.port });
  await client.pipeline(Array.from({ length: count }, () => requestText(path, { headers })));
  await client.responses(count);
  client.destroy();
}

/** A client that leaves as soon as the service has its request: it is then told to continue. */
async function abort(owner: TestOwner, shop: Shop, address: string): Promise<void> {
  const client = await RawClient.connect(owner, { port: shop.port });
  const headers = { 'X-Forwarded-For': address, Expect: '100-continue' };
  await client.send(requestText('/reports/2025?wait_ms=3000', { headers }));
  await client.receive('HTTP/1.1 100 Continue\r\n\r\n'.length);
  client.destroy();
}

/** Bytes that are no request: Node answers 400 itself. */
async function reject(owner: TestOwner, shop: Shop): Promise<void> {
  const client = await RawClient.connect(owner, { port: shop.port });
  await client.send('\x16\x03\x01garbage\r\n\r\n');
  await client.closed();
}

/** A body that never comes: Node answers 408 itself, while the handler is still at work. */
async function timeOut(owner: TestOwner, shop: Shop, address: string): Promise<void> {
  const client = await RawClient.connect(owner, { port: shop.port });
  const headers = { 'X-Forwarded-For': address, 'Content-Length': '10' };
  await client.send(requestText('/reports/2024?wait_ms=3000', { headers }));
  await client.closed();
}

/** An endpoint that refuses its first export for good (403), and hands on what comes later. */
async function refuseOnce(owner: TestOwner, target: string): Promise<string> {
  let refuses = true;
  const server = createServer(async (incoming, response) => {
    const body = Buffer.concat(await incoming.toArray());
    if (refuses) {
      refuses = false;
      response.writeHead(403).end();
      return;
    }
    const headers = { 'content-type': incoming.headers['content-type'] ?? '' };
    const answer = await fetch(`${target}${incoming.url}`, { method: 'POST', headers, body });
    response.writeHead(answer.status).end(Buffer.from(await answer.arrayBuffer()));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  owner.after(async () => void server.close());
  const address = server.address();
  assert.ok(address !== null && typeof address === 'object');
  return `http://127.0.0.1:${address.port}`;
}
