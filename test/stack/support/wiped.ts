// What a Loki has when its disk is lost: only what is in its object store.
import assert from 'node:assert/strict';
import type { LogLine } from './loki-client.ts';
import type { Stack } from './stack.ts';
import type { Service } from './suite.ts';

/** All lines of the service, also those about itself, whole. */
function everyLine(stack: Stack, { name }: Service): Promise<LogLine[]> {
  return stack.query(`{service_name="${name}"}`);
}

/** Flushes, stops, takes the disk away, and starts again: every line of the services is there as it was. */
export async function assertAllInStore(stack: Stack, services: readonly Service[]): Promise<void> {
  const before = await Promise.all(services.map((service) => everyLine(stack, service)));
  await stack.loki.flush();
  await stack.loki.stop();
  stack.loki.wipe();
  await stack.loki.start();
  const after = await Promise.all(services.map((service) => everyLine(stack, service)));
  assert.deepEqual(after, before);
}
