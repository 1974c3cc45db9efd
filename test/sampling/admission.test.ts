import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ERROR, exchange, NORMAL, said } from './support/records.ts';
import { ledgerEvent, receipt, recordOf, scene } from './support/scene.ts';

describe('admit, then pass on', () => {
  test('the record of an admitted exchange passes and takes no second token; a suppressed one is not built', () => {
    const { processor, next, serve } = scene({ burst: 2 });
    let built = 0;
    const admissions = [1, 2, 3].map(() => {
      const admission = processor.admit(NORMAL);
      if (admission === undefined) return false;
      built += 1;
      processor.passOn(admission, recordOf(NORMAL));
      return true;
    });
    assert.deepEqual(admissions, [true, true, false]);
    assert.equal(built, 2);
    assert.equal(next.records.length, 2);
    assert.equal(serve(ERROR), true);
    assert.deepEqual(processor.totals(), { served: 4, ignored: 0, suppressed: 1, kept: 3 });
  });

  test('an admission is for one record: others that are emitted meanwhile are decided on', () => {
    const { processor, next } = scene({ burst: 2 });
    const admission = processor.admit(NORMAL) ?? assert.fail();
    processor.onEmit(recordOf(NORMAL));
    processor.onEmit(recordOf(NORMAL));
    processor.passOn(admission, recordOf(NORMAL));
    assert.equal(next.records.length, 2);
    assert.deepEqual(processor.totals(), { served: 3, ignored: 0, suppressed: 1, kept: 2 });
  });

  test('a record that is not selected passes meanwhile and leaves the admission alone', () => {
    const { processor, next } = scene();
    const admission = processor.admit(NORMAL) ?? assert.fail();
    processor.onEmit(recordOf(NORMAL, 'app.log'));
    processor.passOn(admission, recordOf(NORMAL));
    assert.deepEqual(next.notes, ['app.log', 'access_log.request']);
    assert.deepEqual(processor.totals(), { served: 1, ignored: 0, suppressed: 0, kept: 1 });
  });

  test('one exchange may end while the record of another is built', () => {
    const { processor, next, serve } = scene({ burst: 2 });
    serve(ERROR);
    serve(exchange({ ...ERROR, route: '/inner' }));
    serve(NORMAL);
    assert.equal(serve(exchange({ route: '/inner' })), false);
    assert.deepEqual(processor.totals(), { served: 4, ignored: 0, suppressed: 1, kept: 3 });

    const nested = scene({ burst: 2 });
    const admission = nested.processor.admit(NORMAL) ?? assert.fail();
    assert.equal(nested.serve(ERROR), true);
    nested.processor.passOn(admission, recordOf(NORMAL));
    assert.equal(nested.next.records.length, 2);
    assert.deepEqual(nested.processor.totals(), { served: 2, ignored: 0, suppressed: 0, kept: 2 });
    assert.equal(next.records.length, 3);
  });

  test('decides at the reading of the clock that it is given', () => {
    const { processor, serve } = scene({ rate: 1 });
    serve(NORMAL);
    assert.equal(processor.admit(NORMAL, 999), undefined);
    assert.notEqual(processor.admit(NORMAL, 1000), undefined);
  });

  test('a window starts at the time of the exchange that was counted first, not at that of the call', () => {
    const { processor, next, wallTimes } = scene({ burst: 1 });
    const admission = processor.admit(NORMAL, 4) ?? assert.fail();
    processor.admit(NORMAL, 5);
    processor.lose(admission, new Error('no'));
    processor.recordLost(receipt(NORMAL), 'queue_full', 1);
    processor.report();
    assert.deepEqual(wallTimes, [5, 4]);
    assert.equal(next.records.length, 4);
  });

  test('an exchange whose record cannot be built counts as kept and lost', () => {
    const { processor, next, serve } = scene({
      rate: 1,
      delivery: () => ({ delivered: 5, lost: 7, pending: 0 }),
    });
    serve(NORMAL);
    serve(NORMAL);
    const admission = processor.admit(NORMAL, 1000) ?? assert.fail();
    assert.equal(admission.suppressedBefore, 1);
    processor.lose(admission, Object.assign(new Error('no'), { code: 'ENO' }));
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
    assert.equal(processor.totals().served, 4, 'the next record is decided on');
    processor.report();
    const ofOrders = { 'http.route': '/orders/:id', 'access_log.status_class': '2xx', 'access_log.count': 1 };
    const { 'access_log.reason': _reason, ...givenBack } = ledgerEvent('suppressed', '', {}, 4).attributes;
    assert.deepEqual(next.records.slice(1, 4).map(said), [
      ledgerEvent('suppressed', 'suppressed 1 record of /orders/:id 2xx', ofOrders, 3),
      {
        ...ledgerEvent('suppressed', 'suppressed 1 record of /orders/:id 2xx', {}, 4),
        attributes: { ...givenBack, ...ofOrders },
      },
      ledgerEvent(
        'lost',
        'lost 1 record of /orders/:id 2xx: ENO',
        {
          'http.route': '/orders/:id',
          'access_log.status_class': '2xx',
          'access_log.count': 1,
          'error.type': 'ENO',
        },
        5,
        2,
      ),
    ]);
  });

  test('what is lost is lost under its own key, even if the exchange is filled anew meanwhile', () => {
    const { processor, next } = scene();
    const reused = { ...NORMAL };
    const admission = processor.admit(reused) ?? assert.fail();
    reused.route = '/other';
    processor.lose(admission, 'no error');
    processor.report();
    assert.equal(next.records[0]?.body, 'lost 1 record of /orders/:id 2xx: _OTHER');
  });

  test('an error of the next processor does not reach the caller; the record is lost under its own key', () => {
    const { processor, next, errors } = scene();
    const reused = { ...NORMAL };
    const admission = processor.admit(reused) ?? assert.fail();
    const failure = new RangeError('broken');
    const { onEmit } = next;
    next.onEmit = () => {
      reused.route = '/other';
      processor.onEmit(recordOf(exchange({ route: '/other' })));
      throw failure;
    };
    processor.passOn(admission, recordOf(NORMAL));
    assert.deepEqual(errors, [failure]);
    next.onEmit = onEmit;
    processor.report();
    assert.deepEqual(
      next.records.map(({ body }) => body),
      [
        'suppressed 1 record of /other 2xx',
        'lost 1 record of /orders/:id 2xx: RangeError',
        'heartbeat: served 2, ignored 0, suppressed 1, kept 1',
      ],
    );
  });

  test('a record that comes after shutdown is lost; after shutdown nothing is admitted', async () => {
    const { processor, next } = scene({ delivery: () => ({ delivered: 0, lost: 0, pending: 0 }) });
    const admission = processor.admit(NORMAL) ?? assert.fail();
    await processor.shutdown();
    processor.passOn(admission, recordOf(NORMAL));
    assert.equal(processor.admit(ERROR), undefined);
    const { served, kept, lost } = processor.totals();
    assert.deepEqual([served, kept, lost], [1, 1, 1]);
    assert.deepEqual(next.notes, ['access_log.heartbeat', 'shutdown']);
  });

  test('a record that cannot be built is lost, and what it should have carried is not', () => {
    const { processor, next, serve } = scene({ rate: 1 });
    serve(NORMAL);
    serve(NORMAL);
    processor.lose(processor.admit(NORMAL, 1000) ?? assert.fail(), new TypeError('no'));
    processor.report();
    assert.deepEqual(
      next.records.slice(1).map(({ body }) => body),
      [
        'suppressed 1 record of /orders/:id 2xx',
        'lost 1 record of /orders/:id 2xx: TypeError',
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
    const full = recordOf(NORMAL);
    full.setAttribute = () => full;
    processor.passOn(processor.admit(exchange({ ...ERROR, statusCode: 200 })) ?? assert.fail(), full);
    processor.report();
    assert.equal(next.records[2]?.body, 'suppressed 1 record of /orders/:id 2xx');
  });
});
