// Loki before an S3 that checks signatures and goes away, and before Google Cloud Storage.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lastFirst, type TestOwner } from '../support/owner.ts';
import { startFakeGcs, startVersitygw } from './support/object-store.ts';
import { poll } from './support/poll.ts';
import { type Stack, startStack } from './support/stack.ts';
import { describeWithGo, requestLines, type Service, startService } from './support/suite.ts';
import { send } from './support/traffic.ts';
import { assertAllInStore } from './support/wiped.ts';

const PATHS = Array.from({ length: 300 }, (_, index) => `/orders/${index}`);
const FLUSH_FAILURES = 'loki_ingester_chunks_flush_failures_total';
const FLUSHED = 'loki_ingester_chunks_flushed_total';
/** All as it is in the file, but without waiting long between two attempts to reach the store. */
const SOON_AGAIN = ['-ingester.flush-op-backoff-min-period=1s', '-ingester.flush-op-backoff-max-period=1s'];

function waitForMetric({ loki }: Stack, name: string, wanted: (value: number) => boolean): Promise<number> {
  const ask = async (): Promise<number> => (await loki.metrics()).get(name) ?? 0;
  return poll({ what: `Loki's ${name}`, ask, wanted, show: String });
}

/** 300 requests of a new service; their lines are found in Loki. */
async function logged(stack: Stack, owner: TestOwner): Promise<Service> {
  const service = await startService(owner, { endpoint: stack.grpcEndpoint });
  await send(service.port, PATHS);
  await service.stop();
  assert.equal(service.stderr, '');
  await requestLines(stack, service, PATHS.length);
  return service;
}

describeWithGo('Loki and its object store', () => {
  test('S3 is away and comes back: lines are taken and found all the time, and are in S3 afterwards', async (t) => {
    const owner = lastFirst(t);
    const store = await startVersitygw(owner);
    const stack = await startStack({ loki: { config: 'loki-s3.yaml', env: store.env, args: SOON_AGAIN } });
    owner.after(() => stack.stop());
    const before = await logged(stack, owner);
    await stack.loki.flush();

    await store.stop();
    const during = await logged(stack, owner);
    await stack.loki.flush();
    await waitForMetric(stack, FLUSH_FAILURES, (failures) => failures > 0);
    const ready = await fetch(`${stack.lokiUrl}/ready`);
    assert.equal(ready.status, 200, await ready.text());
    await requestLines(stack, during, PATHS.length);

    await store.start();
    const after = await logged(stack, owner);
    await stack.loki.flush();
    const services = [before, during, after];
    // Each service is one stream, with one chunk.
    await waitForMetric(stack, FLUSHED, (chunks) => chunks >= services.length);
    await assertAllInStore(stack, services);
  });

  test('Loki is killed while S3 is away: what it had taken is on its disk', async (t) => {
    const owner = lastFirst(t);
    const store = await startVersitygw(owner);
    const stack = await startStack({ loki: { config: 'loki-s3.yaml', env: store.env } });
    owner.after(() => stack.stop());
    const before = await logged(stack, owner);
    await store.stop();
    const during = await logged(stack, owner);
    await stack.loki.stop('SIGKILL');
    await store.start();
    await stack.loki.start();
    await requestLines(stack, during, PATHS.length);
    await assertAllInStore(stack, [before, during]);
  });

  test('with the wrong secret, Loki does not start, and says why', async (t) => {
    const owner = lastFirst(t);
    const { env } = await startVersitygw(owner);
    const wrong = { ...env, AWS_SECRET_ACCESS_KEY: 'the-wrong-secret' };
    await assert.rejects(
      startStack({ loki: { config: 'loki-s3.yaml', env: wrong } }),
      /ended with 1;.*StatusCode: 403/s,
    );
  });

  test('Google Cloud Storage: the disk is wiped, and every line is there, as it was', async (t) => {
    const owner = lastFirst(t);
    const { env } = await startFakeGcs(owner);
    const stack = await startStack({ loki: { config: 'loki-gcs.yaml', env } });
    owner.after(() => stack.stop());
    const service = await logged(stack, owner);
    await assertAllInStore(stack, [service]);
  });
});
