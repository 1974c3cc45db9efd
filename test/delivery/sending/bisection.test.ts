import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { bodies, scene } from '../stream/support/scene.ts';
import { accepted, refused } from '../stream/support/scripted-transport.ts';

describe('a batch with records that the receiver cannot accept', () => {
  const cases: readonly { readonly poison: readonly string[]; readonly count: number }[] = [
    { poison: ['0'], count: 1 },
    { poison: ['3'], count: 4 },
    { poison: ['0'], count: 512 },
    { poison: ['511'], count: 512 },
    { poison: ['100', '400'], count: 512 },
  ];
  for (const { poison, count } of cases) {
    test(`loses nothing but ${poison.join(' and ')} of ${count}`, async () => {
      const { emit, timers, transport, counts, lost, messages } = scene();
      const isPoison = (body: string): boolean => poison.includes(body.replaceAll('.', ''));
      transport.script = ({ records }) => (records.some(isPoison) ? refused('isolate') : accepted);
      emit(...bodies(count));
      await timers.pass(1_000);
      assert.deepEqual(counts(), [count - poison.length, poison.length, 0]);
      assert.deepEqual(lost.sort(), poison.map((body) => `${body.padEnd(4, '.')} isolate_type`).sort());
      assert.deepEqual(
        messages,
        poison.map(() => 'failure 1: isolate it is'),
      );
    });
  }

  test('costs at most 24 refusals; then refused pieces are given up', async () => {
    const { emit, timers, transport, counts } = scene();
    const isPoison = (body: string): boolean => Number.parseInt(body, 10) % 16 === 0;
    transport.script = ({ records }) => (records.some(isPoison) ? refused('isolate') : accepted);
    emit(...bodies(512));
    await timers.pass(1_000);
    const refusals = transport.attempts.filter(({ records }) => records.some(isPoison)).length;
    assert.ok(
      refusals >= 24 && refusals <= 48,
      `${refusals} refusals, including those of the remaining pieces`,
    );
    const [delivered = 0, lost = 0, pending] = counts();
    assert.equal(pending, 0);
    assert.equal(delivered + lost, 512);
    assert.ok(lost >= 32);
  });

  test('is not bisected where the receiver has refused all pieces of the last one', async () => {
    const { emit, timers, transport, counts, attempts } = scene();
    transport.script = () => refused('isolate');
    emit('1', '2');
    await timers.pass(1_000);
    assert.deepEqual(attempts(), [['1', '2'], ['1'], ['2']]);
    emit('3', '4');
    await timers.pass(1_000);
    assert.deepEqual(attempts().slice(3), [['3', '4']], 'no piece of the last one was accepted');
    assert.deepEqual(counts(), [0, 4, 0]);
    transport.script = ({ records }) => (records.includes('7') ? refused('isolate') : accepted);
    emit('5');
    await timers.pass(1_000);
    emit('6', '7');
    await timers.pass(1_000);
    assert.deepEqual(attempts().slice(4), [['5'], ['6', '7'], ['6'], ['7']], 'an export was accepted since');
    assert.deepEqual(counts(), [2, 5, 0]);
  });

  test('is bisected a minute after the receiver has refused everything', async () => {
    const { emit, timers, transport, counts } = scene();
    transport.script = () => refused('isolate');
    emit('1', '2');
    await timers.pass(1_000);
    transport.script = ({ records }) => (records.includes('3') ? refused('isolate') : accepted);
    await timers.pass(60_000);
    emit('3', '4');
    await timers.pass(1_000);
    assert.deepEqual(counts(), [1, 3, 0]);
  });

  test('is bisected where a piece of the last one was accepted', async () => {
    const { emit, timers, transport, counts } = scene();
    transport.script = ({ records }) => (records.some((body) => body > '2') ? refused('isolate') : accepted);
    emit('1', '8');
    await timers.pass(1_000);
    emit('2', '9');
    await timers.pass(1_000);
    assert.deepEqual(counts(), [2, 2, 0]);
  });

  test('is bisected to the end although the first pieces are lost', async () => {
    const { emit, timers, transport, counts } = scene({ maxInFlight: 1 });
    const bad = ['1', '2', '4'];
    transport.script = ({ records }) =>
      records.some((body) => bad.includes(body)) ? refused('isolate') : accepted;
    emit('1', '2', '3', '4');
    await timers.pass(1_000);
    assert.deepEqual(counts(), [1, 3, 0]);
  });

  test('shares the credit of refusals with others that are refused at the same time', async () => {
    const { emit, timers, transport, counts } = scene({ maxExportBatchSize: 64 });
    transport.script = () => refused('isolate');
    emit(...bodies(64 * 50));
    await timers.pass(1_000);
    assert.ok(transport.attempts.length < 50 + 2 * 24, `${transport.attempts.length} attempts`);
    assert.deepEqual(counts(), [0, 3_200, 0]);
  });
});
