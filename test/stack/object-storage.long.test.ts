// Loki before an S3 that checks signatures and goes away, and before Google Cloud Storage.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startFakeGcs, startVersitygw } from './support/object-store.ts';
import { poll } from './support/poll.ts';
import { type Stack, startStack } from './support/stack.ts';
import { describeWithGo, requestLines, type Service, startService } from './support/suite.ts';
import { send } from './support/traffic.ts';
import { assertAllInStore } from './support/wiped.ts';

const PATHS = Array.from({ length: 300 }, (_, index) => `/orders/${index}`);
const FLUSH_FAILURES = 'loki_ingester_chunks_flush_failures_total';
const IN_MEMORY = 'loki_ingester_memory_chunks';
/** All as it is in the file, but without waiting long between two attempts to reach the store. */
const SOON_AGAIN = ['-ingester.flush-op-backoff-min-period=1s', '-ingester.flush-op-backoff-max-period=1s'];

function waitForMetric({ loki }: Stack, name: string, wanted: (value: number) => boolean): Promise<number> {
  const ask = async (): Promise<number> => (await loki.metrics()).get(name) ?? 0;
  return poll({ what: `Loki's ${name}`, ask, wanted, show: String });
}

async function logged(stack: Stack, owner: Parameters<typeof startService>[0]): Promise<Service> {
  const service = await startService(owner, { endpoint: stack.grpcEndpoint });
  await send(service.port, PATHS);
  await service.stop();
  assert.equal(service.stderr, '');
  await requestLines(stack, service, PATHS.length);
  return service;
}

describeWithGo('Loki and its object store', () => {
  test('S3 is away and comes back: lines are taken and found all the time, and are in S3 afterwards', async (t) => {
    const store = await startVersitygw(t);
    const stack = await startStack({ loki: { config: 'loki-s3.yaml', env: store.env, args: SOON_AGAIN } });
    t.after(() => stack.stop());
    const before = await logged(stack, t);
    await stack.loki.flush();

    await store.stop();
    const during = await logged(stack, t);
    await stack.loki.flush();
    await waitForMetric(stack, FLUSH_FAILURES, (failures) => failures > 0);
    const ready = await fetch(`${stack.lokiUrl}/ready`);
    assert.equal(ready.status, 200, await ready.text());
    await requestLines(stack, during, PATHS.length);

    await store.start();
    const after = await logged(stack, t);
    await stack.loki.flush();
    await waitForMetric(stack, IN_MEMORY, (chunks) => chunks === 0);
    await assertAllInStore(stack, [before, during, after]);
  });

  test('Loki is killed while S3 is away: what it had taken is on its disk', async (t) => {
    const store = await startVersitygw(t);
    const stack = await startStack({ loki: { config: 'loki-s3.yaml', env: store.env } });
    t.after(() => stack.stop());
    await store.stop();
    const service = await logged(stack, t);
    await stack.loki.stop('SIGKILL');
    await store.start();
    await stack.loki.start();
    await requestLines(stack, service, PATHS.length);
    await assertAllInStore(stack, [service]);
  });

  test('with the wrong secret, Loki does not start, and says why', async (t) => {
    const { env } = await startVersitygw(t);
    const wrong = { ...env, AWS_SECRET_ACCESS_KEY: 'the-wrong-secret' };
    await assert.rejects(
      startStack({ loki: { config: 'loki-s3.yaml', env: wrong } }),
      /ended with 1;.*StatusCode: 403/s,
    );
  });

  test('Google Cloud Storage: the disk is wiped, and every line is there, as it was', async (t) => {
    const { env } = await startFakeGcs(t);
    const stack = await startStack({ loki: { config: 'loki-gcs.yaml', env } });
    t.after(() => stack.stop());
    const service = await logged(stack, t);
    await assertAllInStore(stack, [service]);
  });
});
