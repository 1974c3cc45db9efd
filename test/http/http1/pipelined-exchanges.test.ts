import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { PipelinedExchanges } from '../../../src/http/http1/pipelined-exchanges.ts';
import { assertLinear } from '../../hostile/support/growth.ts';

class Open {
  readonly id: number;
  ended = false;

  constructor(id: number) {
    this.id = id;
  }
}

function filled(count: number): { list: PipelinedExchanges<Open>; all: readonly Open[] } {
  const list = new PipelinedExchanges<Open>();
  const all = Array.from({ length: count }, (_, id) => new Open(id));
  for (const exchange of all) list.add(exchange);
  return { list, all };
}

/** Ends the oldest, as long as there is one; the ids in the order of their ends. */
function drain(list: PipelinedExchanges<Open>): number[] {
  const ids: number[] = [];
  while (list.first !== undefined) {
    ids.push(list.first.id);
    list.first.ended = true;
    list.dropEnded();
  }
  return ids;
}

describe('open exchanges', () => {
  test('come in the order in which they began', () => {
    for (const count of [0, 1, 2, 63, 64, 65, 1000]) {
      const { list } = filled(count);
      assert.deepEqual(
        drain(list),
        Array.from({ length: count }, (_, id) => id),
      );
    }
  });

  test('that ended out of turn are left out when it is theirs', () => {
    const { list, all } = filled(5);
    for (const id of [1, 2, 4]) {
      const exchange = all[id];
      assert.ok(exchange !== undefined);
      exchange.ended = true;
      list.dropEnded();
    }
    assert.deepEqual(drain(list), [0, 3]);
  });

  test('of a connection that always has some waiting stay in order', () => {
    const { list } = filled(3);
    for (let id = 3; id < 1000; id += 1) {
      assert.equal(list.first?.id, id - 3);
      list.first.ended = true;
      list.dropEnded();
      list.add(new Open(id));
    }
    assert.deepEqual(drain(list), [997, 998, 999]);
  });

  test('cost the same each, however many there are', () => {
    assertLinear(
      (count) => count,
      (count) => drain(filled(count).list),
    );
  });
});
