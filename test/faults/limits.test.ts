// What is lost where memory, a queue or time runs out: the oldest, the newest, the rest; and all of it is counted.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { hang, held } from '../support/scripted-receiver.ts';
import { lostInWords, PROTOCOLS, startService } from './support/service.ts';

/** With this at the end of their paths, 400 records are more than a MiB. */
const LONG = `/${'x'.repeat(2_000)}`;

for (const protocol of PROTOCOLS) {
  describe(`a receiver that hangs, over ${protocol}`, { concurrency: true }, () => {
    test('the memory limit: the oldest of those that are not on their way give way, each counted', async (t) => {
      const service = await startService(t, protocol, { ACCESS_LOG_MEMORY_LIMIT_MIB: '1' });
      const { receiver } = service;
      const { answer, release } = held();
      receiver.always(answer);
      const ids = await service.send(1_000, LONG);
      const isRead = () =>
        receiver.requests.every(({ records }) => records !== undefined) ? true : undefined;
      await receiver.until(isRead, 'what is on its way');
      const onTheirWay = receiver.requests.flatMap(({ records = [] }) => records).length;
      release();
      const { missing, repeated, lost } = await service.account();
      assert.deepEqual(repeated, []);
      assert.deepEqual(lost, { memory_limit: missing.length });
      // Right behind those that were on their way, and before those that still waited.
      assert.deepEqual(missing, ids.slice(onTheirWay, onTheirWay + missing.length));
      assert.ok(onTheirWay > 0 && missing.length > 0 && onTheirWay + missing.length < ids.length);
      await service.end();
    });

    test('the queue size, where one is set: the newest are lost, each counted', async (t) => {
      const service = await startService(t, protocol, {
        OTEL_BLRP_MAX_QUEUE_SIZE: '64',
        OTEL_BLRP_MAX_EXPORT_BATCH_SIZE: '16',
        ACCESS_LOG_MAX_IN_FLIGHT: '2',
        // Each exchange is recorded as it ends, none waits for others: all have been before the release.
        ACCESS_LOG_STDOUT: 'line',
      });
      const { receiver } = service;
      const { answer, release } = held();
      receiver.always(answer);
      const first = await service.send(32);
      await receiver.until(() => (receiver.requests.length === 2 ? true : undefined), 'two exports');
      const ids = await service.send(300);
      release();
      // While the queue is full the account would be lost too.
      await service.arrival(ids.slice(0, 64));
      const account = await service.account();
      const missing = ids.slice(64);
      assert.deepEqual(
        first.filter((id) => service.arrivals(id) !== 1),
        [],
      );
      assert.deepEqual(account, { missing, repeated: [], lost: { queue_full: missing.length } });
      await service.end();
    });

    test('the end of the process: what has not arrived is in what it says last', async (t) => {
      const service = await startService(t, protocol, {
        ACCESS_LOG_MEMORY_LIMIT_MIB: '1',
        ACCESS_LOG_SHUTDOWN_TIMEOUT_MS: '300',
      });
      await service.send(512);
      await service.account();
      service.receiver.always(hang());
      const ids = await service.send(1_000, LONG);
      assert.deepEqual(await service.app.stop('SIGINT'), { code: null, signal: 'SIGINT' });
      assert.deepEqual(
        ids.filter((id) => service.arrivals(id) > 0),
        [],
      );
      assert.equal(lostInWords(service.app.stderr), ids.length, service.app.stderr);
      assert.match(service.app.stderr, /the memory limit is reached/);
      assert.match(service.app.stderr, /the process ended before everything was delivered/);
    });
  });
}
