// Everything at once: many exports, several at the same time, each answered in a way of its own.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  accept,
  lostAnswer,
  refuse,
  reset,
  rst,
  type ScriptedAnswer,
  slow,
} from '../support/scripted-receiver.ts';
import { PROTOCOLS, type Protocol, type Service, startService } from './support/service.ts';

const RECORDS = 2_400;
const BATCH = 32;
/** One for each batch; what is sent again is accepted, so that there is an end. */
const ANSWERS = RECORDS / BATCH;

type Answers = Readonly<Record<Protocol, readonly ScriptedAnswer[]>>;

const ACCEPTS = [accept(), accept({ message: 'careful' }), accept({ body: Buffer.from('garbage') }), slow(5)];

/** After these the same is sent again, and is taken sooner or later. */
const FOR_NOW: Answers = {
  grpc: [
    ...[1, 4, 10, 11, 14, 15].map((code) => refuse(code)),
    refuse(8, { retryInfoMs: 10 }),
    refuse(14, { retryInfoMs: 20 }),
    refuse(502),
    ...[2, 7, 8, 11].map((code) => rst(code)),
  ],
  'http/protobuf': [
    ...[429, 502, 503, 504].map((status) => refuse(status)),
    refuse(503, { headers: { 'retry-after': '0' } }),
    slow(5, refuse(503)),
  ],
};

/** After these it is lost, as a whole or in part. */
const FOR_GOOD: Answers = {
  grpc: [
    ...[2, 3, 5, 7, 8, 12, 13, 16].map((code) => refuse(code)),
    refuse(8, { message: 'grpc: received message larger than max (9 vs 8)' }),
    refuse(413),
    accept({ rejected: 1, message: 'one is too old' }),
  ],
  'http/protobuf': [
    ...[400, 401, 403, 404, 413, 422, 500].map((status) => refuse(status)),
    accept({ rejected: 1, message: 'one is too old' }),
  ],
};

/** After these nobody knows whether it was taken; over gRPC they break what else is on its way too. */
const BREAKS = [reset('head'), reset('body'), reset('answer'), lostAnswer()];

for (const protocol of PROTOCOLS) {
  describe(`a storm over ${protocol}`, { concurrency: true }, () => {
    test('of refusals: what did not arrive is what is lost, and nothing arrives twice', async (t) => {
      const service = await startService(t, protocol, { OTEL_BLRP_MAX_EXPORT_BATCH_SIZE: String(BATCH) });
      await storm(service, [ACCEPTS, FOR_NOW[protocol], FOR_GOOD[protocol]]);
      const { missing, repeated, lost } = await service.account();
      assert.deepEqual(repeated, []);
      assert.ok(missing.length > 0 && Object.keys(lost).length > 3, JSON.stringify(lost));
      await service.end();
    });

    test('of broken connections: nothing is lost', async (t) => {
      const service = await startService(t, protocol, { OTEL_BLRP_MAX_EXPORT_BATCH_SIZE: String(BATCH) });
      await storm(service, [ACCEPTS, FOR_NOW[protocol], BREAKS]);
      const { missing, lost } = await service.account();
      assert.deepEqual([missing, lost], [[], {}]);
      await service.end();
    });
  });
}

/** Sends all records, and has the exports answered by each kind in turn. */
async function storm(service: Service, kinds: readonly (readonly ScriptedAnswer[])[]): Promise<void> {
  // The same each time: a small linear congruential generator.
  let state = 20_261_124;
  const pick = (answers: readonly ScriptedAnswer[] = []): ScriptedAnswer => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return answers[Math.floor((state / 2_147_483_648) * answers.length)] ?? accept();
  };
  const { receiver } = service;
  receiver.next(...Array.from({ length: ANSWERS }, (_, index) => pick(kinds[index % kinds.length])));
  await service.send(RECORDS);
  await receiver.until(() => (receiver.requests.length >= ANSWERS ? true : undefined), 'every answer given');
}
