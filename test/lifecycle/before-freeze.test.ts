import assert from 'node:assert/strict';
import { afterEach, describe, type TestContext, test } from 'node:test';
import type { ObservedExchange } from '../../src/http/observed-exchange.ts';
import { BeforeFreeze } from '../../src/lifecycle/before-freeze.ts';

const TIMEOUT_MS = 10_000;
const NEXT = Symbol.for('@next/request-context');
const VERCEL = Symbol.for('@vercel/request-context');

afterEach(() => {
  Reflect.deleteProperty(globalThis, NEXT);
  Reflect.deleteProperty(globalThis, VERCEL);
});

/** Exchanges that begin and end, and what was done for them. */
function setUp(t: TestContext) {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const said: string[] = [];
  const errors: unknown[] = [];
  const state = { open: 0, nowMs: 0, connected: 0 };
  const settle: (() => void)[] = [];
  const freeze = new BeforeFreeze({
    ended: { handOn: () => void said.push('hand on') },
    delivery: {
      connect() {
        state.connected += 1;
      },
      hasten: () => void said.push('hasten'),
      settled: () => new Promise((resolve) => void settle.push(resolve)),
    },
    stdout: undefined,
    openExchanges: () => state.open,
    timeoutMs: TIMEOUT_MS,
    now: () => state.nowMs,
    onError: (error) => void errors.push(error),
  });
  const begin = (): ObservedExchange => {
    const exchange = {} as ObservedExchange;
    state.open += 1;
    freeze.onStart(exchange);
    return exchange;
  };
  const end = (exchange: ObservedExchange): void => {
    state.open -= 1;
    freeze.onEnd(exchange);
  };
  return { said, errors, state, settle, begin, end };
}

/** The platform's request context; says which promises it was given, and what became of them. */
function platform(symbol: symbol, said: string[]) {
  let number = 0;
  const context = {
    waitUntil(promise: Promise<void>) {
      const name = ++number;
      said.push(`wait ${name}`);
      promise.then(
        () => said.push(`resolved ${name}`),
        () => said.push(`rejected ${name}`),
      );
    },
  };
  const reader: { get: () => unknown } = { get: () => context };
  Reflect.set(globalThis, symbol, reader);
  return { reader, context };
}

const reactions = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('without a request context', () => {
  test('records are sent in the turn in which the last open exchange ends', (t) => {
    const { said, state, begin, end } = setUp(t);
    const first = begin();
    const second = begin();
    assert.equal(state.connected, 2, 'before the handlers');
    end(first);
    assert.deepEqual(said, []);
    end(second);
    assert.deepEqual(said, ['hand on', 'hasten']);
  });

  test('of many one after the other, a hundred are sent at once, ten more each second, the others 50 ms later', (t) => {
    const { said, state, begin, end } = setUp(t);
    const hastened = (): number => said.filter((what) => what === 'hasten').length;
    for (let i = 0; i < 150; i += 1) end(begin());
    assert.equal(hastened(), 100);
    t.mock.timers.tick(50);
    assert.equal(hastened(), 101);
    state.nowMs = 1_000;
    for (let i = 0; i < 50; i += 1) end(begin());
    assert.equal(hastened(), 111);
    t.mock.timers.tick(50);
    assert.equal(hastened(), 112);
    t.mock.timers.tick(10_000);
    assert.equal(hastened(), 112);
  });
});

describe('a promise for the platform', () => {
  for (const symbol of [NEXT, VERCEL]) {
    test(`is given at the start (${symbol.description}), and resolves when its record is settled`, async (t) => {
      const { said, settle, begin, end } = setUp(t);
      platform(symbol, said);
      const exchange = begin();
      begin();
      assert.deepEqual(said.splice(0), ['wait 1', 'wait 2']);
      end(exchange);
      await reactions();
      assert.deepEqual(said.splice(0), ['hand on', 'hasten'], 'although an exchange is open');
      settle[0]?.();
      await reactions();
      assert.deepEqual(said, ['resolved 1']);
    });
  }

  test('is given at the end, where the context is there only then', async (t) => {
    const { said, settle, begin, end } = setUp(t);
    const exchange = begin();
    platform(VERCEL, said);
    end(exchange);
    settle[0]?.();
    await reactions();
    assert.deepEqual(said, ['wait 1', 'hand on', 'hasten', 'resolved 1']);
  });

  test('resolves after the export time-out', async (t) => {
    const { said, begin, end } = setUp(t);
    platform(VERCEL, said);
    end(begin());
    said.length = 0;
    t.mock.timers.tick(TIMEOUT_MS - 1);
    await reactions();
    assert.deepEqual(said, []);
    t.mock.timers.tick(1);
    await reactions();
    assert.deepEqual(said, ['resolved 1']);
  });

  test('an error of the platform is reported, and changes nothing else', (t) => {
    const { said, errors, begin, end } = setUp(t);
    const broken = new Error('the platform is broken');
    const { reader, context } = platform(VERCEL, said);
    context.waitUntil = () => {
      throw broken;
    };
    end(begin());
    reader.get = () => {
      throw broken;
    };
    end(begin());
    assert.deepEqual(said, ['hand on', 'hasten', 'hand on', 'hasten']);
    assert.deepEqual(errors, [broken, broken, broken, broken]);
  });

  test('a context without waitUntil is none', (t) => {
    const { said, errors, begin, end } = setUp(t);
    const { reader } = platform(NEXT, said);
    for (const context of [undefined, null, {}, { waitUntil: 1 }]) {
      reader.get = () => context;
      end(begin());
    }
    assert.deepEqual(errors, []);
    assert.equal(said.length, 8);
  });
});
