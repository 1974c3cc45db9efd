import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { LogRecordProcessor } from '@opentelemetry/sdk-logs';
import { EventRecord } from '../../src/sampling/events/event-record.ts';
import { exchange, NORMAL, NotingProcessor, said } from './support/records.ts';
import { ledgerEvent, receipt, recordOf, scene } from './support/scene.ts';

class ThrowingProcessor extends NotingProcessor {
  failure: Error | undefined;

  override onEmit(record: Parameters<LogRecordProcessor['onEmit']>[0]): void {
    super.onEmit(record);
    if (this.failure !== undefined) throw this.failure;
  }
}

describe('onEmit', () => {
  test('what is not selected passes untouched and uncounted', () => {
    const { processor, next } = scene({ burst: 0, errorBurst: 0, select: ['app.audit'] });
    const foreign = recordOf(NORMAL);
    const nameless = Object.assign(recordOf(NORMAL), { eventName: undefined });
    processor.onEmit(foreign);
    processor.onEmit(nameless);
    processor.onEmit(recordOf(NORMAL, 'app.audit'));
    assert.equal(next.records.length, 2);
    assert.equal(next.records[0], foreign);
    assert.equal(next.records[1], nameless);
    assert.deepEqual(foreign.attributes, recordOf(NORMAL).attributes);
    assert.deepEqual(processor.totals(), { served: 1, ignored: 0, suppressed: 1, kept: 0 });
  });

  test('never throws; the first error is reported, each record is counted', () => {
    const next = new ThrowingProcessor();
    const { processor, errors, serve } = scene(
      { burst: 2, rate: 0, delivery: () => ({ delivered: 0, lost: 0, pending: 0 }) },
      next,
    );
    next.failure = new TypeError('broken');
    processor.onEmit(recordOf(NORMAL));
    assert.equal(serve(NORMAL), true);
    processor.onEmit(recordOf(NORMAL, 'app.log'));
    processor.onEmit(recordOf(NORMAL));
    assert.deepEqual(errors, [next.failure]);
    processor.report();
    next.failure = undefined;
    processor.report();
    assert.deepEqual(
      next.records.slice(-2).map(({ body }) => body),
      ['suppressed 1 record of /orders/:id 2xx', 'lost 2 records of /orders/:id 2xx: TypeError'],
      'what could not be reported is reported as soon as it can be',
    );
    assert.deepEqual(processor.totals(), {
      served: 3,
      ignored: 0,
      suppressed: 1,
      kept: 2,
      delivered: 0,
      lost: 2,
      pending: 0,
    });
  });

  test('enabled() answers for the next processor and takes no token', () => {
    const { processor, next } = scene();
    const options = {} as Parameters<typeof processor.enabled>[0];
    for (let i = 0; i < 10; i++) assert.equal(processor.enabled(options), true);
    Object.assign(next, { enabled: (asked: unknown) => asked !== options });
    assert.equal(processor.enabled(options), false);
    processor.onEmit(recordOf(NORMAL));
    assert.equal(next.records.length, 1);
  });
});

describe('recordLost', () => {
  test('counts records of exchanges, per key and reason', (t) => {
    t.mock.timers.enable({ apis: ['setTimeout', 'setInterval'] });
    const { processor, next } = scene();
    processor.recordLost(receipt(NORMAL), 'queue_full', 1);
    processor.recordLost(receipt(NORMAL), 'queue_full', 1);
    const aborted = exchange({ route: undefined, statusCode: undefined, outcome: 'aborted' });
    processor.recordLost(receipt(aborted), 'UNAVAILABLE', 3);
    t.mock.timers.tick(10_000);
    assert.deepEqual(next.records.map(said), [
      ledgerEvent(
        'lost',
        'lost 2 records of /orders/:id 2xx: queue_full',
        {
          'http.route': '/orders/:id',
          'access_log.status_class': '2xx',
          'access_log.count': 2,
          'error.type': 'queue_full',
        },
        2,
      ),
      ledgerEvent(
        'lost',
        'lost 3 records of GET aborted: UNAVAILABLE',
        {
          'http.request.method': 'GET',
          'access_log.status_class': 'aborted',
          'access_log.count': 3,
          'error.type': 'UNAVAILABLE',
        },
        3,
      ),
    ]);
  });

  test('what a lost record carried is reported by another one', () => {
    const { processor, next, serve } = scene({ burst: 2 });
    processor.recordLost(receipt(NORMAL, 7), 'memory_limit', 1);
    serve(NORMAL);
    assert.equal(next.records[0]?.attributes['access_log.suppressed_before'], 7);
  });

  test('a count whose event was lost is reported once more', (t) => {
    t.mock.timers.enable({ apis: ['setTimeout', 'setInterval'] });
    const { processor, next, serve } = scene({ burst: 1 });
    for (let served = 0; served < 4; served++) serve(NORMAL);
    t.mock.timers.tick(10_000);
    const [, first] = next.records;
    assert.ok(first instanceof EventRecord && first.receipt !== undefined);
    processor.recordLost(first.receipt, 'memory_limit', 1);
    t.mock.timers.tick(10_000);
    const [, , again, ...others] = next.records;
    assert.deepEqual({ ...again?.attributes }, { ...first.attributes });
    assert.deepEqual([first.attributes['access_log.count'], others], [3, []]);
  });
});

describe('the end', () => {
  test('shutdown reports the rest and the final totals before it is passed on, once', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout', 'setInterval'] });
    const { next, processor, serve } = scene();
    serve(NORMAL);
    serve(NORMAL);
    const [first, second] = [processor.shutdown(), processor.shutdown()];
    assert.equal(first, second);
    await first;
    assert.deepEqual(next.notes, [
      'access_log.request',
      'access_log.suppressed',
      'access_log.heartbeat',
      'shutdown',
    ]);
    assert.deepEqual(said(next.records[2] ?? assert.fail()), {
      eventName: 'access_log.heartbeat',
      severityText: 'INFO',
      severityNumber: 9,
      body: 'heartbeat: served 2, ignored 0, suppressed 1, kept 1',
      attributes: {
        'access_log.event': 'heartbeat',
        'access_log.total.served': 2,
        'access_log.total.ignored': 0,
        'access_log.total.suppressed': 1,
        'access_log.total.kept': 1,
        'access_log.mode': 'normal',
        'access_log.process_id': 'p1',
        'access_log.final': true,
      },
      hrTime: [1_795_435_200, 3],
    });

    assert.equal(serve(NORMAL), false);
    processor.onEmit(recordOf(NORMAL));
    processor.onEmit(recordOf(NORMAL, 'app.log'));
    processor.countIgnored();
    processor.recordLost(receipt(NORMAL), 'queue_full', 1);
    processor.report();
    t.mock.timers.tick(600_000);
    assert.equal(next.notes.length, 4, 'nothing comes after');
    assert.equal(processor.totals().served, 2);
  });

  test('a process that served nothing writes no event', async () => {
    const { next, processor } = scene();
    await processor.shutdown();
    assert.deepEqual(next.notes, ['shutdown']);
  });

  test('forceFlush hands its options on and reports nothing', async () => {
    const { next, processor, serve } = scene({ burst: 0 });
    serve(NORMAL);
    await processor.forceFlush({ timeoutMillis: 5 });
    assert.deepEqual(next.notes, [['forceFlush', { timeoutMillis: 5 }]]);
  });
});
