import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import type { ProcessEnd } from '../../src/http/observed-exchange.ts';
import { EndOfPipeline } from '../../src/lifecycle/end-of-pipeline.ts';

const TIMEOUT_MS = 1_000;
const END: ProcessEnd = { outcome: 'aborted', errorCode: 'process_exit' };

/** A pipeline that is told what state it is in, and says what it was asked to do. */
function setUp(t: TestContext) {
  const state = {
    open: 0,
    served: 0,
    delivered: 0,
    pending: 0,
    lost: 0,
    isFailing: false,
    isAccepting: false,
    stdout: false,
  };
  const said: string[] = [];
  const flushes: (() => void)[] = [];
  t.mock.timers.enable({ apis: ['setTimeout'] });
  let nowMs = 5_000;
  t.mock.method(performance, 'now', () => nowMs);
  const ending = new EndOfPipeline({
    open: {
      get count() {
        return state.open;
      },
      end: ({ errorCode }) => {
        if (state.open > 0) said.push(`end ${state.open} ${errorCode}`);
        const lines = Array.from({ length: state.open }, (_, index) => `record ${index}`);
        state.served += state.open;
        state.pending += state.open;
        state.open = 0;
        return () => lines;
      },
    },
    ended: { handOn() {} },
    bucket: {
      report: (isFinal) => said.push(isFinal === true ? 'final' : 'report'),
      totals: () => ({ served: state.served, ignored: 0, suppressed: 0, kept: state.served }),
    },
    delivery: {
      counts: () => ({ delivered: state.delivered, lost: state.lost, pending: state.pending }),
      get isFailing() {
        return state.isFailing;
      },
      flush: () =>
        new Promise((resolve) => {
          said.push('flush');
          flushes.push(resolve);
        }),
      letGo: () => said.push('let go'),
      deliverLast: (timeoutMs) => {
        said.push(`last ${timeoutMs}`);
        if (state.isAccepting) state.pending = 0;
      },
      isStoring: false,
      storeLast: () => 0,
    },
    stdout: {
      get isWaiting() {
        return state.stdout;
      },
      flush: async () => undefined,
      end: (timeoutMs) => said.push(`stdout ${timeoutMs}`),
    },
    threads: {
      haveWork: false,
      ask: () => ({ answered: async () => undefined, waitUntil() {} }),
      takeUndelivered: () => ({ records: 0, lines: 0 }),
      end() {},
    },
    hooks: { flush() {} },
    notices: {
      lost: (kind, count) => said.push(`lost ${kind} ${count}`),
      lastLines: (lines, deadlineMs, isDirect) =>
        lines.length > 0 &&
        said.push(`lines ${lines} within ${deadlineMs - nowMs}${isDirect ? ' direct' : ''}`),
      flush: () => said.push('told'),
    },
    timeoutMs: TIMEOUT_MS,
    onError: (error) => assert.fail(String(error)),
  });
  return {
    ending,
    state,
    flushes,
    /** What was asked for since the last time. */
    said: () => said.splice(0),
    serve: (count: number) => {
      state.served += count;
      state.pending += count;
    },
    deliver: () => {
      state.delivered += state.pending;
      state.pending = 0;
    },
    pass: (ms: number) => {
      nowMs += ms;
      t.mock.timers.tick(ms);
    },
  };
}

describe('EndOfPipeline', () => {
  test('a flush ends when all is delivered, and leaves nothing to do', async (t) => {
    const { ending, serve, deliver, flushes, said } = setUp(t);
    assert.equal(ending.hasWork(), false);
    serve(2);
    assert.equal(ending.hasWork(), true);
    const flushed = ending.flush(true);
    deliver();
    flushes[0]?.();
    await flushed;
    assert.equal(ending.hasWork(), false);
    ending.onExit(false, END);
    assert.deepEqual(said(), ['final', 'flush', `stdout ${TIMEOUT_MS}`, 'told']);
  });

  test('at the deadline it ends too; what it has left is not tried again, and told once', async (t) => {
    const { ending, serve, pass, said } = setUp(t);
    serve(2);
    const flushed = ending.flush(true);
    pass(TIMEOUT_MS);
    await flushed;
    assert.equal(ending.hasWork(), false);
    ending.onExit(false, END);
    ending.onExit(false, END);
    assert.deepEqual(said(), ['final', 'flush', 'stdout 0', 'lost exit 2', 'told', 'stdout 0', 'told']);
  });

  for (const [what, happens] of [
    ['something more is served', 'serve'],
    ['something has arrived', 'arrive'],
  ])
    test(`where ${what} after that, there is another end with a deadline of its own`, async (t) => {
      const { ending, state, serve, pass, said } = setUp(t);
      serve(2);
      const flushed = ending.flush(true);
      pass(TIMEOUT_MS);
      await flushed;
      pass(5 * TIMEOUT_MS);
      if (happens === 'serve') serve(1);
      else {
        state.delivered += 1;
        state.pending -= 1;
      }
      assert.equal(ending.hasWork(), true);
      ending.onExit(false, END);
      assert.deepEqual(said().slice(2, 4), ['final', `last ${TIMEOUT_MS}`]);
    });

  test('process.exit() during a flush has what is left of its time', async (t) => {
    const { ending, serve, pass, said } = setUp(t);
    serve(1);
    void ending.flush(true);
    pass(TIMEOUT_MS - 1);
    serve(1);
    ending.onExit(true, END);
    assert.deepEqual(said(), ['final', 'flush', 'final', 'last 1', 'stdout 1', 'lost exit 2', 'told']);
  });

  test('process.exit() where there was no flush has all the time, but not for a receiver that is failing', (t) => {
    const { ending, state, serve, said } = setUp(t);
    serve(1);
    state.isFailing = true;
    ending.onExit(false, END);
    assert.deepEqual(said(), [`stdout ${TIMEOUT_MS}`, 'lost exit 1', 'told']);
  });

  test('where the process may go on, no heartbeat is the last one', async (t) => {
    const { ending, serve, deliver, flushes, said } = setUp(t);
    serve(1);
    ending.hasten();
    serve(1);
    const flushed = ending.flush(false);
    deliver();
    for (const end of flushes) end();
    await flushed;
    assert.equal(ending.hasWork(), true);
    assert.deepEqual(said(), ['report', 'flush', 'report', 'flush']);
    ending.onExit(false, END);
    assert.deepEqual(said().slice(0, 2), ['final', `last ${TIMEOUT_MS}`]);
  });

  test('open exchanges are ended only by the end, and the final heartbeat comes after them', async (t) => {
    const { ending, state, serve, deliver, flushes, said } = setUp(t);
    serve(1);
    state.open = 2;
    state.isAccepting = true;
    const flushed = ending.flush(true);
    deliver();
    flushes[0]?.();
    await flushed;
    assert.deepEqual(said(), ['report', 'flush']);
    // Nothing is left for `beforeExit`, which is emitted again and again as long as there is.
    assert.equal(ending.hasWork(), false);
    ending.onExit(true, END);
    assert.deepEqual(said(), [
      'end 2 process_exit',
      'final',
      `last ${TIMEOUT_MS}`,
      `stdout ${TIMEOUT_MS}`,
      'told',
    ]);
  });

  test('what the end has cut off and could not deliver goes to standard error', (t) => {
    const { ending, state, said } = setUp(t);
    state.open = 2;
    state.isFailing = true;
    ending.onExit(false, END);
    const after = ['lost exit 2', `lines record 0,record 1 within ${TIMEOUT_MS}`, 'told'];
    assert.deepEqual(said(), ['end 2 process_exit', `stdout ${TIMEOUT_MS}`, ...after]);
  });

  test('at the deadline the reader of standard error has a little time more', async (t) => {
    const { ending, state, serve, pass, said } = setUp(t);
    serve(1);
    const flushed = ending.flush(true);
    pass(TIMEOUT_MS);
    await flushed;
    state.open = 1;
    said();
    ending.onExit(true, END);
    assert.deepEqual(said(), [
      'end 1 process_exit',
      'stdout 0',
      'lost exit 2',
      'lines record 0 within 100',
      'told',
    ]);
  });

  test('a thread ends its open exchanges when the thread that asks is in exit, not before', async (t) => {
    const { ending, state, said } = setUp(t);
    state.open = 1;
    const request = { kind: 'deliver', above: 0, number: 1, isFinal: false } as const;
    assert.equal(await ending.onAsked({ ...request, end: undefined }), true);
    assert.deepEqual(said(), []);
    state.isFailing = true;
    await ending.onAsked({ ...request, end: END });
    assert.deepEqual(said(), ['end 1 process_exit', 'lines record 0 within 100 direct']);
  });

  test('lines that standard output has not taken are a reason to flush', async (t) => {
    const { ending, state } = setUp(t);
    state.stdout = true;
    assert.equal(ending.hasWork(), true);
  });
});
