import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { LongExchanges, type Milestone } from '../../src/http/long-exchanges.ts';
import { ObservedRequest } from '../../src/http/observed-request.ts';
import { OpenExchanges } from '../../src/http/open-exchanges.ts';
import { noIds } from '../../src/http/trace/trace-context.ts';
import { connection } from '../record/support/exchange-factory.ts';

class OpenExchange extends ObservedRequest {
  readonly connection = connection();
  readonly ended = false;

  constructor(target: string, startMs: number) {
    super(noIds, startMs);
    this.target = target;
  }

  protected override readSoFar(): undefined {
    return undefined;
  }

  override endWithProcess(): void {}
}

/** Milestones as `at target milestone`, of exchanges with a period of a minute. */
function scene(t: TestContext, periodMs = 60_000) {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const open = new OpenExchanges();
  const seen: string[] = [];
  const errors: unknown[] = [];
  const clock = { nowMs: 0, readings: 0 };
  let failing: string | undefined;
  let stopping: string | undefined;
  const long = new LongExchanges(open, {
    report: ({ target }, milestone: Milestone, nowMs) => {
      if (target === failing) throw new Error('a mistake of ours');
      if (target === stopping) long.stop();
      seen.push(`${Math.round(nowMs)} ${target} ${milestone}`);
    },
    onError: (error) => errors.push(String(error)),
    now: () => {
      clock.readings += 1;
      return clock.nowMs;
    },
  });
  return {
    long,
    seen,
    errors,
    clock,
    fail: (target: string) => {
      failing = target;
    },
    stopAt: (target: string) => {
      stopping = target;
    },
    begin: (target: string): OpenExchange => {
      const exchange = new OpenExchange(target, clock.nowMs);
      open.add(exchange);
      long.exchangeStarted(periodMs);
      return exchange;
    },
    end: (exchange: OpenExchange) => open.remove(exchange),
    /** Lets time pass, in steps of 1 ms as far as timers can tell. */
    pass: (ms: number) => {
      for (let passed = 0; passed < ms; passed += 1) {
        clock.nowMs += 1;
        t.mock.timers.tick(1);
      }
    },
    /** The event loop is blocked: timers fire at the end only. */
    block: (ms: number) => {
      clock.nowMs += ms;
      t.mock.timers.tick(ms);
    },
  };
}

describe('milestones of open exchanges', () => {
  test('one per period, counted from the beginning of each exchange', (t) => {
    const { begin, pass, seen } = scene(t);
    begin('/a');
    pass(10_000);
    begin('/b');
    pass(49_999);
    assert.deepEqual(seen, []);
    pass(100_001);
    assert.deepEqual(seen, [
      '60001 /a started',
      '70001 /b started',
      '120001 /a progress',
      '130001 /b progress',
    ]);
  });

  test('none of exchanges that have ended', (t) => {
    const { begin, end, pass, seen } = scene(t);
    const short = begin('/short');
    const long = begin('/long');
    pass(1000);
    end(short);
    pass(60_000);
    end(long);
    pass(120_000);
    assert.deepEqual(seen, ['60001 /long started']);
  });

  test('a period that a blocked event loop let pass is not reported late', (t) => {
    const { begin, block, pass, seen } = scene(t);
    begin('/a');
    block(200_000);
    pass(40_001);
    assert.deepEqual(seen, ['200000 /a started', '240001 /a progress']);
  });

  test('an error in a report is passed on, and the other exchanges have their reports', (t) => {
    const { begin, pass, fail, seen, errors } = scene(t);
    fail('/a');
    begin('/a');
    begin('/b');
    pass(60_001);
    assert.deepEqual(seen, ['60001 /b started']);
    assert.deepEqual(errors, ['Error: a mistake of ours']);
  });
});

describe('the timer', () => {
  test('ends with the last open exchange, and starts again with the next', (t) => {
    const { begin, end, pass, clock, seen } = scene(t);
    end(begin('/a'));
    pass(60_001);
    const { readings } = clock;
    pass(500_000);
    assert.equal(clock.readings, readings);
    begin('/b');
    pass(60_001);
    assert.deepEqual(seen, ['620002 /b started']);
  });

  test('fires once per second at most, however many exchanges are due', (t) => {
    const { begin, pass, clock, seen } = scene(t);
    for (let index = 0; index < 2000; index += 1) {
      begin('/socket');
      pass(5);
    }
    assert.equal(seen.length, 0);
    const { readings } = clock;
    pass(61_000);
    assert.equal(seen.length, 2000);
    assert.ok(clock.readings - readings <= 72, `${clock.readings - readings} looks`);
  });

  test('fires in time where the period is short, also when an exchange began between two looks', (t) => {
    const { begin, pass, seen } = scene(t, 1000);
    begin('/a');
    pass(110);
    begin('/b');
    pass(1090);
    assert.deepEqual(seen, ['1001 /a started', '1111 /b started']);
  });

  test('fires ten times a second at most, however short the period is', (t) => {
    const { begin, pass, seen } = scene(t, 1);
    begin('/a');
    pass(310);
    assert.deepEqual(seen, ['2 /a started', '103 /a progress', '204 /a progress', '305 /a progress']);
  });

  test('stops with the observer', (t) => {
    const { begin, pass, long, seen, clock } = scene(t);
    begin('/a');
    long.stop();
    const { readings } = clock;
    pass(100_000);
    assert.equal(clock.readings, readings);
    assert.deepEqual(seen, []);
  });

  test('stops with the observer where a report ends it', (t) => {
    const { begin, pass, stopAt, seen } = scene(t);
    stopAt('/a');
    begin('/a');
    pass(200_000);
    assert.deepEqual(seen, ['60001 /a started']);
  });
});
