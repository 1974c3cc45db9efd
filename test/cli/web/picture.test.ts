import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Picture } from '../../../src/cli/web/picture.ts';
import { COUNTS, sortRows } from '../../../src/cli/web/snapshot.ts';
import { exchange, record } from '../tail/support/records.ts';

const START = 1_795_442_400;
const NO_TROUBLE = { unreadable: 0, leftOut: 0 };

/** An exchange that ended so many seconds after the start. */
function at(second: number, attributes: Readonly<Record<string, unknown>> = {}, service = 'shop') {
  return { ...exchange(attributes, service), timeUnixNano: nanos(second) };
}

function event(second: number, attributes: Readonly<Record<string, unknown>>) {
  return { ...record(attributes), timeUnixNano: nanos(second) };
}

function nanos(second: number): bigint {
  return BigInt(Math.round((START + second) * 1000)) * 1_000_000n;
}

function sum(values: readonly number[] | undefined): number {
  return values?.reduce((total, value) => total + value, 0) ?? 0;
}

describe('the picture of a file', () => {
  test('counts by second, class, outcome and error', () => {
    const picture = new Picture(true);
    const status = (code: number | undefined) => ({ 'http.response.status_code': code });
    for (const [second, attributes] of [
      [0, status(200)],
      [0.9, status(200)],
      [1, status(304)],
      [2, status(404)],
      [2, status(503)],
      [3, { ...status(undefined), 'access_log.outcome': 'aborted' }],
      [3, { ...status(400), 'access_log.outcome': 'rejected' }],
      [3, { ...status(undefined), 'access_log.outcome': 'timeout' }],
      [3, { ...status(101), 'access_log.outcome': 'upgraded' }],
    ] as const) {
      picture.add(at(second, attributes), 0);
    }
    const { totals, timeline } = picture.snapshot(0, NO_TROUBLE);
    assert.equal(totals.requests, 9);
    assert.equal(timeline?.start, START);
    assert.equal(timeline?.width, 1);
    assert.deepEqual(timeline?.counts, {
      '1xx': [0, 0, 0, 1],
      '2xx': [2, 0, 0, 0],
      '3xx': [0, 1, 0, 0],
      '4xx': [0, 0, 1, 1],
      '5xx': [0, 0, 1, 0],
      none: [0, 0, 0, 2],
      errors: [0, 0, 1, 1],
      aborted: [0, 0, 0, 1],
      rejected: [0, 0, 0, 1],
      suppressed: [0, 0, 0, 0],
      lost: [0, 0, 0, 0],
    });
  });

  test('becomes coarser the longer it is, and counts everything', () => {
    const picture = new Picture(true);
    const seconds = [0, 599, 600, 5000, 100_000, -3600, 50_001];
    for (const second of seconds) picture.add(at(second, { 'access_log.time_to_headers': 0.2 }), 0);
    const { timeline } = picture.snapshot(0, NO_TROUBLE);
    assert.ok(timeline !== null);
    assert.equal(timeline.width, 256);
    assert.ok(timeline.head.length <= 600);
    assert.equal(sum(timeline.counts['2xx']), seconds.length);
    const places = seconds.map((second) => Math.floor((START + second) / 256) - timeline.start / 256);
    for (const place of places) assert.ok(timeline.counts['2xx'][place], `bucket ${place}`);
    assert.equal(timeline.head.filter(({ p50 }) => p50 !== null).length, new Set(places).size);
    const [row] = picture.table('routes').rows;
    assert.equal(sum(row?.spark), seconds.length);
  });

  test('a record without a time is counted, and drawn nowhere', () => {
    const picture = new Picture(true);
    picture.add({ ...exchange(), timeUnixNano: 0n }, 0);
    const { totals, timeline } = picture.snapshot(0, NO_TROUBLE);
    assert.deepEqual([totals.requests, timeline], [1, null]);
  });

  test('quantiles are within 5 % of the durations', () => {
    const picture = new Picture(true);
    for (let index = 1; index <= 1000; index++) {
      picture.add(at(0, { 'http.server.request.duration': index / 1000 }), 0);
    }
    const { duration, head } = picture.snapshot(0, NO_TROUBLE);
    for (const [name, expected] of [
      ['p50', 0.5],
      ['p95', 0.95],
      ['p99', 0.99],
    ] as const) {
      const value = duration[name] ?? 0;
      assert.ok(Math.abs(value / expected - 1) < 0.05, `${name}: ${value}`);
    }
    assert.deepEqual(head, { p50: null, p95: null, p99: null });
  });

  test('what was suppressed or lost is spread over the seconds in which it was', () => {
    const picture = new Picture(true);
    picture.add(at(0), 0);
    picture.add(at(10, { 'access_log.suppressed_before': 3 }), 0);
    const ledger = {
      'http.route': '/orders/:id',
      'access_log.window_start': String(nanos(0)),
    };
    picture.add(event(10, { ...ledger, 'access_log.event': 'suppressed', 'access_log.count': 25 }), 0);
    picture.add(event(10, { ...ledger, 'access_log.event': 'lost', 'access_log.count': 7 }), 0);
    const { timeline, totals } = picture.snapshot(0, NO_TROUBLE);
    assert.deepEqual(timeline?.counts.suppressed, [0, 2, 3, 2, 3, 2, 3, 2, 3, 2, 6]);
    assert.equal(sum(timeline?.counts.lost), 7);
    assert.deepEqual([totals.suppressed, totals.lost, totals.requests], [28, 7, 2]);
    const [row] = picture.table('routes').rows;
    assert.deepEqual([row?.key, row?.count, row?.missing], ['/orders/:id', 2, 35]);
  });

  test('tables count by route, client, user agent, status and service', () => {
    const picture = new Picture(true);
    picture.add(at(0, { 'http.response.body.size': 10, 'user_agent.original': 'curl/8' }), 0);
    picture.add(at(1, { 'http.response.status_code': 500, 'http.response.body.size': 5 }, 'till'), 0);
    picture.add(at(1, { 'http.route': undefined, 'http.response.status_code': undefined }), 0);
    const rows = (name: Parameters<Picture['table']>[0]) =>
      picture.table(name).rows.map(({ key, count, errors, bytes }) => [key, count, errors, bytes]);
    assert.deepEqual(rows('routes'), [
      ['/orders/:id', 2, 1, 15],
      ['GET without a route', 1, 0, 0],
    ]);
    assert.deepEqual(rows('clients'), [['203.0.113.7', 3, 1, 15]]);
    assert.deepEqual(rows('agents'), [
      ['curl/8', 1, 0, 10],
      ['not known', 2, 1, 5],
    ]);
    assert.deepEqual(rows('statuses'), [
      ['200', 1, 0, 10],
      ['500', 1, 1, 5],
      ['none: completed', 1, 0, 0],
    ]);
    assert.deepEqual(rows('services'), [
      ['shop', 2, 0, 10],
      ['till', 1, 1, 5],
    ]);
  });

  test('of clients without number the large ones have rows, and rows and others are all', () => {
    const picture = new Picture(true);
    let requests = 0;
    for (let index = 0; index < 20_000; index++) {
      picture.add(at(index / 100, { 'client.address': `client-${index}` }), 0);
      picture.add(at(index / 100, { 'client.address': `large-${index % 7}` }), 0);
      requests += 2;
    }
    const { rows, others } = picture.table('clients');
    assert.ok(rows.length <= 1000);
    assert.equal(sum(rows.map(({ count }) => count)) + (others?.count ?? 0), requests);
    const largest = sortRows(rows, 'count', true).slice(0, 7);
    assert.deepEqual(
      largest.map(({ key }) => key.slice(0, 6)).filter((key) => key !== 'large-'),
      [],
    );
    assert.equal(sum(largest.map(({ count }) => count)), 20_000);
  });
});

describe('the picture of what arrives', () => {
  const nowMs = (second: number): number => (START + second) * 1000;

  test('has ten minutes of seconds, and forgets what is older', () => {
    const picture = new Picture(false);
    for (let second = 0; second < 2000; second++) picture.add(at(second), nowMs(second));
    const { timeline, totals } = picture.snapshot(nowMs(2000), NO_TROUBLE);
    assert.equal(totals.requests, 2000);
    assert.equal(timeline?.width, 1);
    assert.equal(timeline?.start, START + 1401);
    // The last two seconds are not over yet, or on their way.
    assert.deepEqual(timeline?.counts['2xx'], Array(598).fill(1));
    const spark = picture.table('routes').rows[0]?.spark ?? [];
    assert.equal(spark.length, 61);
    assert.equal(sum(spark) >= 590 && sum(spark) <= 610, true, `${sum(spark)}`);
  });

  test('begins with a minute, and with its first record once that is longer ago', () => {
    const picture = new Picture(false);
    picture.add(at(100), nowMs(100));
    const startOf = (second: number) =>
      (picture.snapshot(nowMs(second), NO_TROUBLE).timeline?.start ?? 0) - START;
    assert.deepEqual([startOf(110), startOf(300), startOf(699)], [110 - 2 - 59, 100, 100]);
  });

  test('a quiet time is empty, however long it was', () => {
    const picture = new Picture(false);
    picture.add(at(0), nowMs(0));
    for (const second of [300, 5000]) {
      const { timeline } = picture.snapshot(nowMs(second), NO_TROUBLE);
      assert.equal(sum(timeline?.counts['2xx']), second === 300 ? 1 : 0);
    }
    assert.equal(sum(picture.table('routes').rows[0]?.spark), 0);
  });

  test('records that are late are drawn where they belong, too late or too early ones do not move the picture', () => {
    const picture = new Picture(false);
    picture.add(at(100), nowMs(700));
    picture.add(at(650), nowMs(700));
    picture.add(at(1e6), nowMs(700));
    const { timeline, totals } = picture.snapshot(nowMs(702), NO_TROUBLE);
    const places = timeline?.counts['2xx'].flatMap((count, index) =>
      count > 0 ? [index + timeline.start - START] : [],
    );
    assert.deepEqual(places, [650, 700]);
    assert.equal(totals.requests, 3);
  });
});

test('heartbeats tell whether the identities are closed', () => {
  const picture = new Picture(true);
  const heartbeat = (second: number, id: string, totals: Readonly<Record<string, number>>) =>
    event(second, {
      'access_log.event': 'heartbeat',
      'access_log.process_id': id,
      'access_log.mode': 'normal',
      ...Object.fromEntries(
        Object.entries(totals).map(([name, value]) => [`access_log.total.${name}`, value]),
      ),
    });
  const served = { served: 10, ignored: 1, suppressed: 2, kept: 7 };
  picture.add(heartbeat(0, 'a', { served: 1, ignored: 0, suppressed: 0, kept: 0 }), 0);
  picture.add(heartbeat(60, 'a', { ...served, delivered: 5, lost: 1, pending: 1 }), 0);
  picture.add(heartbeat(30, 'a', { served: 5, ignored: 0, suppressed: 0, kept: 0 }), 0);
  picture.add(heartbeat(60, 'b', { ...served, kept: 6, adopted: 2, delivered: 6, lost: 0, pending: 0 }), 0);
  picture.add(heartbeat(60, 'c', served), 0);
  const views = picture.snapshot(0, NO_TROUBLE).processes;
  assert.deepEqual(
    views.map(({ processId, servedGap, keptGap, lastHeard }) => [processId, servedGap, keptGap, lastHeard]),
    [
      ['a', 0, 0, (START + 60) * 1000],
      ['b', 1, 2, (START + 60) * 1000],
      ['c', 0, null, (START + 60) * 1000],
    ],
  );
  for (let index = 0; index < 500; index++) picture.add(heartbeat(61, `p${index}`, served), 0);
  assert.equal(picture.snapshot(0, NO_TROUBLE).processes.length, 200);
});

test('every count is a number that JSON knows', () => {
  const picture = new Picture(true);
  picture.add(at(0, { 'http.server.request.duration': Number.NaN, 'http.response.body.size': -1 }), 0);
  const snapshot = picture.snapshot(0, NO_TROUBLE);
  assert.deepEqual(JSON.parse(JSON.stringify(snapshot)), snapshot);
  assert.equal(COUNTS.length, Object.keys(snapshot.timeline?.counts ?? {}).length);
});
