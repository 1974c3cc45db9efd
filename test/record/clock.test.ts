import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { HrTime } from '@opentelemetry/api';
import fc from 'fast-check';
import { RecordClock } from '../../src/record/clock.ts';

/** Clocks that a test moves. `wallMs` begins at 2026-01-01T00:00:00.250Z. */
class World {
  monotonicMs = 5_000.5;
  wallMs = Date.UTC(2026, 0, 1, 0, 0, 0, 250);
  readonly clock = new RecordClock(
    () => this.monotonicMs,
    () => this.wallMs,
  );

  pass(ms: number): void {
    this.monotonicMs += ms;
    this.wallMs += ms;
  }
}

const START = Date.UTC(2026, 0, 1) / 1000;
const nanos = ([seconds, rest]: HrTime): bigint => BigInt(seconds) * 1_000_000_000n + BigInt(rest);

describe('RecordClock', () => {
  test('wall-clock time with the resolution of the monotonic clock', () => {
    const world = new World();
    world.pass(1.234567);
    assert.deepEqual(world.clock.now(), [START, 251_234_567]);
    world.pass(2_000);
    assert.deepEqual(world.clock.now(), [START + 2, 251_234_567]);
  });

  test('a time of some while ago', () => {
    const world = new World();
    world.pass(10);
    assert.deepEqual(world.clock.timestamp(world.monotonicMs - 7), [START, 253_000_000]);
  });

  test('the same moment is one nanosecond later each time, also over the end of a second', () => {
    const world = new World();
    world.pass(749.999999);
    const stamps = [world.clock.now(), world.clock.now(), world.clock.now()];
    assert.deepEqual(stamps, [
      [START, 999_999_999],
      [START + 1, 0],
      [START + 1, 1],
    ]);
  });

  test('wall-clock time of a moment is always the same, and does not push timestamps behind it', () => {
    const world = new World();
    world.pass(10);
    const now = world.monotonicMs;
    assert.deepEqual(world.clock.wallTime(now), [START, 260_000_000]);
    assert.deepEqual(world.clock.timestamp(now - 7), [START, 253_000_000]);
    assert.deepEqual(world.clock.wallTime(now - 7), [START, 253_000_000]);
    assert.deepEqual(world.clock.timestamp(now - 7), [START, 253_000_001]);
  });

  test('a wall clock that is corrected by less than a second changes nothing', () => {
    const world = new World();
    world.wallMs -= 999;
    world.pass(1);
    assert.deepEqual(world.clock.now(), [START, 251_000_000]);
  });

  test('a machine that slept: anchored anew', () => {
    const world = new World();
    world.pass(1);
    world.clock.now();
    world.wallMs += 3_600_000;
    world.pass(9);
    assert.deepEqual(world.clock.now(), [START, 260_000_000], 'the clocks are compared every 10 ms');
    world.pass(1);
    assert.deepEqual(world.clock.now(), [START + 3600, 261_000_000]);
  });

  test('a wall clock that was set back by an hour: only then it steps back', () => {
    const world = new World();
    world.pass(1);
    world.clock.now();
    world.wallMs -= 3_600_000;
    world.pass(10);
    assert.deepEqual(world.clock.now(), [START - 3600, 261_000_000]);
  });

  test('strictly increasing, and never further from the wall clock than a second, over years', () => {
    const step = fc.oneof(
      fc.double({ min: 0, max: 5, noNaN: true }),
      fc.constant(0),
      fc.double({ min: 0, max: 4e9, noNaN: true }),
    );
    fc.assert(
      fc.property(
        fc.array(fc.tuple(step, fc.double({ min: 0, max: 100, noNaN: true })), { maxLength: 60 }),
        (steps) => {
          const world = new World();
          let last = 0n;
          for (const [ms, ago] of steps) {
            world.pass(ms);
            const stamp = world.clock.timestamp(world.monotonicMs - ago);
            assert.ok(
              stamp[1] >= 0 && stamp[1] < 1e9 && Number.isInteger(stamp[0]) && Number.isInteger(stamp[1]),
            );
            assert.ok(nanos(stamp) > last);
            last = nanos(stamp);
            assert.ok(Math.abs(Number(last / 1_000_000n) - world.wallMs) <= 1_101);
          }
        },
      ),
    );
  });
});
