import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { bodies, scene } from '../stream/support/scene.ts';
import { accepted, refused } from '../stream/support/scripted-transport.ts';

describe('a batch that is too large', () => {
  test('is sent in halves at once', async () => {
    const { emit, timers, transport, counts, attempts } = scene();
    transport.script = ({ records }) => (records.length > 2 ? refused('split', 60_000) : accepted);
    emit('1', '2', '3', '4', '5');
    await timers.pass(1_000);
    assert.deepEqual(attempts(), [['1', '2', '3', '4', '5'], ['1', '2'], ['3', '4', '5'], ['3'], ['4', '5']]);
    assert.deepEqual(counts(), [5, 0, 0]);
  });

  test('is halved, one export at a time, until one is accepted', async () => {
    const { emit, timers, transport, counts } = scene();
    transport.script = () => undefined;
    emit(...bodies(1024));
    await timers.settle();
    for (const records of [1024, 512, 256]) {
      assert.deepEqual(
        [...transport.open].map((attempt) => attempt.records.length),
        [records],
      );
      transport.replyAll(refused('split'));
      await timers.settle();
    }
    transport.script = ({ records }) => (records.length > 128 ? refused('split') : accepted);
    transport.replyAll(accepted);
    await timers.settle();
    assert.equal(transport.attempts.length, 3 + 1024 / 128);
    assert.deepEqual(counts(), [1024, 0, 0]);
  });

  for (const limit of [1, 7, 64, 500]) {
    test(`costs only a handful of additional exports, with a limit of ${limit} records`, async () => {
      const { emit, timers, transport, counts } = scene();
      transport.script = ({ records }) => (records.length > limit ? refused('split') : accepted);
      emit(...bodies(9_995, 200));
      await timers.pass(10_000);
      assert.deepEqual(counts(), [9_995, 0, 0]);
      // Halves have at least half of the limit; after some acceptances a larger export is tried.
      const needed = Math.ceil(9_995 / limit);
      const most = (limit === 1 ? needed : 2 * needed) * 1.05 + 30;
      assert.ok(transport.attempts.length < most, `${transport.attempts.length} exports`);
    });
  }

  for (const [name, given] of [
    ['one export at a time', { maxInFlight: 1 }],
    ['several at a time', {}],
    ['exports of 512 records', { maxExportBatchSize: 512 }],
  ] as const) {
    test(`does not flood a receiver that refuses everything, ${name}`, async () => {
      const { emit, timers, transport, counts } = scene(given);
      transport.script = () => refused('split');
      emit(...bodies(9_995, 200));
      await timers.pass(10_000);
      const needed = 'maxExportBatchSize' in given ? 20 : 2;
      assert.ok(transport.attempts.length < needed + 40, `${transport.attempts.length} exports`);
      assert.deepEqual(counts(), [0, 9_995, 0]);
      const before = transport.attempts.length;
      emit(...bodies(2_000, 200));
      await timers.pass(10_000);
      assert.ok(
        transport.attempts.length - before <= 4,
        'each export is refused once, without another search',
      );
      assert.deepEqual(counts(), [0, 11_995, 0]);
    });
  }

  test('starts a new search a minute after the receiver has refused everything', async () => {
    const { emit, timers, transport, counts } = scene();
    transport.script = () => refused('split');
    emit(...bodies(1_000));
    await timers.pass(10_000);
    assert.deepEqual(counts(), [0, 1_000, 0]);
    transport.script = ({ records }) => (records.length > 10 ? refused('split') : accepted);
    await timers.pass(60_000);
    emit(...bodies(1_000));
    await timers.pass(10_000);
    assert.deepEqual(counts(), [1_000, 1_000, 0]);
  });

  test('is divided further although the first records are too large by themselves', async () => {
    const { emit, timers, transport, counts } = scene();
    const isLarge = (body: string): boolean => Number.parseInt(body, 10) < 3;
    transport.script = ({ records }) =>
      records.length > 20 || records.some(isLarge) ? refused('split') : accepted;
    emit(...bodies(1_000));
    await timers.pass(10_000);
    assert.deepEqual(counts(), [997, 3, 0]);
  });

  test('loses only the record that is too large by itself', async () => {
    const { delivery, emit, timers, transport, counts, lost, messages } = scene();
    transport.script = ({ records }) => (records.includes('3') ? refused('split') : accepted);
    emit('1', '2', '3', '4', '5');
    await timers.pass(1_000);
    assert.deepEqual(counts(), [4, 1, 0]);
    assert.deepEqual(lost, ['3 too_large']);
    assert.deepEqual(messages, ['failure 1: split it is']);
    assert.equal(delivery.isFailing, false);
  });

  test('lowers the size of later exports', async () => {
    const { emit, timers, transport } = scene();
    transport.script = ({ records }) => (records.length > 300 ? refused('split') : accepted);
    emit(...bodies(512));
    await timers.settle();
    assert.deepEqual(
      transport.attempts.map(({ records }) => records.length),
      [512, 256, 256],
    );
    emit(...bodies(512));
    await timers.settle();
    assert.deepEqual(
      transport.attempts.slice(3).map(({ records }) => records.length),
      [256, 256],
    );
  });
});
