import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { announceMode } from '../../src/sampling/mode/announce-mode.ts';
import type { ModeChange } from '../../src/sampling/mode/mode.ts';
import { ERROR, NORMAL, NotingProcessor, SLOW, said } from './support/records.ts';
import { scene } from './support/scene.ts';

const LOSING = { degradeAfterMs: 1000, recoverAfterMs: 2000, rate: 10, burst: 100, errorBurst: 100 };

/** Loses the events that it is told to lose, as a memory limit does. */
class LosingProcessor extends NotingProcessor {
  isLosing = true;

  override onEmit(record: Parameters<NotingProcessor['onEmit']>[0]): void {
    super.onEmit(record);
    const receipt =
      'receipt' in record ? (record.receipt as { giveBack?: () => void } | undefined) : undefined;
    if (this.isLosing) receipt?.giveBack?.();
  }
}

describe('errors mode in the processor', () => {
  test('begins, is told in events and heartbeats, and ends', (t) => {
    t.mock.timers.enable({ apis: ['setTimeout', 'setInterval'] });
    let backlog = 0;
    const changes: ModeChange[] = [];
    const made = scene({ ...LOSING, backlog: () => backlog, onMode: (change) => changes.push(change) });
    const second = (): void => {
      made.nowMs += 1000;
      t.mock.timers.tick(1000);
    };
    assert.equal(made.serve(NORMAL), true);
    backlog = 0.9;
    for (let at = 0; at < 5; at += 1) second();
    const verdicts = [SLOW, ERROR, NORMAL, NORMAL].map((one) => made.serve(one));
    assert.deepEqual(verdicts, [true, true, true, false], 'the first normal one is the scout');
    made.processor.report();
    backlog = 0.3;
    second();
    second();
    assert.equal(made.serve(NORMAL), true);
    made.processor.report();
    const events = made.next.records.filter(({ eventName }) => eventName !== 'access_log.request');
    const told = events.map((event) => {
      const { eventName, severityText, body, attributes } = said(event) as ReturnType<typeof Object>;
      const { 'access_log.mode': mode, 'access_log.reason': reason } = attributes;
      return [eventName, severityText, mode, reason, attributes['access_log.degraded_for'], body];
    });
    assert.deepEqual(told, [
      [
        'access_log.degraded',
        'WARN',
        'errors',
        'backlog',
        undefined,
        'degraded: the memory limit is nearly reached; only errors, slow exchanges and a few normal records are written',
      ],
      [
        'access_log.suppressed',
        'WARN',
        undefined,
        'degraded',
        undefined,
        'suppressed 1 record of /orders/:id 2xx',
      ],
      [
        'access_log.heartbeat',
        'INFO',
        'errors',
        undefined,
        undefined,
        'heartbeat: served 5, ignored 0, suppressed 1, kept 4',
      ],
      [
        'access_log.recovered',
        'INFO',
        'normal',
        'backlog',
        2,
        'recovered after 2 s: all records within the rate are written again',
      ],
      [
        'access_log.heartbeat',
        'INFO',
        'normal',
        undefined,
        undefined,
        'heartbeat: served 6, ignored 0, suppressed 1, kept 5',
      ],
    ]);
    assert.deepEqual(changes, [
      { mode: 'errors', reason: 'backlog', durationMs: 0 },
      { mode: 'normal', reason: 'backlog', durationMs: 2000 },
    ]);
    assert.deepEqual(made.errors, []);
  });

  test('demand begins it, and its event names the keys of which most was suppressed', (t) => {
    t.mock.timers.enable({ apis: ['setTimeout', 'setInterval'] });
    const made = scene({ ...LOSING, burst: 1 });
    for (const [route, count] of [
      ['/a', 2],
      ['/b', 9],
      ['/c', 5],
      ['/d', 7],
    ] as const) {
      for (let at = 0; at < count; at += 1) made.serve({ ...NORMAL, route });
    }
    made.nowMs += 1000;
    t.mock.timers.tick(1000);
    const event = made.next.records.at(-1);
    assert.equal(event?.attributes['access_log.reason'], 'starved');
    assert.deepEqual(event?.attributes['access_log.top_keys'], ['/b 2xx', '/d 2xx', '/c 2xx']);
  });

  test('its event that is lost is written again when nothing is lost any more, five times at the most', (t) => {
    t.mock.timers.enable({ apis: ['setTimeout', 'setInterval'] });
    const next = new LosingProcessor();
    const made = scene({ ...LOSING, recoverAfterMs: 100_000, backlog: () => 0.9 }, next);
    const degraded = (): number => next.notes.filter((name) => name === 'access_log.degraded').length;
    const second = (lost: boolean): void => {
      if (lost)
        made.processor.recordLost({ kind: 'exchange', ...NORMAL, suppressedBefore: 0 }, 'memory_limit', 1);
      made.nowMs += 1000;
      t.mock.timers.tick(1000);
    };
    made.serve(NORMAL);
    for (let at = 0; at < 5; at += 1) second(false);
    assert.equal(degraded(), 1);
    second(true);
    assert.equal(degraded(), 1, 'while records are lost it waits');
    second(false);
    assert.equal(degraded(), 2);
    for (let at = 0; at < 10; at += 1) second(false);
    assert.equal(degraded(), 5);
  });

  test('the last is written at shutdown', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout', 'setInterval'] });
    const next = new LosingProcessor();
    const made = scene({ ...LOSING, backlog: () => 0.9 }, next);
    made.serve(NORMAL);
    made.nowMs += 1000;
    for (let at = 0; at < 5; at += 1) t.mock.timers.tick(1000);
    next.isLosing = false;
    await made.processor.shutdown();
    assert.deepEqual(next.notes.slice(-3), ['access_log.degraded', 'access_log.heartbeat', 'shutdown']);
  });

  test('nothing ticks before the first exchange, nor after shutdown, and what a tick throws is reported', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout', 'setInterval'] });
    let asked = 0;
    const made = scene({
      ...LOSING,
      backlog: () => {
        asked += 1;
        throw new Error('no backlog');
      },
    });
    t.mock.timers.tick(10_000);
    assert.equal(asked, 0);
    made.serve(NORMAL);
    t.mock.timers.tick(2000);
    assert.equal(asked, 2);
    assert.deepEqual(made.errors.map(String), ['Error: no backlog']);
    await made.processor.shutdown();
    t.mock.timers.tick(10_000);
    assert.equal(asked, 2);
  });
});

describe('the onMode hook', () => {
  const change: ModeChange = { mode: 'errors', reason: 'losing', durationMs: 0 };
  const turn = (): Promise<void> => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));

  test('is called in a turn of its own, with mode and reason, after the operator was told', async () => {
    const calls: unknown[] = [];
    const told = announceMode({
      onMode: (...given) => calls.push(given),
      warn: (text) => calls.push(text),
      onHookError: (error) => calls.push(error),
    });
    told(change);
    assert.equal(calls.length, 1);
    await turn();
    assert.deepEqual(calls[1], ['errors', 'losing']);
    assert.match(String(calls[0]), /^degraded: records are being lost; /);
  });

  for (const [what, onMode] of [
    ['throws', () => assert.fail('mine')],
    ['returns a promise that rejects', () => Promise.reject(new Error('mine'))],
  ] as const) {
    test(`one that ${what} is reported once and not called again`, async () => {
      let calls = 0;
      const errors: unknown[] = [];
      const told = announceMode({
        onMode: () => {
          calls += 1;
          return onMode();
        },
        warn: () => undefined,
        onHookError: (error) => errors.push(error),
      });
      told(change);
      await turn();
      told(change);
      await turn();
      assert.equal(calls, 1);
      assert.deepEqual(
        errors.map(String).map((text) => /mine/.test(text)),
        [true],
      );
    });
  }
});
