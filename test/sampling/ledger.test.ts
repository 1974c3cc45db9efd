import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { compileKnownMethods } from '../../src/record/reading/method.ts';
import { type ExchangeKey, OTHER_KEY } from '../../src/record/receipt/exchange-key.ts';
import { Ledger, type LedgerEntry } from '../../src/sampling/ledger.ts';
import { exchange } from './support/records.ts';

const knownMethods = compileKnownMethods();

function newLedger(maxKeys?: number): Ledger {
  return new Ledger({
    wallTime: (atMs) => [1_795_435_200, atMs],
    knownMethods,
    ...(maxKeys === undefined ? {} : { maxKeys }),
  });
}

const CAUSES = [undefined, 'rate', 'share', 'degraded', 'queue_full', 'ECONNREFUSED'];

function counts(entries: readonly LedgerEntry[]): number {
  return entries.reduce((sum, { count }) => sum + count, 0);
}

describe('Ledger', () => {
  test('counts per route, else method, per status class, else outcome, and per error type', () => {
    const ledger = newLedger();
    const seen: [Partial<ExchangeKey>, string?][] = [
      [{}],
      [{ statusCode: 204 }],
      [{ statusCode: 304 }],
      [{ statusCode: 999 }],
      [{ statusCode: undefined, outcome: 'aborted' }],
      [{ statusCode: undefined, outcome: 'timeout' }],
      [{ route: undefined }],
      [{ route: undefined, method: 'POST' }],
      [{ route: undefined, method: 'PROPFIND' }],
      [{ route: undefined, method: 'get' }],
      [{ route: 'GET' }],
      [{}, 'queue_full'],
      [{}, 'ECONNREFUSED'],
      [{ method: 'POST' }],
    ];
    for (const [given, cause] of seen) ledger.add(exchange(given), 1, cause);
    const windowStart = '1795435200000000001';
    const route = '/orders/:id';
    const entry = (given: Partial<LedgerEntry>): LedgerEntry => ({
      route,
      method: undefined,
      statusClass: '2xx',
      cause: undefined,
      count: 1,
      windowStart,
      ...given,
    });
    assert.deepEqual(ledger.drain(), [
      entry({ count: 3 }),
      entry({ statusClass: '3xx' }),
      entry({ statusClass: '9xx' }),
      entry({ statusClass: 'aborted' }),
      entry({ statusClass: 'timeout' }),
      entry({ route: undefined, method: 'GET' }),
      entry({ route: undefined, method: 'POST' }),
      entry({ route: undefined, method: '_OTHER', count: 2 }),
      entry({ route: 'GET' }),
      entry({ cause: 'queue_full' }),
      entry({ cause: 'ECONNREFUSED' }),
    ]);
  });

  test('collect returns the count of one key, once', () => {
    const ledger = newLedger();
    ledger.add(exchange(), 1);
    ledger.add(exchange(), 1);
    ledger.add(exchange({ statusCode: 404 }), 1);
    assert.equal(ledger.collect(exchange({ method: 'PUT', statusCode: 201 })), 2);
    assert.equal(ledger.collect(exchange()), 0);
    assert.equal(ledger.collect(exchange({ route: '/other' })), 0);
    assert.deepEqual(
      ledger.drain().map(({ statusClass, count }) => [statusClass, count]),
      [['4xx', 1]],
    );
    assert.deepEqual(ledger.drain(), []);
  });

  test('a window starts at the time of its first count', () => {
    const ledger = newLedger();
    ledger.add(exchange(), 1);
    ledger.add(exchange({ route: '/a' }), 5);
    const first = ledger.drain();
    ledger.add(exchange(), 2);
    const second = ledger.drain();
    assert.deepEqual(
      [...first, ...second].map(({ windowStart }) => windowStart),
      ['1795435200000000001', '1795435200000000001', '1795435200000000002'],
    );
  });

  test('200 keys, and one for all others', () => {
    const ledger = newLedger();
    for (let i = 0; i < 1000; i++)
      ledger.add(exchange({ route: `/r${i}`, statusCode: 200 + (i % 5) * 100 }), 1);
    ledger.add(exchange({ route: '/r0' }), 1);
    assert.equal(ledger.collect(exchange({ route: '/r500' })), 0, 'is in the key of all others');
    const entries = ledger.drain();
    assert.equal(entries.length, 201);
    assert.equal(counts(entries), 1001);
    assert.deepEqual(entries[200], {
      route: '_OTHER',
      method: undefined,
      statusClass: '_OTHER',
      cause: undefined,
      count: 800,
      windowStart: '1795435200000000001',
    });
    for (let i = 0; i < 201; i++) ledger.add(exchange({ route: `/r${i}` }), 1, 'queue_full');
    assert.equal(ledger.drain().at(-1)?.cause, '_OTHER');
  });

  test('a count that could not be reported comes back with the start of its window', () => {
    const ledger = newLedger(2);
    const before = ['/a', '/b', '/c', '/d'].map((route) => exchange({ route }));
    for (const key of before) ledger.add(key, 1, 'ETIMEDOUT');
    ledger.add(exchange({ route: undefined, method: 'PROPFIND' }), 2, 'ETIMEDOUT');
    const drained = ledger.drain();
    for (const entry of drained) ledger.restore(entry, 2);
    ledger.add(exchange({ route: '/a' }), 2, 'ETIMEDOUT');
    assert.equal(counts(drained), 5);
    assert.deepEqual(ledger.drain(), [{ ...drained[0], count: 2 }, drained[1], drained[2]]);
  });

  test('nothing is lost and nothing is counted twice, in whatever order it is used', () => {
    const key = fc.record({
      route: fc.option(fc.constantFrom('/a', '/b', '/c', 'GET'), { nil: undefined }),
      method: fc.constantFrom('GET', 'POST', 'PROPFIND'),
      statusCode: fc.option(fc.constantFrom(200, 201, 404, 503), { nil: undefined }),
      outcome: fc.constantFrom('completed', 'aborted'),
    });
    const what = fc.constantFrom('add', 'add', 'add', 'add', 'collect', 'collect', 'drain');
    const uses = (cause: fc.Arbitrary<string | undefined>) =>
      fc.array(fc.tuple(what, key, cause), { maxLength: 200 });
    const suppressedOrLost = fc.oneof(
      uses(fc.constantFrom(undefined, 'rate', 'share', 'degraded')),
      uses(fc.constantFrom('queue_full', 'ECONNREFUSED')),
    );
    const nameOf = (parts: ExchangeKey, type: string | undefined): string =>
      JSON.stringify([
        parts.route ?? { method: knownMethods.has(parts.method) ? parts.method : '_OTHER' },
        parts.statusCode === undefined ? parts.outcome : `${String(parts.statusCode)[0]}xx`,
        type,
      ]);
    fc.assert(
      fc.property(suppressedOrLost, fc.constantFrom(3, 200), (used, maxKeys) => {
        const ledger = newLedger(maxKeys);
        const expected = new Map<string, number>();
        let added = 0;
        let reported = 0;
        for (const [action, parts, type] of [...used, ['drain', OTHER_KEY, undefined] as const]) {
          const name = nameOf(parts, type);
          if (action === 'add') {
            ledger.add(parts, 1, type);
            added += 1;
            expected.set(name, (expected.get(name) ?? 0) + 1);
          } else if (action === 'collect') {
            const taken = ledger.collect(parts);
            let all = 0;
            for (const cause of CAUSES) {
              all += expected.get(nameOf(parts, cause)) ?? 0;
              expected.delete(nameOf(parts, cause));
            }
            if (maxKeys === 200) assert.equal(taken, all);
            reported += taken;
          } else {
            const entries = ledger.drain();
            assert.ok(entries.length <= maxKeys + 4);
            if (maxKeys === 200) {
              assert.deepEqual(entries.map(({ count }) => count).sort(), [...expected.values()].sort());
            }
            expected.clear();
            reported += counts(entries);
          }
        }
        assert.equal(reported, added);
      }),
    );
  });
});
