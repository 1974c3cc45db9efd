import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import { describe, test } from 'node:test';
import type { Receipt } from '../../../src/record/receipt/receipt.ts';
import { SamplingProcessor } from '../../../src/sampling/sampling-processor.ts';
import { countingClock, exchange, NORMAL, NotingProcessor, SETTINGS, said } from '../support/records.ts';
import { instrumentationScope, ledgerEvent, resource, scene } from '../support/scene.ts';

describe('windows and heartbeats', () => {
  test('two windows: each is reported 10 s after its first count, each key once', (t) => {
    t.mock.timers.enable({ apis: ['setTimeout', 'setInterval'] });
    const { next, serve } = scene();
    serve(NORMAL);
    t.mock.timers.tick(5000);
    assert.equal(next.records.length, 1);
    serve(NORMAL);
    serve(exchange({ route: '/a' }));
    t.mock.timers.tick(9999);
    serve(NORMAL);
    assert.equal(next.records.length, 1);
    t.mock.timers.tick(1);
    const ofOrders = { 'http.route': '/orders/:id', 'access_log.status_class': '2xx' };
    assert.deepEqual(next.records.slice(1).map(said), [
      ledgerEvent(
        'suppressed',
        'suppressed 2 records of /orders/:id 2xx',
        { ...ofOrders, 'access_log.count': 2 },
        2,
      ),
      ledgerEvent(
        'suppressed',
        'suppressed 1 record of /a 2xx',
        { 'http.route': '/a', 'access_log.status_class': '2xx', 'access_log.count': 1 },
        3,
      ),
    ]);
    t.mock.timers.tick(20_000);
    assert.equal(next.records.length, 3, 'a window without a count says nothing');
    serve(NORMAL);
    t.mock.timers.tick(10_000);
    assert.deepEqual(next.records.slice(3).map(said), [
      ledgerEvent(
        'suppressed',
        'suppressed 1 record of /orders/:id 2xx',
        { ...ofOrders, 'access_log.count': 1 },
        5,
        4,
      ),
    ]);
  });

  test('exchanges that wait are decided on before events are written', (t) => {
    t.mock.timers.enable({ apis: ['setTimeout', 'setInterval'] });
    const waiting = [exchange({ route: '/late' })];
    const { next, serve } = scene({
      burst: 0,
      beforeReport: () => {
        for (const one of waiting.splice(0)) serve(one);
      },
    });
    serve(NORMAL);
    t.mock.timers.tick(10_000);
    const bodies = (): unknown[] => next.records.map(({ body }) => body);
    assert.deepEqual(bodies(), [
      'suppressed 1 record of /orders/:id 2xx',
      'suppressed 1 record of /late 2xx',
    ]);
    waiting.push(NORMAL);
    t.mock.timers.tick(50_000);
    assert.equal(next.records.at(-1)?.attributes['access_log.total.served'], 3);
  });

  test('what is beyond 200 keys is reported as one', (t) => {
    t.mock.timers.enable({ apis: ['setTimeout', 'setInterval'] });
    const { next, serve } = scene({ burst: 0 });
    for (let i = 0; i < 300; i++) serve(exchange({ route: `/r${i}` }));
    t.mock.timers.tick(10_000);
    assert.equal(next.records.length, 201);
    assert.deepEqual(next.records.slice(-1).map(said), [
      ledgerEvent(
        'suppressed',
        'suppressed 100 records of all other keys',
        { 'http.route': '_OTHER', 'access_log.status_class': '_OTHER', 'access_log.count': 100 },
        202,
      ),
    ]);
  });

  test('a heartbeat has what the limits of the servers turned away, where that is not nothing', () => {
    const { next, processor, serve } = scene({ dropped: () => ({ connections: 7, requests: 0, fields: 3 }) });
    serve(NORMAL);
    processor.report();
    assert.deepEqual(next.records.at(-1)?.attributes, {
      'access_log.event': 'heartbeat',
      'access_log.total.served': 1,
      'access_log.total.ignored': 0,
      'access_log.total.suppressed': 0,
      'access_log.total.kept': 1,
      'access_log.total.dropped_connections': 7,
      'access_log.total.dropped_fields': 3,
      'access_log.mode': 'normal',
      'access_log.process_id': 'p1',
    });
  });

  test('a heartbeat says which rules are in force, and what masking could not show', () => {
    const unmatched = Array.from({ length: 22 }, (_, at) => `query.q${at}`);
    const reports = [
      { hash: '0a1b2c3d', keyId: '12ab', isStale: true, runtime: ['rate=5', 'ignore=2'], unmatched },
      { hash: undefined, keyId: '12ab', isStale: false, runtime: [], unmatched: ['card'] },
      undefined,
    ];
    const counts = { failed: 2, notScanned: 3 };
    const { next, processor, serve } = scene({ masking: () => counts, rules: () => reports.shift() });
    const totals = {
      'access_log.event': 'heartbeat',
      'access_log.total.served': 1,
      'access_log.total.ignored': 0,
      'access_log.total.suppressed': 0,
      'access_log.total.kept': 1,
    };
    serve(NORMAL);
    processor.report();
    assert.deepEqual(next.records.at(-1)?.attributes, {
      ...totals,
      'access_log.total.masking_failed': 2,
      'access_log.total.not_scanned': 3,
      'access_log.rules.hash': '0a1b2c3d',
      'access_log.rules.key_id': '12ab',
      'access_log.rules.stale': true,
      'access_log.rules.runtime': ['rate=5', 'ignore=2'],
      'access_log.rules.unmatched': [...unmatched.slice(0, 20), '2 more'],
      'access_log.mode': 'normal',
      'access_log.process_id': 'p1',
    });
    processor.report(true);
    assert.deepEqual(next.records.at(-1)?.attributes, {
      ...totals,
      'access_log.total.masking_failed': 2,
      'access_log.total.not_scanned': 3,
      'access_log.rules.key_id': '12ab',
      'access_log.rules.stale': false,
      'access_log.rules.unmatched': ['card'],
      'access_log.mode': 'normal',
      'access_log.process_id': 'p1',
      'access_log.final': true,
    });
    counts.failed = 0;
    counts.notScanned = 0;
    serve(NORMAL);
    processor.report();
    assert.deepEqual(next.records.at(-1)?.attributes, {
      ...totals,
      'access_log.total.served': 2,
      'access_log.total.suppressed': 1,
      'access_log.mode': 'normal',
      'access_log.process_id': 'p1',
    });
  });

  test('a heartbeat every 60 s from the first exchange on, and none before', (t) => {
    t.mock.timers.enable({ apis: ['setTimeout', 'setInterval'] });
    const { next, processor, serve } = scene({ delivery: () => ({ delivered: 3, lost: 2, pending: 1 }) });
    t.mock.timers.tick(600_000);
    assert.deepEqual(next.notes, []);
    processor.countIgnored();
    t.mock.timers.tick(59_999);
    assert.deepEqual(next.notes, []);
    t.mock.timers.tick(1);
    serve(NORMAL);
    t.mock.timers.tick(60_000);
    const heartbeat = (attributes: object, body: string, nanos: number): object => ({
      eventName: 'access_log.heartbeat',
      severityText: 'INFO',
      severityNumber: 9,
      body,
      attributes: {
        'access_log.event': 'heartbeat',
        'access_log.total.ignored': 1,
        'access_log.total.suppressed': 0,
        'access_log.total.delivered': 3,
        'access_log.total.lost': 2,
        'access_log.total.pending': 1,
        'access_log.mode': 'normal',
        'access_log.process_id': 'p1',
        ...attributes,
      },
      hrTime: [1_795_435_200, nanos],
    });
    const events = next.records.filter(({ eventName }) => eventName === 'access_log.heartbeat');
    assert.deepEqual(events.map(said), [
      heartbeat(
        { 'access_log.total.served': 1, 'access_log.total.kept': 0 },
        'heartbeat: served 1, ignored 1, suppressed 0, kept 0, delivered 3, lost 2, pending 1',
        1,
      ),
      heartbeat(
        { 'access_log.total.served': 2, 'access_log.total.kept': 1 },
        'heartbeat: served 2, ignored 1, suppressed 0, kept 1, delivered 3, lost 2, pending 1',
        2,
      ),
    ]);
    assert.equal(events[0]?.resource, resource);
    assert.equal(events[0]?.instrumentationScope, instrumentationScope);
  });

  test('no timer before the first exchange, and none that keeps the process alive or knows the request', async (t) => {
    const storage = new AsyncLocalStorage<string>();
    const startedIn: unknown[] = [];
    const { setTimeout: timeout, setInterval: interval } = globalThis;
    t.mock.method(globalThis, 'setTimeout', (callback: () => void, ms: number) => {
      startedIn.push(storage.getStore());
      return timeout(callback, ms);
    });
    t.mock.method(globalThis, 'setInterval', (callback: () => void, ms: number) => {
      startedIn.push(storage.getStore());
      return interval(callback, ms);
    });
    const active = (): number => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
    const before = active();
    const { processor, serve } = scene({ burst: 0 });
    assert.deepEqual(startedIn, []);
    storage.run('request', () => serve(NORMAL));
    assert.deepEqual(startedIn, [undefined, undefined, undefined], 'heartbeat, mode, window');
    assert.equal(active(), before);
    await processor.shutdown();
  });

  test('report: what the ledgers hold now, and the totals if there was an exchange since', (t) => {
    t.mock.timers.enable({ apis: ['setTimeout', 'setInterval'] });
    const { next, processor, serve } = scene();
    processor.report(true);
    serve(NORMAL);
    serve(NORMAL);
    processor.report(true);
    processor.report(true);
    t.mock.timers.tick(10_000);
    assert.deepEqual(
      next.records.map(({ eventName, attributes }) => [eventName, attributes['access_log.final']]),
      [
        ['access_log.request', undefined],
        ['access_log.suppressed', undefined],
        ['access_log.heartbeat', true],
      ],
    );
  });

  test('counts wait until resource and scope are known', () => {
    const next = new NotingProcessor();
    const clock = countingClock();
    const processor = new SamplingProcessor(
      { ...SETTINGS, rate: 0, burst: 0 },
      {
        now: () => 0,
        timestamp: clock,
        wallTime: clock,
        processId: 'p1',
        onError: () => assert.fail(),
      },
      next,
    );
    assert.equal(processor.admit(NORMAL), undefined);
    processor.report();
    assert.deepEqual(next.notes, []);
    processor.setResourceScope(resource, instrumentationScope);
    processor.report();
    assert.equal(next.records[0]?.body, 'suppressed 1 record of /orders/:id 2xx');
  });
});

describe('an event of another part of the package', () => {
  const content = {
    eventName: 'access_log.started',
    severityNumber: 9,
    severityText: 'INFO',
    body: 'started GET /events 200 11B 60000.0ms',
    attributes: { 'access_log.event': 'started' },
    spanContext: { traceId: '1'.repeat(32), spanId: '2'.repeat(16), traceFlags: 1 },
  };

  test('passes with its ids, whatever the buckets hold, and is not counted', () => {
    const { processor, next } = scene({ burst: 0, errorBurst: 0 });
    processor.writeEvent(content, () => assert.fail('it was not lost'));
    const [record] = next.records;
    assert.deepEqual(
      { ...said(record ?? assert.fail()), spanContext: record?.spanContext },
      { ...said(record ?? assert.fail()), ...content },
    );
    const { served, kept } = processor.totals();
    assert.deepEqual({ served, kept }, { served: 0, kept: 0 });
  });

  test('that the next processor rejects, or that delivery loses, is given back', () => {
    const given: string[] = [];
    const failing = new NotingProcessor();
    failing.onEmit = () => {
      throw new Error('full');
    };
    scene({}, failing).processor.writeEvent(content, () => given.push('rejected'));
    const { processor, next } = scene();
    processor.writeEvent(content, () => given.push('lost'));
    const { receipt } = next.records[0] as unknown as { readonly receipt: Receipt };
    processor.recordLost(receipt, 'memory_limit', 1);
    assert.deepEqual(given, ['rejected', 'lost']);
  });

  test('does not pass after shutdown', async () => {
    const { processor, next } = scene();
    await processor.shutdown();
    processor.writeEvent(content, () => undefined);
    assert.deepEqual(next.records, []);
  });
});
