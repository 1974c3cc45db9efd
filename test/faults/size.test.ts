// Exports that are too large, and records that a receiver cannot take.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ReceivedRecord } from '../../src/cli/receiver/otlp-record.ts';
import { accept, refuse, type ScriptedAnswer, type ScriptedReceiver } from '../support/scripted-receiver.ts';
import { type Ids, PROTOCOLS, type Protocol, startService } from './support/service.ts';

type Judge = (records: readonly ReceivedRecord[], byteLength: number) => ScriptedAnswer;

/** Has a receiver read each of the next requests before it says how it is answered. */
function judge(receiver: ScriptedReceiver, count: number, judgement: Judge): void {
  const first = receiver.requests.length;
  for (let index = first; index < first + count; index += 1) {
    receiver.next({
      kind: 'held',
      get until() {
        return receiver.until(() => receiver.requests[index]?.records, 'a request that can be read');
      },
      get answer() {
        const { records = [], byteLength = 0 } = receiver.requests[index] ?? {};
        return judgement(records, byteLength);
      },
    });
  }
}

const tooLarge = (protocol: Protocol): ScriptedAnswer =>
  protocol === 'grpc'
    ? refuse(8, { message: 'grpc: received message larger than max (9 vs 8)' })
    : refuse(413);
const invalid = (protocol: Protocol): ScriptedAnswer => refuse(protocol === 'grpc' ? 3 : 400);

function pathsOf(records: readonly ReceivedRecord[]): Ids {
  return records.map(({ attributes }) => String(attributes['url.path']));
}

for (const protocol of PROTOCOLS) {
  describe(`over ${protocol}`, { concurrency: true }, () => {
    test('what is too large is sent in parts, and each arrives once', async (t) => {
      const limit = 60_000;
      const service = await startService(t, protocol);
      judge(service.receiver, 1_000, (_, length) => (length > limit ? tooLarge(protocol) : accept()));
      await service.send(1_024);
      assert.deepEqual(await service.account(), { missing: [], repeated: [], lost: {} });
      const { requests } = service.receiver;
      assert.ok(requests.some(({ byteLength = 0 }) => byteLength > limit));
      await service.end();
    });

    test('the one record that is too large by itself is lost, and no other one', async (t) => {
      const service = await startService(t, protocol, { OTEL_BLRP_MAX_EXPORT_BATCH_SIZE: '64' });
      judge(service.receiver, 1_000, (_, length) => (length > 1_900 ? tooLarge(protocol) : accept()));
      await service.send(20);
      const large = await service.send(1, `/${'x'.repeat(2_000)}`);
      await service.send(43);
      assert.deepEqual(await service.account(), { missing: large, repeated: [], lost: { too_large: 1 } });
      await service.end();
    });

    test('a size that was refused once is tried again later', async (t) => {
      const service = await startService(t, protocol);
      const { receiver } = service;
      receiver.next(tooLarge(protocol));
      await service.account();
      assert.deepEqual(
        receiver.requests.slice(0, 3).map(({ records }) => records?.length),
        [2, 1, 1],
      );
      await service.send(5_000);
      assert.deepEqual(await service.account(), { missing: [], repeated: [], lost: {} });
      // A size is tried again after 64 exports: 64 exports of one record, 64 of two, of four, …
      assert.ok(receiver.requests.length < 1_000, `${receiver.requests.length} exports`);
    });

    test('records that a receiver cannot take are lost, and no others, whatever else is on its way', async (t) => {
      const service = await startService(t, protocol, { OTEL_BLRP_MAX_EXPORT_BATCH_SIZE: '32' });
      judge(service.receiver, 1_000, (records) =>
        pathsOf(records).some((path) => path.endsWith('/poison')) ? invalid(protocol) : accept(),
      );
      const poison: string[] = [];
      for (const others of [5, 0, 90, 200, 31, 60]) {
        await service.send(others);
        poison.push(...(await service.send(1, '/poison')));
      }
      await service.send(100);
      assert.deepEqual(await service.account(), {
        missing: poison,
        repeated: [],
        lost: { [protocol === 'grpc' ? 'INVALID_ARGUMENT' : '400']: poison.length },
      });
      await service.end();
    });
  });
}
