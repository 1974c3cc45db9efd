import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LostRecordsHook } from '../../src/delivery/lost-records-hook.ts';
import type { Hooks, LostRecords } from '../../src/options/options.ts';
import type { ExchangeKey } from '../../src/record/receipt/exchange-key.ts';

const ORDERS: ExchangeKey = { route: '/orders/:id', method: 'GET', statusCode: 200, outcome: 'completed' };
const REJECTED: ExchangeKey = { route: undefined, method: 'PUT', statusCode: undefined, outcome: 'rejected' };
const OF_ORDERS = { route: '/orders/:id', method: undefined, statusClass: '2xx' };
const OF_REJECTED = { route: undefined, method: 'PUT', statusClass: 'rejected' };
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('losses of a turn make one call, added up by key and reason; flush does not wait for the next turn', async () => {
  const calls: (readonly LostRecords[])[] = [];
  const hook = new LostRecordsHook(
    (counts) => calls.push(counts),
    (error) => assert.fail(String(error)),
  );
  hook.add(ORDERS, 'queue_full', 2);
  hook.add(ORDERS, 'queue_full', 1);
  hook.add(ORDERS, '503', 1);
  hook.add(REJECTED, '503', 1);
  assert.deepEqual(calls, []);
  await turn();
  hook.add(REJECTED, '503', 4);
  hook.flush();
  assert.deepEqual(calls, [
    [
      { ...OF_ORDERS, errorType: 'queue_full', count: 3 },
      { ...OF_ORDERS, errorType: '503', count: 1 },
      { ...OF_REJECTED, errorType: '503', count: 1 },
    ],
    [{ ...OF_REJECTED, errorType: '503', count: 4 }],
  ]);
  hook.flush();
  await turn();
  assert.equal(calls.length, 2);
});

const broken: readonly [what: string, onLost: Hooks['onLost']][] = [
  [
    'throws',
    () => {
      throw new Error('mine');
    },
  ],
  // An unhandled rejection would fail this test.
  ['returns a promise that rejects', (async () => Promise.reject(new Error('mine'))) as Hooks['onLost']],
];
for (const [what, onLost] of broken) {
  test(`a hook that ${what} is reported once and not called again`, async () => {
    let calls = 0;
    const errors: unknown[] = [];
    const hook = new LostRecordsHook(
      (counts) => {
        calls++;
        return onLost?.(counts);
      },
      (error) => errors.push(error),
    );
    for (let index = 0; index < 3; index++) {
      hook.add(ORDERS, '503', 1);
      hook.flush();
      await turn();
    }
    assert.deepEqual([calls, errors.map(String)], [1, ['Error: mine']]);
  });
}
