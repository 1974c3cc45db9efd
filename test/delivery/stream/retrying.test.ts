import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { backoffMs } from '../../../src/delivery/stream/sending/backoff.ts';
import type { Remedy } from '../../../src/delivery/transport/transport.ts';
import { scene } from './support/scene.ts';
import { type Attempt, accepted, refused } from './support/scripted-transport.ts';

function times(attempts: readonly Attempt[]): readonly number[] {
  const [first] = attempts;
  return attempts.map(({ atMs }) => atMs - (first?.atMs ?? 0));
}

describe('backoff', () => {
  test('doubles from 1 s to 5 s, with full jitter', () => {
    const longest = [0, 1, 2, 3, 4, 100].map((failures) => backoffMs(failures, 5_000, undefined, 1));
    assert.deepEqual(longest, [1_000, 2_000, 4_000, 5_000, 5_000, 5_000]);
    assert.equal(backoffMs(3, 5_000, undefined, 0.5), 2_500);
    assert.equal(backoffMs(3, 5_000, undefined, 0), 0);
  });

  test('lasts as long as the receiver asks, up to a minute', () => {
    assert.equal(backoffMs(0, 5_000, 30_000, 0.5), 30_000);
    assert.equal(backoffMs(0, 5_000, 3_600_000, 0.5), 60_000);
    assert.equal(backoffMs(2, 5_000, 1, 0.5), 2_000);
    assert.equal(backoffMs(2, 5_000, -1, 0.5), 2_000);
  });

  test('is never outside its bounds', () => {
    fc.assert(
      fc.property(
        fc.nat(),
        fc.option(fc.double(), { nil: undefined }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (failures, asked, random) => {
          const ms = backoffMs(failures, 5_000, asked, random);
          return ms >= 0 && ms <= 60_000;
        },
      ),
    );
  });
});

describe('a batch that the receiver cannot take at the moment', () => {
  for (const remedy of ['wait', 'credentials'] satisfies Remedy[]) {
    test(`(${remedy}) is tried again, for ever, with backoff`, async () => {
      const { delivery, emit, timers, transport, counts, lost, said } = scene();
      transport.script = () => refused(remedy);
      emit('1', '2');
      await timers.pass(1_000);
      assert.equal(delivery.isFailing, true);
      await timers.pass(22_000);
      assert.deepEqual(times(transport.attempts), [0, 1_000, 3_000, 7_000, 12_000, 17_000, 22_000]);
      await timers.pass(3_600_000);
      assert.equal(transport.attempts.length, 7 + 720);
      assert.ok(transport.attempts.every(({ records }) => records.join() === '1,2'));
      assert.deepEqual(counts(), [0, 0, 2]);
      assert.equal(said[0], `waiting: ${remedy} it is`);
      transport.script = () => accepted;
      await timers.pass(5_000);
      assert.deepEqual([counts(), lost, delivery.isFailing], [[2, 0, 0], [], false]);
      assert.equal(timers.running, 0);
    });
  }

  test('waits as long as the receiver asks', async () => {
    const { emit, timers, transport } = scene({ random: () => 0 });
    transport.script = () => refused('wait', 30_000);
    emit('1');
    await timers.pass(1_000);
    emit('2');
    await timers.pass(60_000);
    assert.deepEqual(times(transport.attempts), [0, 30_000, 60_000]);
  });

  test('waits as long as the receiver asks, even if another one is accepted', async () => {
    const { emit, timers, transport, attempts } = scene({ maxExportBatchSize: 1 });
    transport.script = () => undefined;
    emit('1', '2');
    await timers.settle();
    const [first, second] = [...transport.open];
    first?.reply(refused('wait', 30_000));
    second?.reply(accepted);
    emit('3');
    await timers.pass(29_999);
    assert.deepEqual(attempts(), [['1'], ['2'], ['3']]);
    await timers.pass(1);
    assert.deepEqual(attempts().at(-1), ['1']);
  });
});

describe('while the receiver is failing', () => {
  test('only a probe goes out from time to time, and the first success lets all go', async () => {
    const { emit, timers, transport, counts } = scene({ maxExportBatchSize: 1, maxInFlight: 4 });
    transport.script = () => undefined;
    emit('1', '2', '3', '4', '5', '6');
    await timers.settle();
    assert.equal(transport.attempts.length, 4);
    transport.replyAll(refused('wait'));
    transport.script = () => refused('wait');
    await timers.pass(7_000);
    const probes = transport.attempts.slice(4);
    assert.deepEqual(
      probes.map(({ records, atMs }) => `${records} ${atMs - 1_000}`),
      ['1 1000', '2 3000', '3 7000'],
      'one after the other, so that none keeps the others from being tried',
    );
    transport.script = () => accepted;
    await timers.pass(4_999);
    assert.equal(transport.attempts.length, 7);
    await timers.pass(1);
    assert.deepEqual(counts(), [6, 0, 0]);
    assert.deepEqual(
      transport.attempts.slice(7).map(({ records }) => records.join()),
      ['4', '1', '2', '3', '5', '6'],
    );
  });

  test('records that come fill one chunk, and go together', async () => {
    const { delivery, emit, timers, transport, attempts } = scene();
    transport.script = () => refused('wait');
    const { heldBytes: before } = delivery;
    for (let second = 0; second < 300; second += 1) {
      emit(`${second}`);
      await timers.pass(1_000);
    }
    assert.equal(before, 0);
    assert.equal(delivery.heldBytes, 2 * 1024 * 1024);
    transport.attempts.length = 0;
    transport.script = () => accepted;
    await timers.pass(5_000);
    assert.ok(attempts().length <= 4, `${attempts().length} exports`);
    assert.equal(attempts().flat().length, 300);
  });

  test('a probe that hangs gets company after 5 s, and no more than one', async () => {
    const { emit, timers, transport } = scene({ maxExportBatchSize: 1 });
    transport.script = ({ atMs }) => (atMs === 1_000 ? refused('wait') : undefined);
    emit('1', '2', '3', '4');
    await timers.pass(60_000);
    assert.deepEqual(times(transport.attempts).slice(1), [1_000, 6_000]);
  });

  test('a batch that is always refused keeps no others back, and waits by itself', async () => {
    const { emit, timers, transport, counts, attempts } = scene();
    transport.script = ({ records }) => (records.includes('bad') ? refused('wait') : accepted);
    emit('bad');
    for (let second = 0; second < 60; second += 1) {
      await timers.pass(1_000);
      emit(`good ${second}`);
    }
    await timers.pass(6_000);
    assert.deepEqual(counts(), [60, 0, 1]);
    const bad = attempts().filter(([first]) => first === 'bad').length;
    assert.ok(bad > 10 && bad < 20, `tried ${bad} times in a minute`);
  });

  test('it is found again although one batch is always refused and nothing else was tried yet', async () => {
    const { emit, timers, transport, attempts } = scene();
    transport.script = ({ records }) => (records.includes('bad') ? refused('wait') : accepted);
    emit('bad');
    await timers.pass(1_000);
    emit('good');
    await timers.pass(1_000);
    assert.deepEqual(attempts().at(-2), ['good']);
  });

  test('of those that were on their way together only the first one counts', async () => {
    const { emit, timers, transport } = scene({ maxExportBatchSize: 1 });
    transport.script = () => undefined;
    emit('1', '2');
    await timers.settle();
    const [first, second] = [...transport.open];
    first?.reply(refused('wait'));
    await timers.pass(900);
    second?.reply(refused('wait'));
    await timers.pass(100);
    assert.deepEqual(times(transport.attempts), [0, 0, 1_000]);
  });

  test('the longest time counts that one of them asks for', async () => {
    const { emit, timers, transport } = scene({ maxExportBatchSize: 1 });
    transport.script = () => undefined;
    emit('1', '2', '3');
    await timers.settle();
    const [first, second, third] = [...transport.open];
    first?.reply(refused('wait', 2_000));
    second?.reply(refused('wait', 30_000));
    third?.reply(refused('wait', 10_000));
    await timers.pass(29_999);
    assert.equal(transport.attempts.length, 3);
    await timers.pass(1);
    assert.equal(transport.attempts.length, 4);
  });

  test('the backoff begins anew each time', async () => {
    const { emit, timers, transport } = scene();
    for (const outage of [1, 2]) {
      transport.attempts.length = 0;
      transport.script = () => refused('wait');
      emit(`${outage}`);
      await timers.pass(1_000 + 7_000);
      assert.deepEqual(times(transport.attempts), [0, 1_000, 3_000, 7_000]);
      transport.script = () => accepted;
      await timers.pass(5_000);
    }
  });

  for (const remedy of ['split', 'isolate', 'none'] satisfies Remedy[]) {
    test(`it is there again when it answers otherwise (${remedy})`, async () => {
      const { emit, timers, transport } = scene({ maxExportBatchSize: 1, maxInFlight: 4 });
      transport.script = () => undefined;
      emit('1', '2', '3', '4');
      await timers.settle();
      transport.replyAll(refused('wait'));
      transport.script = ({ records }) => (records[0] === '1' ? refused(remedy) : undefined);
      await timers.pass(1_000);
      assert.deepEqual(
        [...transport.open].map(({ records }) => records.join()),
        ['2', '3', '4'],
      );
    });
  }
});
