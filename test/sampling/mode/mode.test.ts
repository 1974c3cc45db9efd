import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  type ModeChange,
  ModeController,
  type ModeSettings,
  type ModeSignals,
} from '../../../src/sampling/mode/mode.ts';
import { Sampler } from '../../../src/sampling/sampler.ts';
import { countingClock, exchange, SETTINGS } from '../support/records.ts';

const RATE = 1000;
const STEADY: ModeSettings = { degrade: 'on', degradeAfterMs: 30_000, recoverAfterMs: 60_000, rate: RATE };
const QUIET: ModeSignals = { offered: 0, refused: 0, backlog: 0, lost: 0 };

interface Course {
  readonly transitions: number;
  /** Seconds in `errors` mode. */
  readonly degraded: number;
  /** Records kept in `errors` mode. */
  readonly keptDegraded: number;
}

/** Half an hour of normal records, in steps of 50 ms, on a sampler and the controller of its mode. */
function course(demandAt: (second: number) => number, seconds = 1800): Course {
  const sampler = new Sampler(SETTINGS, countingClock());
  const controller = new ModeController(STEADY);
  const kinds = Array.from({ length: 20 }, (_, at) => exchange({ route: `/r${at}` }));
  let [transitions, degraded, keptDegraded, owed] = [0, 0, 0, 0];
  for (let second = 0; second < seconds; second += 1) {
    for (let step = 0; step < 20; step += 1) {
      owed += demandAt(second) / 20;
      for (; owed >= 1; owed -= 1) {
        const kind = kinds[Math.floor(owed) % kinds.length] ?? exchange();
        const verdict = sampler.decide(kind, second * 1000 + step * 50);
        if (verdict === 'kept' && controller.mode === 'errors') keptDegraded += 1;
      }
    }
    const nowMs = (second + 1) * 1000;
    const change = controller.tick(nowMs, { ...QUIET, ...sampler.takeDemand() });
    if (change !== undefined) {
      transitions += 1;
      sampler.setMode(change.mode);
    }
    if (controller.mode === 'errors') degraded += 1;
  }
  return { transitions, degraded, keptDegraded };
}

describe('the mode follows demand, with hysteresis', () => {
  test('demand of five times the rate: one change, and a scout of 1 % goes on', () => {
    const { transitions, degraded, keptDegraded } = course(() => 5 * RATE);
    // In the first second the burst takes most.
    assert.deepEqual([transitions, degraded], [1, 1770]);
    assert.ok(Math.abs(keptDegraded - 1770 * 10) <= 20, String(keptDegraded));
  });

  test('twenty times the rate for two minutes: there and back again', () => {
    const { transitions, degraded } = course((second) => (second < 120 ? 20 * RATE : RATE / 2));
    assert.deepEqual([transitions, degraded], [2, 150]);
  });

  test('five times the rate for 20 s, then nothing for 20 s: never', () => {
    const { transitions } = course((second) => (second % 40 < 20 ? 5 * RATE : 0));
    assert.equal(transitions, 0);
  });

  test('a wave of 0.2 to 3 times the rate in 120 s: one change, its troughs are shorter than the hold', () => {
    const wave = (second: number): number => RATE * (1.6 + 1.4 * Math.sin((2 * Math.PI * second) / 120));
    const { transitions, degraded } = course(wave);
    assert.equal(transitions, 1);
    assert.ok(degraded >= 1700, String(degraded));
  });
});

/** Ticks of one second each, of one kind. @returns changes, with the tick at which each came, from 1 */
class Ticks {
  readonly #controller: ModeController;
  #second = 0;

  constructor(settings: Partial<ModeSettings> = {}) {
    this.#controller = new ModeController({ ...STEADY, ...settings });
  }

  run(count: number, signals: Partial<ModeSignals>): [number, ModeChange][] {
    const changes: [number, ModeChange][] = [];
    for (let tick = 1; tick <= count; tick += 1) {
      this.#second += 1;
      const change = this.#controller.tick(this.#second * 1000, { ...QUIET, ...signals });
      if (change !== undefined) changes.push([tick, change]);
    }
    return changes;
  }

  reconfigure(settings: Partial<ModeSettings>): void {
    this.#controller.reconfigure({ ...STEADY, ...settings });
  }
}

function entered(at: number, reason: ModeChange['reason']): [number, ModeChange] {
  return [at, { mode: 'errors', reason, durationMs: 0 }];
}

function left(at: number, reason: ModeChange['reason'], seconds: number): [number, ModeChange] {
  return [at, { mode: 'normal', reason, durationMs: seconds * 1000 }];
}

const STARVED = { offered: 5000, refused: 4000 };

describe('what begins errors mode, and what ends it', () => {
  test('a memory limit of which 80 % is used for five ticks; it ends after a minute below 30 %', () => {
    const ticks = new Ticks();
    assert.deepEqual(ticks.run(4, { backlog: 0.8 }), []);
    assert.deepEqual(ticks.run(1, { backlog: 0.79 }), []);
    assert.deepEqual(ticks.run(10, { backlog: 0.8 }), [entered(5, 'backlog')]);
    assert.deepEqual(ticks.run(100, { backlog: 0.31 }), []);
    assert.deepEqual(ticks.run(100, { backlog: 0.3, offered: 900 }), [left(60, 'backlog', 165)]);
  });

  test('records lost in three ticks in a row', () => {
    const ticks = new Ticks();
    assert.deepEqual(ticks.run(2, { lost: 1 }), []);
    assert.deepEqual(ticks.run(1, {}), []);
    assert.deepEqual(ticks.run(3, { lost: 1 }), [entered(3, 'losing')]);
    assert.deepEqual(ticks.run(59, {}), []);
    assert.deepEqual(ticks.run(1, { lost: 1 }), []);
    assert.deepEqual(ticks.run(60, {}), [left(60, 'losing', 120)]);
  });

  test('demand that would begin it does not let it end', () => {
    const ticks = new Ticks();
    ticks.run(5, { backlog: 1 });
    assert.deepEqual(ticks.run(200, { offered: 2001 }), []);
    assert.deepEqual(ticks.run(60, { offered: 2000 }), [left(60, 'backlog', 260)]);
  });

  test('where it was demand, it ends below 80 % of the rate', () => {
    const ticks = new Ticks();
    assert.deepEqual(ticks.run(30, STARVED), [entered(30, 'starved')]);
    assert.deepEqual(ticks.run(200, { offered: 801 }), []);
    assert.deepEqual(ticks.run(60, { offered: 800 }), [left(60, 'starved', 260)]);
  });

  test('a relapse within ten minutes doubles the hold, up to ten minutes', () => {
    const ticks = new Ticks();
    for (const hold of [60, 120, 240, 480, 600, 600]) {
      assert.deepEqual(ticks.run(30, STARVED), [entered(30, 'starved')]);
      assert.deepEqual(ticks.run(hold - 1, {}), []);
      assert.deepEqual(ticks.run(1, {}), [left(1, 'starved', hold)]);
    }
    ticks.run(600, {});
    assert.deepEqual(ticks.run(30, STARVED), [entered(30, 'starved')]);
    assert.deepEqual(ticks.run(60, {}), [left(60, 'starved', 60)]);
  });

  test('a tick that is late brings the records of several seconds, which are no more demand', () => {
    const controller = new ModeController(STEADY);
    let nowMs = 0;
    const tick = (ms: number, signals: Partial<ModeSignals>): ModeChange | undefined => {
      nowMs += ms;
      return controller.tick(nowMs, { ...QUIET, ...signals });
    };
    for (let at = 0; at < 30; at += 1) tick(1000, STARVED);
    for (let at = 0; at < 59; at += 1) assert.equal(tick(4000, { offered: 3200 }), undefined);
    assert.deepEqual(tick(4000, { offered: 3200 })?.mode, 'normal');
  });

  test('with `delivery` demand neither begins it nor keeps it', () => {
    const ticks = new Ticks({ degrade: 'delivery' });
    assert.deepEqual(ticks.run(100, STARVED), []);
    assert.deepEqual(ticks.run(5, { ...STARVED, backlog: 1 }), [entered(5, 'backlog')]);
    assert.deepEqual(ticks.run(60, STARVED), [left(60, 'backlog', 60)]);
  });

  test('with `off` nothing does, and switched off it ends at the next tick', () => {
    const off = new Ticks({ degrade: 'off' });
    assert.deepEqual(off.run(100, { ...STARVED, backlog: 1, lost: 1 }), []);
    const ticks = new Ticks();
    ticks.run(30, STARVED);
    ticks.reconfigure({ degrade: 'off' });
    assert.deepEqual(ticks.run(2, STARVED), [left(1, 'starved', 1)]);
  });

  test('a rate of 0 asks for no normal records, which is no overload', () => {
    const ticks = new Ticks({ rate: 0 });
    assert.deepEqual(ticks.run(100, { offered: 10, refused: 10 }), []);
  });

  test('other times than the usual', () => {
    const ticks = new Ticks({ degradeAfterMs: 2000, recoverAfterMs: 3000 });
    assert.deepEqual(ticks.run(2, STARVED), [entered(2, 'starved')]);
    assert.deepEqual(ticks.run(3, {}), [left(3, 'starved', 3)]);
  });
});
