import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { bodies, type Scene, scene, TestRecord } from '../stream/support/scene.ts';
import { accepted, refused } from '../stream/support/scripted-transport.ts';
import { MemoryDisk } from './support/memory-disk.ts';

const KIB = 1024;

describe('a record without an acknowledgement', () => {
  test('is on disk before it is 100 ms old, also while it is in flight', async () => {
    const disk = new MemoryDisk();
    const { emit, timers, transport, counts } = scene({ scheduleDelayMs: 50, disk });
    transport.script = () => undefined;
    emit('1', '2');
    await timers.pass(70);
    emit('3');
    assert.deepEqual(disk.bodies, []);
    await timers.pass(99 - 70);
    assert.deepEqual(disk.bodies, ['1', '2']);
    await timers.pass(100);
    assert.deepEqual(disk.bodies, ['1', '2', '3']);
    assert.deepEqual(counts(), [0, 0, 3]);
    transport.replyAll(accepted);
    await timers.settle();
    assert.deepEqual([counts(), disk.bodies, disk.waiting], [[3, 0, 0], [], 0]);
    assert.equal(timers.running, 0);
  });

  test('never comes to the disk where the receiver answers in time', async () => {
    const disk = new MemoryDisk();
    const { emit, timers, counts } = scene({ scheduleDelayMs: 50, disk });
    for (let round = 0; round < 50; round += 1) {
      emit(...bodies(10));
      await timers.pass(37);
    }
    await timers.pass(200);
    assert.deepEqual([counts(), disk.frames.length], [[500, 0, 0], 0]);
  });

  test('is written when more exports are in flight than may be', async () => {
    const disk = new MemoryDisk();
    const { emit, timers, transport } = scene({
      scheduleDelayMs: 50,
      disk,
      maxInFlight: 1,
      maxExportBatchSize: 1,
    });
    transport.script = () => undefined;
    emit('1', '2', '3');
    await timers.pass(199);
    assert.deepEqual([transport.attempts.length, disk.bodies], [1, ['1', '2', '3']]);
  });
});

describe('an outage', () => {
  test('longer than memory costs nothing: the disk has it all, and each record is delivered once', async () => {
    const disk = new MemoryDisk();
    const { delivery, emit, timers, transport, counts, lost } = scene({
      scheduleDelayMs: 50,
      disk,
      memoryLimitBytes: 256 * KIB,
    });
    transport.script = () => refused('wait');
    const all: string[] = [];
    for (let round = 0; round < 100; round += 1) {
      const some = bodies(100, 200, round * 100);
      all.push(...some);
      emit(...some);
      await timers.pass(100);
      assert.ok(delivery.heldBytes <= 256 * KIB);
    }
    await timers.pass(1_000);
    assert.deepEqual([counts(), lost], [[0, 0, 10_000], []]);
    assert.ok(delivery.heldBytes <= 64 * KIB, `${delivery.heldBytes} bytes are held`);
    const before = transport.attempts.length;
    transport.script = () => accepted;
    await timers.pass(60_000);
    assert.deepEqual([counts(), lost, disk.bodies], [[10_000, 0, 0], [], []]);
    const delivered = transport.attempts.slice(before).flatMap(({ records }) => records);
    assert.deepEqual([...delivered].sort(), [...all].sort());
    assert.deepEqual(transport.changed, []);
    assert.equal(timers.running, 0);
  });

  test('leaves new records their place when it is over', async () => {
    const disk = new MemoryDisk();
    const { emit, timers, transport } = scene({ scheduleDelayMs: 50, disk });
    transport.script = () => refused('wait');
    for (let round = 0; round < 50; round += 1) {
      emit(`old ${round}`);
      await timers.pass(200);
    }
    transport.script = () => undefined;
    await timers.pass(10_000);
    transport.replyAll(accepted);
    await timers.pass(1_000);
    emit('new');
    await timers.pass(100);
    const { records = [] } = transport.attempts.at(-1) ?? {};
    assert.deepEqual(records, ['new']);
    const fromDisk = [...transport.open].filter((attempt) => attempt.records[0] !== 'new');
    assert.equal(fromDisk.length, 2);
  });

  test('keeps the counts that events carry', async () => {
    const disk = new MemoryDisk();
    const given: string[] = [];
    const { delivery, timers, transport, lost } = scene({ scheduleDelayMs: 50, disk });
    transport.script = () => refused('wait');
    const receipt = { kind: 'event', giveBack: () => given.push('back') } as const;
    delivery.onEmit(new TestRecord('event', { receipt }));
    await timers.pass(300);
    assert.deepEqual(disk.bodies, ['event']);
    transport.script = () => refused('none');
    await timers.pass(10_000);
    assert.deepEqual([lost, disk.bodies], [['event none_type'], []]);
  });
});

describe('5,000 records a second of 1,200 bytes, and memory for 1 MiB', () => {
  const MIB = 1024 * KIB;
  const STEP_MS = 10;
  const SECONDS = 5;

  /** @param diskMs how long a write takes */
  async function outage(answer: 'refuses' | 'hangs', diskMs: number): Promise<Scene & { disk: MemoryDisk }> {
    const disk = new MemoryDisk();
    const made = scene({ disk, memoryLimitBytes: MIB });
    const { emit, timers, transport, delivery } = made;
    disk.delay = (done) => timers.startTimer(diskMs, done);
    transport.script = () => (answer === 'refuses' ? refused('wait') : undefined);
    for (let step = 0; step < (SECONDS * 1_000) / STEP_MS; step += 1) {
      emit(...bodies(50, 1_200, step * 50));
      await timers.pass(STEP_MS);
      assert.ok(delivery.heldBytes <= MIB);
    }
    return { ...made, disk };
  }

  // What hangs is in flight, and stays in memory: half of it.
  for (const [answer, diskMs] of [
    ['refuses', 1],
    ['refuses', 50],
    ['hangs', 1],
    ['hangs', 20],
  ] as const) {
    test(`the receiver ${answer}, and a write takes ${diskMs} ms: none is lost`, async () => {
      const { counts, lost, timers, transport, disk } = await outage(answer, diskMs);
      assert.deepEqual([counts(), lost.length], [[0, 0, 25_000], 0]);
      transport.script = () => accepted;
      transport.replyAll(refused('wait'));
      await timers.pass(120_000);
      assert.deepEqual([counts(), disk.bodies], [[25_000, 0, 0], []]);
    });
  }

  test('the disk stalls: what memory does not hold is lost, and counted', async () => {
    const { counts, lost } = await outage('refuses', 1e9);
    const [delivered = 0, gone = 0, pending = 0] = counts();
    assert.deepEqual([delivered, gone + pending, lost.length > 0], [0, 25_000, true]);
    assert.ok(pending * 1_200 <= MIB);
  });
});

describe('a batch on disk', () => {
  test('that has to be divided is finished once all of its records are', async () => {
    const disk = new MemoryDisk();
    const { emit, timers, transport, counts, lost } = scene({ scheduleDelayMs: 50, disk });
    transport.script = () => refused('wait');
    emit('1', 'poison', '3', '4');
    await timers.pass(300);
    transport.script = ({ records }) => (records.includes('poison') ? refused('isolate') : accepted);
    await timers.pass(30_000);
    assert.deepEqual([counts(), lost, disk.bodies], [[3, 1, 0], ['poison isolate_type'], []]);
  });

  test('is not read again after one half of it was delivered: no record is counted or sent twice', async () => {
    const disk = new MemoryDisk();
    const { emit, timers, transport, counts } = scene({ scheduleDelayMs: 50, disk });
    transport.script = () => undefined;
    emit('1', '2', '3', '4');
    await timers.pass(300);
    transport.script = ({ records }) => (records.includes('1') ? accepted : refused('wait'));
    transport.replyAll(refused('isolate'));
    await timers.pass(30_000);
    assert.deepEqual(counts(), [2, 0, 2]);
    transport.script = () => accepted;
    await timers.pass(60_000);
    assert.deepEqual([counts(), disk.bodies], [[4, 0, 0], []]);
    assert.deepEqual(
      transport.accepted.flatMap(({ records }) => records),
      ['1', '2', '3', '4'],
    );
  });

  test('that is divided after it was read makes room for the next one', async () => {
    const disk = new MemoryDisk();
    const { emit, timers, transport, counts } = scene({ scheduleDelayMs: 50, disk });
    transport.script = () => refused('wait');
    for (let frame = 0; frame < 6; frame += 1) {
      emit(`${frame} a`, `${frame} poison`, `${frame} c`);
      await timers.pass(200);
    }
    transport.script = ({ records }) =>
      records.some((record) => record.endsWith('poison')) ? refused('isolate') : accepted;
    await timers.pass(60_000);
    assert.deepEqual([counts(), disk.bodies], [[12, 6, 0], []]);
  });

  test('that another process may have is not in memory any more', async () => {
    const disk = new MemoryDisk();
    const { emit, timers, transport, counts } = scene({ scheduleDelayMs: 50, disk });
    transport.script = () => undefined;
    emit('1');
    await timers.pass(300);
    disk.isUncertain = true;
    transport.script = () => accepted;
    transport.replyAll(refused('wait'));
    await timers.pass(300);
    assert.deepEqual([counts(), disk.bodies, disk.waiting], [[0, 0, 1], ['1'], 1]);
  });
});

describe('a disk', () => {
  test('that stalls holds up nothing: records are delivered past it', async () => {
    const disk = new MemoryDisk();
    disk.mode = 'stalls';
    const { emit, timers, transport, counts } = scene({ scheduleDelayMs: 50, disk });
    transport.script = () => undefined;
    emit('1');
    await timers.pass(200);
    transport.replyAll(accepted);
    await timers.settle();
    assert.deepEqual(counts(), [1, 0, 0]);
    transport.script = () => accepted;
    emit('2');
    await timers.pass(200);
    assert.deepEqual(counts(), [2, 0, 0]);
    disk.resume();
    await timers.settle();
    assert.deepEqual([disk.bodies, disk.frames.length], [[], 1]);
  });

  test('that takes nothing leaves memory alone, and is tried again', async () => {
    const disk = new MemoryDisk();
    disk.mode = 'fails';
    const { emit, timers, transport, counts, lost } = scene({
      scheduleDelayMs: 50,
      disk,
      memoryLimitBytes: 64 * KIB,
    });
    transport.script = () => refused('wait');
    emit(...bodies(100, KIB));
    await timers.pass(1_000);
    const [delivered, lostCount, pending] = counts();
    assert.equal(delivered, 0);
    assert.ok(Number(lostCount) > 0 && Number(pending) > 0);
    assert.ok(lost.every((loss) => loss.endsWith('memory_limit')));
    disk.resume();
    await timers.pass(1_000);
    assert.equal(disk.bodies.length, pending);
    transport.script = () => accepted;
    await timers.pass(20_000);
    assert.deepEqual(counts(), [pending, lostCount, 0]);
  });
});

describe('the end of the process', () => {
  test('leaves on disk what is in memory', async () => {
    const disk = new MemoryDisk();
    const { delivery, emit, timers, transport, counts } = scene({ scheduleDelayMs: 50, disk });
    transport.script = () => undefined;
    emit('1');
    await timers.pass(150);
    emit('2', '3');
    assert.equal(delivery.storeLast(), 3);
    assert.deepEqual(
      [[...disk.bodies].sort(), counts()],
      [
        ['1', '2', '3'],
        [0, 0, 3],
      ],
    );
  });
});
