import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Remedy } from '../../../src/delivery/transport/transport.ts';
import { scene } from '../stream/support/scene.ts';
import { accepted, refused, times } from '../stream/support/scripted-transport.ts';

describe('while the receiver is failing', () => {
  test('only probes are sent, and after the first acceptance everything', async () => {
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
      'each probe with another batch, so that one bad batch does not block the others',
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

  test('fresh records fill one chunk, and are sent together', async () => {
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

  test('a second probe is sent 5 s after one that gets no response, and no third one', async () => {
    const { emit, timers, transport } = scene({ maxExportBatchSize: 1 });
    transport.script = ({ atMs }) => (atMs === 1_000 ? refused('wait') : undefined);
    emit('1', '2', '3', '4');
    await timers.pass(60_000);
    assert.deepEqual(times(transport.attempts).slice(1), [1_000, 6_000]);
  });

  test('a batch that is always refused does not delay others, and has a backoff of its own', async () => {
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

  test('fresh records are a probe where the only waiting batch was refused', async () => {
    const { emit, timers, transport, attempts } = scene();
    transport.script = ({ records }) => (records.includes('bad') ? refused('wait') : accepted);
    emit('bad');
    await timers.pass(1_000);
    emit('good');
    await timers.pass(1_000);
    assert.deepEqual(attempts().at(-2), ['good']);
  });

  test('of exports that were in flight together only the first failure starts the backoff', async () => {
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

  test('the longest Retry-After of exports that were in flight together holds', async () => {
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

  test('the backoff starts from the beginning in each outage', async () => {
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
    test(`a refusal that asks for no wait ends the failure (${remedy})`, async () => {
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
