import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { compileFilter, compileServiceFilter, type FilterOptions } from '../../../src/cli/tail/filter.ts';
import { exchange, record } from './support/records.ts';

const NOTHING: FilterOptions = { statuses: [], routes: [], services: [] };

const RECORDS = {
  ok: exchange({ 'access_log.time_to_headers': 0.01 }),
  notFound: exchange({ 'http.response.status_code': 404, 'http.route': undefined, 'url.path': '/x' }),
  failed: exchange({ 'http.response.status_code': 503, 'http.request.method': 'POST' }),
  stream: exchange({ 'access_log.time_to_headers': 0.01, 'http.server.request.duration': 60 }),
  aborted: exchange({ 'http.response.status_code': undefined, 'http.server.request.duration': 3 }),
  suppressed4xx: record({
    'access_log.event': 'suppressed',
    'http.route': '/orders/:id',
    'access_log.status_class': '4xx',
  }),
  heartbeat: { ...record({ 'access_log.event': 'heartbeat' }), traceId: undefined },
  other: record({}),
};

function passed(options: Partial<FilterOptions>): string[] {
  const filter = compileFilter({ ...NOTHING, ...options });
  return Object.entries(RECORDS).flatMap(([name, one]) => (filter(one) ? [name] : []));
}

describe('what passes the filter', () => {
  const rows: readonly (readonly [
    name: string,
    options: Partial<FilterOptions>,
    names: readonly string[],
  ])[] = [
    ['nothing asked for', {}, Object.keys(RECORDS)],
    ['a class', { statuses: ['5xx'] }, ['failed']],
    [
      'a code, and the class of the ledger that may hold it',
      { statuses: ['404'] },
      ['notFound', 'suppressed4xx'],
    ],
    ['several', { statuses: ['404', '503'] }, ['notFound', 'failed', 'suppressed4xx']],
    ['a route by glob', { routes: ['/orders/*'] }, ['ok', 'failed', 'stream', 'aborted', 'suppressed4xx']],
    ['a route with its method', { routes: ['POST /orders/*'] }, ['failed']],
    ['a path', { routes: ['/x'] }, ['notFound']],
    ['slow: to the head, or as a whole where there was none', { slowSeconds: 1 }, ['aborted']],
    [
      'the beginning of a trace',
      { trace: '4bf9' },
      Object.keys(RECORDS).filter((name) => name !== 'heartbeat'),
    ],
    ['another trace', { trace: '4bfa' }, []],
    ['all of it at once', { statuses: ['5xx'], routes: ['/orders/*'], trace: '4bf9' }, ['failed']],
    ['all of it at once, one not met', { statuses: ['5xx'], routes: ['/x'] }, []],
  ];
  for (const [name, options, names] of rows) {
    test(name, () => assert.deepEqual(passed(options), names));
  }

  test('a service', () => {
    const filter = compileServiceFilter({ ...NOTHING, services: ['shop', 'till'] });
    assert.deepEqual(
      ['shop', 'till', 'sho'].map((service) => filter?.(exchange({}, service))),
      [true, true, false],
    );
    assert.equal(compileServiceFilter(NOTHING), undefined);
  });
});
