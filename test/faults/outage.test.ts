// Receivers that go and come back.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { PROTOCOLS, type Service, startService } from './support/service.ts';

const BATCH = 8;

for (const protocol of PROTOCOLS) {
  describe(`a receiver over ${protocol}`, { concurrency: true }, () => {
    test('that is gone for a while', async (t) => {
      const service = await startService(t, protocol, { OTEL_BLRP_MAX_EXPORT_BATCH_SIZE: String(BATCH) });
      const { receiver, app } = service;
      await service.send(10 * BATCH);
      await service.account();
      await receiver.down();
      const ids = await service.send(10 * BATCH);
      await app.waitFor(/cannot deliver to \S+ \S+ now, and tries again: .*ECONN(?:REFUSED|RESET)/);
      const more = await service.send(10 * BATCH);
      await receiver.up();
      await service.arrival([...ids, ...more]);
      assert.deepEqual(await service.account(), { missing: [], repeated: [], lost: {} });
      await service.end();
    });

    test('that is not there yet when the service starts', async (t) => {
      const service = await startService(t, protocol);
      await service.receiver.down();
      await service.send(1_000);
      await service.app.waitFor(/cannot deliver/);
      await service.receiver.up();
      assert.deepEqual(await service.account(), { missing: [], repeated: [], lost: {} });
      await service.end();
    });

    test('that is 100 ms away gets each record once', async (t) => {
      const service = await startService(
        t,
        protocol,
        { OTEL_BLRP_MAX_EXPORT_BATCH_SIZE: '64' },
        undefined,
        50,
      );
      await service.send(5_000);
      assert.deepEqual(await service.account(), { missing: [], repeated: [], lost: {} });
      await service.end();
    });

    test('that is 100 ms away, and goes with everything that is on its way, costs nothing', async (t) => {
      const service = await startService(
        t,
        protocol,
        { OTEL_BLRP_MAX_EXPORT_BATCH_SIZE: '64' },
        undefined,
        50,
      );
      await goAgainAndAgain(service, 200);
      const { missing, lost } = await service.account();
      assert.deepEqual([missing, lost], [[], {}]);
      await service.end();
    });

    test('that goes again and again while requests go on: nothing is lost', async (t) => {
      const service = await startService(t, protocol, { OTEL_BLRP_MAX_EXPORT_BATCH_SIZE: '64' });
      await goAgainAndAgain(service, 500);
      const { missing, lost } = await service.account();
      assert.deepEqual([missing, lost], [[], {}]);
      await service.end();
    });
  });
}

/** The receiver goes and comes back three times under requests, each time after so many more records. */
async function goAgainAndAgain(service: Service, records: number): Promise<void> {
  const { receiver } = service;
  for (let round = 0; round < 3; round += 1) {
    const enough = receiver.accepted.length + records;
    const sending = service.send(1_000);
    await receiver.until(() => (receiver.accepted.length >= enough ? true : undefined), `${records} more`);
    await receiver.down();
    await receiver.up();
    await sending;
  }
}
