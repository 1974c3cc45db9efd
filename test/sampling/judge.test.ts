import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ERROR, exchange, NORMAL, said } from './support/records.ts';
import { ledgerEvent, recordOf, scene } from './support/scene.ts';

describe('judge', () => {
  test('a kept exchange passes, its record undecided; a suppressed one is not even built', () => {
    const { processor, next, serve } = scene({ burst: 2 });
    let built = 0;
    const emit = (): void => {
      built += 1;
      processor.onEmit(recordOf(NORMAL));
    };
    assert.deepEqual(
      [1, 2, 3].map(() => processor.judge(NORMAL, emit)),
      [true, true, false],
    );
    assert.equal(built, 2);
    assert.equal(next.records.length, 2);
    assert.equal(serve(ERROR), true);
    assert.deepEqual(processor.totals(), { served: 4, ignored: 0, suppressed: 1, kept: 3 });
  });

  test('only one record passes undecided', () => {
    const { processor, next } = scene({ burst: 2 });
    processor.judge(NORMAL, () => {
      processor.onEmit(recordOf(NORMAL));
      processor.onEmit(recordOf(NORMAL));
      processor.onEmit(recordOf(NORMAL));
    });
    assert.equal(next.records.length, 2);
    assert.deepEqual(processor.totals(), { served: 3, ignored: 0, suppressed: 1, kept: 2 });
  });

  test('another record that is emitted meanwhile does not use the decision up', () => {
    const { processor, next } = scene();
    processor.judge(NORMAL, () => {
      processor.onEmit(recordOf(NORMAL, 'app.log'));
      processor.onEmit(recordOf(NORMAL));
    });
    assert.deepEqual(next.notes, ['app.log', 'access_log.request']);
    assert.deepEqual(processor.totals(), { served: 1, ignored: 0, suppressed: 0, kept: 1 });
  });

  test('one exchange may end while another is emitted', () => {
    const { processor, next, serve } = scene({ burst: 2 });
    serve(ERROR);
    serve(exchange({ ...ERROR, route: '/inner' }));
    serve(NORMAL);
    assert.equal(serve(exchange({ route: '/inner' })), false);
    assert.deepEqual(processor.totals(), { served: 4, ignored: 0, suppressed: 1, kept: 3 });

    const nested = scene({ burst: 2 });
    nested.processor.judge(NORMAL, () => {
      assert.equal(nested.serve(ERROR), true);
      nested.processor.onEmit(recordOf(NORMAL));
    });
    assert.equal(nested.next.records.length, 2);
    assert.deepEqual(nested.processor.totals(), { served: 2, ignored: 0, suppressed: 0, kept: 2 });
    assert.equal(next.records.length, 3);
  });

  test('takes the reading of the clock that it is given', () => {
    const { processor, serve } = scene({ rate: 1 });
    serve(NORMAL);
    const emit = (): void => processor.onEmit(recordOf(NORMAL));
    assert.equal(processor.judge(NORMAL, emit, 999), false);
    assert.equal(processor.judge(NORMAL, emit, 1000), true);
  });

  test('an error of emit is heard by the caller, and the exchange counts as kept and lost', () => {
    const { processor, next, serve } = scene({
      rate: 1,
      delivery: () => ({ delivered: 5, lost: 7, pending: 0 }),
    });
    serve(NORMAL);
    serve(NORMAL);
    const failure = Object.assign(new Error('no'), { code: 'ENO' });
    assert.throws(
      () =>
        processor.judge(
          NORMAL,
          () => {
            throw failure;
          },
          1000,
        ),
      failure,
    );
    assert.deepEqual(processor.totals(), {
      served: 3,
      ignored: 0,
      suppressed: 1,
      kept: 2,
      delivered: 5,
      lost: 8,
      pending: 0,
    });
    processor.onEmit(recordOf(NORMAL));
    assert.equal(processor.totals().served, 4, 'the decision is not left open for the next record');
    processor.report();
    assert.deepEqual(next.records.slice(1, 3).map(said), [
      ledgerEvent(
        'suppressed',
        'suppressed 2 records of /orders/:id 2xx',
        { 'http.route': '/orders/:id', 'access_log.status_class': '2xx', 'access_log.count': 2 },
        3,
      ),
      ledgerEvent(
        'lost',
        'lost 1 record of /orders/:id 2xx: ENO',
        {
          'http.route': '/orders/:id',
          'access_log.status_class': '2xx',
          'access_log.count': 1,
          'error.type': 'ENO',
        },
        4,
        2,
      ),
    ]);
  });

  test('what is lost is lost under its own key, even if the exchange is filled anew meanwhile', () => {
    const { processor, next } = scene();
    const reused = { ...NORMAL };
    processor.judge(reused, () => {
      reused.route = '/other';
    });
    processor.report();
    assert.equal(next.records[0]?.body, 'lost 1 record of /orders/:id 2xx: not_emitted');
  });

  test('an error after the record has passed loses nothing', () => {
    const { processor } = scene({ delivery: () => ({ delivered: 0, lost: 0, pending: 1 }) });
    assert.throws(() =>
      processor.judge(NORMAL, () => {
        processor.onEmit(recordOf(NORMAL));
        throw new Error('late');
      }),
    );
    assert.equal(processor.totals().lost, 0);
  });

  test('a record that never comes is lost, and what it should have carried is not', () => {
    const { processor, next, serve } = scene({ rate: 1 });
    serve(NORMAL);
    serve(NORMAL);
    assert.equal(
      processor.judge(NORMAL, () => {}, 1000),
      true,
    );
    processor.report();
    assert.deepEqual(
      next.records.slice(1).map(({ body }) => body),
      [
        'suppressed 1 record of /orders/:id 2xx',
        'lost 1 record of /orders/:id 2xx: not_emitted',
        'heartbeat: served 3, ignored 0, suppressed 1, kept 2',
      ],
    );
  });
});

describe('what a kept record carries', () => {
  test('the count of its key, once', () => {
    const { next, processor, serve } = scene({ burst: 1, errorBurst: 3 });
    serve(NORMAL);
    for (let i = 0; i < 5; i++) serve(NORMAL);
    serve(exchange({ ...ERROR, statusCode: 200 }));
    serve(exchange({ ...ERROR, statusCode: 200 }));
    serve(ERROR);
    assert.deepEqual(
      next.records.map(({ attributes }) => attributes['access_log.suppressed_before']),
      [undefined, 5, undefined, undefined],
    );
    processor.report();
    assert.equal(next.records.at(-1)?.eventName, 'access_log.heartbeat');
    assert.equal(next.records.length, 5, 'nothing is left for the ledger');
  });

  test('the count stays in the ledger where the record cannot take the attribute', () => {
    const { next, processor, serve } = scene();
    serve(NORMAL);
    serve(NORMAL);
    processor.judge(exchange({ ...ERROR, statusCode: 200 }), () => {
      const full = recordOf(NORMAL);
      full.setAttribute = () => full;
      processor.onEmit(full);
    });
    processor.report();
    assert.equal(next.records[2]?.body, 'suppressed 1 record of /orders/:id 2xx');
  });
});
