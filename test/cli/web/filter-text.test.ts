import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { compileFilterText } from '../../../src/cli/web/filter-text.ts';
import { exchange, record } from '../tail/support/records.ts';

const RECORDS = {
  ok: exchange({ 'http.request.header.accept': ['text/html', 'image/png'] }),
  notFound: exchange({ 'http.response.status_code': 404, 'http.route': undefined, 'url.path': '/Nowhere' }),
  failed: exchange(
    { 'http.response.status_code': 503, 'http.request.method': 'POST', 'tenant.id': 'a b' },
    'till',
  ),
  slow: exchange({ 'http.server.request.duration': 3, 'client.address': '2001:db8::1' }),
  heartbeat: {
    ...record({ 'access_log.event': 'heartbeat' }),
    traceId: undefined,
    body: 'heartbeat: served 7',
  },
};

describe('records that pass the filter', () => {
  for (const [text, names] of [
    ['', ['ok', 'notFound', 'failed', 'slow', 'heartbeat']],
    ['status:5xx', ['failed']],
    ['status:404,503', ['notFound', 'failed']],
    ['status=4xx', ['notFound']],
    ['-status:2xx', ['notFound', 'failed', 'heartbeat']],
    ['route:/orders/*', ['ok', 'failed', 'slow']],
    ['route:"POST /orders/**"', ['failed']],
    ['slow:1s', ['slow']],
    ['service:till', ['failed']],
    ['trace:4BF9', ['ok', 'notFound', 'failed', 'slow']],
    ['http.response.status_code=404', ['notFound']],
    ['http.request.header.accept=image/png', ['ok']],
    ['tenant.id="a b"', ['failed']],
    ['tenant.id!="a b"', ['ok', 'notFound', 'slow', 'heartbeat']],
    ['url.path~nowhere', ['notFound']],
    ['http.server.request.duration>0.5', ['slow']],
    ['http.response.status_code<300', ['ok', 'slow']],
    ['service.name=till', ['failed']],
    ['client.address=2001:db8::1', ['slow']],
    ['2001:db8::1', ['slow']],
    ['nowhere', ['notFound']],
    ['served', ['heartbeat']],
    ['route:/orders/* -status:5xx slow:1s', ['slow']],
    ['__proto__=x', []],
    ['constructor~function', []],
  ] as const) {
    test(text === '' ? 'nothing asked for' : text, () => {
      const passes = compileFilterText(text);
      assert.deepEqual(
        Object.entries(RECORDS).flatMap(([name, one]) => (passes(one) ? [name] : [])),
        names,
      );
    });
  }

  for (const [text, message] of [
    ['status:6xx', /^status: expected/],
    ['status:5x', /^status: expected/],
    ['route:orders', /^route: expected/],
    ['slow:fast', /^slow: expected/],
    ['trace:xyz', /^trace: expected/],
    ['bytes>many', /^bytes>: expected a number/],
    ['x'.repeat(1001), /at most 1000/],
  ] as const) {
    test(`${text.slice(0, 20)} is a mistake`, () => {
      assert.throws(() => compileFilterText(text), { name: 'TypeError', message });
    });
  }

  test('takes linear time for any text', () => {
    const text = '-'.repeat(999);
    assert.equal(compileFilterText(text)(RECORDS.ok), true);
    for (const part of ['"', 'a.', 'a=', ' -', '""']) {
      try {
        compileFilterText(part.repeat(400));
      } catch (error) {
        assert.ok(error instanceof TypeError);
      }
    }
  });
});
