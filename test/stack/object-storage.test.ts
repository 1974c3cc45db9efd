// Loki with its chunks and index in S3: what it had on its own disk may be lost. Other stores, and stores that fail:
// object-storage.long.test.ts.
import { test } from 'node:test';
import { lastFirst } from '../support/owner.ts';
import { startGofakes3 } from './support/object-store.ts';
import { startStack } from './support/stack.ts';
import { describeWithGo, requestLines, startService } from './support/suite.ts';
import { send } from './support/traffic.ts';
import { assertAllInStore } from './support/wiped.ts';

const PATHS = Array.from({ length: 600 }, (_, index) => `/orders/${index}`);

describeWithGo('Loki with docker/loki-s3.yaml', () => {
  test('the disk is wiped: every line is there, as it was', async (t) => {
    const owner = lastFirst(t);
    const { env } = await startGofakes3(owner);
    const stack = await startStack({ loki: { config: 'loki-s3.yaml', env } });
    owner.after(() => stack.stop());
    const service = await startService(t, { endpoint: stack.grpcEndpoint });
    await send(service.port, PATHS);
    await service.stop();
    await requestLines(stack, service, PATHS.length);
    await assertAllInStore(stack, [service]);
    await requestLines(stack, service, PATHS.length);
  });
});
