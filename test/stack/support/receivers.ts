// What the tests of receivers other than Loki have in common: the requests, and how their records are compared.
import assert from 'node:assert/strict';
import type { TestOwner } from '../../support/owner.ts';
import { comparable, ORDER_ENV, type Order, sendOrder } from './order.ts';
import { type Service, startService } from './suite.ts';
import { send } from './traffic.ts';

/** A record as a receiver has it, its attributes and those of its resource in one object. */
export type Found = Readonly<Record<string, unknown>>;

/** How long the slow request takes at least, in seconds. */
export const SLOW_SECONDS = 0.2;

export interface Shop {
  readonly service: Service;
  readonly order: Order;
}

/** A service that has answered an order, a slow 503 and a 404, and has ended. */
export async function serveRequests(
  owner: TestOwner,
  endpoint: string,
  env: Readonly<Record<string, string>> = {},
): Promise<Shop> {
  const service = await startService(owner, { endpoint, env: { ...ORDER_ENV, ...env } });
  const order = await sendOrder(owner, service);
  const waitMs = SLOW_SECONDS * 1_000 + 10;
  assert.deepEqual(await send(service.port, [`/orders/7?status=503&wait_ms=${waitMs}`]), [503]);
  assert.deepEqual(await send(service.port, ['/items/a?status=404']), [404]);
  await service.stop();
  assert.equal(service.stderr, '');
  return { service, order };
}

/** The record of the order is what Loki has of it, under the names that OpenTelemetry gives. */
export function assertOrder({ order }: Shop, line: string, found: Found): void {
  const { detected_level: _, observed_timestamp: __, flags: ___, ...metadata } = order.expected.metadata;
  const inLokiNames = Object.fromEntries(
    Object.entries(found).map(([name, value]) => [name.replaceAll('.', '_'), String(value)]),
  );
  assert.deepEqual(comparable({ timestamp: 0n, line, labels: {}, metadata: inLokiNames, parsed: {} }), {
    line: order.expected.line,
    labels: {},
    metadata: { ...metadata, ...order.expected.labels, event_name: 'access_log.request' },
  });
}

let fleets = 0;

/** Starts and ends so many processes of one service, each with what differs between pods; resolves to its name. */
export async function serveFromProcesses(
  owner: TestOwner,
  endpoint: string,
  count: number,
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  const fleet = `fleet-${process.pid}-${++fleets}`;
  const serveOne = async (index: number): Promise<void> => {
    const service = await startService(owner, {
      endpoint,
      env: {
        ...env,
        OTEL_SERVICE_NAME: fleet,
        OTEL_RESOURCE_ATTRIBUTES: [
          'service.namespace=store',
          `service.instance.id=instance-${index}`,
          `host.name=pod-${index}`,
          `container.id=container-${index}`,
          `k8s.pod.name=pod-${index}`,
          `k8s.pod.uid=uid-${index}`,
        ].join(','),
      },
    });
    assert.deepEqual(await send(service.port, ['/orders/1']), [200]);
    await service.stop();
    assert.equal(service.stderr, '');
  };
  await Promise.all(Array.from({ length: count }, (_, index) => serveOne(index)));
  return fleet;
}
