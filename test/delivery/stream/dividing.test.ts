import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { bodies, scene } from './support/scene.ts';
import { accepted, refused } from './support/scripted-transport.ts';

describe('a batch that is too large', () => {
  test('goes in halves, at once', async () => {
    const { emit, timers, transport, counts, attempts } = scene();
    transport.script = ({ records }) => (records.length > 2 ? refused('split', 60_000) : accepted);
    emit('1', '2', '3', '4', '5');
    await timers.pass(1_000);
    assert.deepEqual(attempts(), [['1', '2', '3', '4', '5'], ['1', '2'], ['3', '4', '5'], ['3'], ['4', '5']]);
    assert.deepEqual(counts(), [5, 0, 0]);
  });

  test('is looked for in halves, one export at a time, until one is accepted', async () => {
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
    test(`costs a handful of exports more than it takes, with a limit of ${limit} records`, async () => {
      const { emit, timers, transport, counts } = scene();
      transport.script = ({ records }) => (records.length > limit ? refused('split') : accepted);
      emit(...bodies(9_995, 200));
      await timers.pass(10_000);
      assert.deepEqual(counts(), [9_995, 0, 0]);
      // Halves have at least half of what goes; from time to time a larger one is tried again.
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
      assert.ok(transport.attempts.length - before <= 4, 'then each export is refused once');
      assert.deepEqual(counts(), [0, 11_995, 0]);
    });
  }

  test('is looked for again a minute after a receiver has refused everything', async () => {
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

  test('is divided on although the first records are too large by themselves', async () => {
    const { emit, timers, transport, counts } = scene();
    const isLarge = (body: string): boolean => Number.parseInt(body, 10) < 3;
    transport.script = ({ records }) =>
      records.length > 20 || records.some(isLarge) ? refused('split') : accepted;
    emit(...bodies(1_000));
    await timers.pass(10_000);
    assert.deepEqual(counts(), [997, 3, 0]);
  });

  test('loses the one record that is too large by itself', async () => {
    const { delivery, emit, timers, transport, counts, lost, said } = scene();
    transport.script = ({ records }) => (records.includes('3') ? refused('split') : accepted);
    emit('1', '2', '3', '4', '5');
    await timers.pass(1_000);
    assert.deepEqual(counts(), [4, 1, 0]);
    assert.deepEqual(lost, ['3 too_large']);
    assert.deepEqual(said, ['failure 1: split it is']);
    assert.equal(delivery.isFailing, false);
  });

  test('teaches the ones after it to stay below', async () => {
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

describe('a batch that the receiver cannot take', () => {
  const cases: readonly { readonly poison: readonly string[]; readonly count: number }[] = [
    { poison: ['0'], count: 1 },
    { poison: ['3'], count: 4 },
    { poison: ['0'], count: 512 },
    { poison: ['511'], count: 512 },
    { poison: ['100', '400'], count: 512 },
  ];
  for (const { poison, count } of cases) {
    test(`loses nothing but ${poison.join(' and ')} of ${count}`, async () => {
      const { emit, timers, transport, counts, lost, said } = scene();
      const isPoison = (body: string): boolean => poison.includes(body.replaceAll('.', ''));
      transport.script = ({ records }) => (records.some(isPoison) ? refused('isolate') : accepted);
      emit(...bodies(count));
      await timers.pass(1_000);
      assert.deepEqual(counts(), [count - poison.length, poison.length, 0]);
      assert.deepEqual(lost.sort(), poison.map((body) => `${body.padEnd(4, '.')} isolate_type`).sort());
      assert.deepEqual(
        said,
        poison.map(() => 'failure 1: isolate it is'),
      );
    });
  }

  test('costs no more than 24 refusals, and then what is refused is given up', async () => {
    const { emit, timers, transport, counts } = scene();
    const isPoison = (body: string): boolean => Number.parseInt(body, 10) % 16 === 0;
    transport.script = ({ records }) => (records.some(isPoison) ? refused('isolate') : accepted);
    emit(...bodies(512));
    await timers.pass(1_000);
    const refusals = transport.attempts.filter(({ records }) => records.some(isPoison)).length;
    assert.ok(refusals >= 24 && refusals <= 48, `${refusals} refusals, the pieces that were left included`);
    const [delivered = 0, lost = 0, pending] = counts();
    assert.equal(pending, 0);
    assert.equal(delivered + lost, 512);
    assert.ok(lost >= 32);
  });

  test('is not searched where the receiver refuses everything', async () => {
    const { emit, timers, transport, counts, attempts } = scene();
    transport.script = () => refused('isolate');
    emit('1', '2');
    await timers.pass(1_000);
    assert.deepEqual(attempts(), [['1', '2'], ['1'], ['2']]);
    emit('3', '4');
    await timers.pass(1_000);
    assert.deepEqual(attempts().slice(3), [['3', '4']], 'nothing at all of the last one was accepted');
    assert.deepEqual(counts(), [0, 4, 0]);
    transport.script = ({ records }) => (records.includes('7') ? refused('isolate') : accepted);
    emit('5');
    await timers.pass(1_000);
    emit('6', '7');
    await timers.pass(1_000);
    assert.deepEqual(attempts().slice(4), [['5'], ['6', '7'], ['6'], ['7']], 'something was accepted again');
    assert.deepEqual(counts(), [2, 5, 0]);
  });

  test('is searched again a minute after the receiver has refused everything', async () => {
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

  test('is searched where something of the last one was accepted', async () => {
    const { emit, timers, transport, counts } = scene();
    transport.script = ({ records }) => (records.some((body) => body > '2') ? refused('isolate') : accepted);
    emit('1', '8');
    await timers.pass(1_000);
    emit('2', '9');
    await timers.pass(1_000);
    assert.deepEqual(counts(), [2, 2, 0]);
  });

  test('is searched to the end where the first pieces are lost', async () => {
    const { emit, timers, transport, counts } = scene({ maxInFlight: 1 });
    const bad = ['1', '2', '4'];
    transport.script = ({ records }) =>
      records.some((body) => bad.includes(body)) ? refused('isolate') : accepted;
    emit('1', '2', '3', '4');
    await timers.pass(1_000);
    assert.deepEqual(counts(), [1, 3, 0]);
  });

  test('shares its refusals with others that are refused at the same time', async () => {
    const { emit, timers, transport, counts } = scene({ maxExportBatchSize: 64 });
    transport.script = () => refused('isolate');
    emit(...bodies(64 * 50));
    await timers.pass(1_000);
    assert.ok(transport.attempts.length < 50 + 2 * 24, `${transport.attempts.length} attempts`);
    assert.deepEqual(counts(), [0, 3_200, 0]);
  });
});

describe('a batch for which nothing can be done', () => {
  test('is lost at once', async () => {
    const { delivery, emit, timers, transport, counts, lost, said } = scene();
    transport.script = () => refused('none');
    emit('1', '2');
    await timers.pass(1_000);
    assert.deepEqual(counts(), [0, 2, 0]);
    assert.deepEqual(lost, ['1 none_type', '2 none_type']);
    assert.deepEqual(said, ['failure 2: none it is']);
    assert.equal(transport.attempts.length, 1);
    assert.equal(delivery.isFailing, true);
  });

  test('nor where the transport itself throws', async () => {
    const { emit, timers, transport, counts, lost, said, errors } = scene();
    transport.script = () => {
      throw new TypeError('broken');
    };
    emit('1');
    await timers.pass(1_000);
    assert.deepEqual(counts(), [0, 1, 0]);
    assert.deepEqual(lost, ['1 TypeError']);
    assert.deepEqual(said, ['failure 1: TypeError: broken']);
    assert.deepEqual(errors, []);
  });
});
