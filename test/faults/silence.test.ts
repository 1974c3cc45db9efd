// Receivers that take their time.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { accept, hang, held, raw, refuse, slow } from '../support/scripted-receiver.ts';
import { PROTOCOLS, startService } from './support/service.ts';

const BATCH = 8;
const SMALL = { OTEL_BLRP_MAX_EXPORT_BATCH_SIZE: String(BATCH) };

for (const protocol of PROTOCOLS) {
  describe(`a receiver over ${protocol}`, { concurrency: true }, () => {
    test('that hangs: what it does not answer in time is sent again', async (t) => {
      const service = await startService(t, protocol, { ...SMALL, OTEL_EXPORTER_OTLP_TIMEOUT: '300' });
      service.receiver.next(hang(), hang());
      const ids = await service.send(3 * BATCH);
      await service.arrival(ids);
      const { missing, lost } = await service.account();
      assert.deepEqual([missing, lost], [[], {}]);
      assert.deepEqual(recordsOf(service.receiver.requests.slice(0, 2)), [BATCH, BATCH]);
      await service.end();
    });

    test('that answers, but never to the end', async (t) => {
      const service = await startService(t, protocol, { ...SMALL, OTEL_EXPORTER_OTLP_TIMEOUT: '300' });
      const begun =
        protocol === 'grpc' ? '\u0000' : 'HTTP/1.1 503 Service Unavailable\r\ncontent-length: 9\r\n\r\n';
      service.receiver.next(raw(begun, { open: true }));
      const ids = await service.send(2 * BATCH);
      await service.arrival(ids);
      const { missing, lost } = await service.account();
      assert.deepEqual([missing, lost], [[], {}]);
      await service.end();
    });

    test('that is slow: nothing is sent twice', async (t) => {
      const service = await startService(t, protocol, SMALL);
      service.receiver.always(slow(50));
      await service.arrival(await service.send(30 * BATCH));
      assert.deepEqual(await service.account(), { missing: [], repeated: [], lost: {} });
      await service.end();
    });

    test('that holds some exports back: the others pass them, and each arrives once', async (t) => {
      const service = await startService(t, protocol, SMALL);
      const { receiver } = service;
      const [first, third] = [held(), held(refuse(protocol === 'grpc' ? 14 : 503))];
      receiver.next(first.answer, accept(), third.answer);
      const ids = await service.send(10 * BATCH);
      await receiver.until(() => (receiver.accepted.length === 8 * BATCH ? true : undefined), 'the others');
      const heldBack = ids.filter((id) => service.arrivals(id) === 0);
      assert.equal(heldBack.length, 2 * BATCH);
      third.release();
      first.release();
      await service.arrival(heldBack);
      assert.deepEqual(await service.account(), { missing: [], repeated: [], lost: {} });
      await service.end();
    });
  });
}

function recordsOf(requests: readonly { readonly records: readonly unknown[] | undefined }[]) {
  return requests.map(({ records }) => records?.length);
}
