import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { RouteKeys } from '../../../src/sampling/shares/route-keys.ts';
import { ShareTable } from '../../../src/sampling/shares/share-table.ts';

describe('numbers of routes', () => {
  test('1024 routes, one of them for exchanges without a route, have a place each in a table', () => {
    const keys = new RouteKeys();
    const routes = [undefined, ...Array.from({ length: 1023 }, (_, at) => `/r${at}`)];
    const slots = routes.map((route) => ShareTable.slotOfNumber(keys.of(route)));
    assert.equal(new Set(slots).size, 1024);
    assert.deepEqual(
      routes.map((route) => ShareTable.slotOfNumber(keys.of(route))),
      slots,
    );
    assert.equal(keys.of('_OTHER'), keys.of(undefined));
  });

  test('more routes than that share places, within the table', () => {
    const keys = new RouteKeys();
    for (let at = 0; at < 10_000; at += 1) {
      const slot = ShareTable.slotOfNumber(keys.of(`/r${at}`));
      assert.ok(Number.isInteger(slot) && slot >= 0 && slot < 1024, String(slot));
    }
  });
});
