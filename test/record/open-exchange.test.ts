import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { compileRecordBuilder } from '../../src/record/record-builder.ts';
import { exchange, recordOptions } from './support/exchange-factory.ts';

const OPEN = exchange({
  target: '/events/7?access_token=secret',
  route: '/events/:id',
  statusCode: 200,
  requestSize: undefined,
  responseSize: undefined,
  responseBodySize: 1532,
  durationMs: 60_012.4,
});

describe('an open exchange is described by what its record shows and is known by now', () => {
  test('without the outcome, the query and the other ends of the connection', () => {
    const builder = compileRecordBuilder(recordOptions({ requestHeaders: ['x-tenant'] }));
    const open = { ...OPEN, requestHeaders: { 'x-tenant': 'a' } };
    assert.deepEqual(builder.describeOpen(open, undefined), {
      severity: { number: 9, text: 'INFO' },
      line: 'GET /events/7 200 1532B 60012.4ms',
      attributes: {
        'http.request.method': 'GET',
        'url.path': '/events/7',
        'http.route': '/events/:id',
        'client.address': '203.0.113.7',
        'http.response.status_code': 200,
        'http.server.request.duration': 60.0124,
        'http.request.body.size': 0,
        'http.response.body.size': 1532,
      },
    });
  });

  test('a request that waits for its head is slow: WARN', () => {
    const builder = compileRecordBuilder(recordOptions());
    const waiting = { statusCode: undefined, responseBodySize: undefined, timeToHeadersMs: undefined };
    assert.deepEqual(builder.describeOpen({ ...OPEN, ...waiting }, undefined), {
      severity: { number: 13, text: 'WARN' },
      line: 'GET /events/7 - 60012.4ms',
      attributes: {
        'http.request.method': 'GET',
        'url.path': '/events/7',
        'http.route': '/events/:id',
        'client.address': '203.0.113.7',
        'http.server.request.duration': 60.0124,
        'http.request.body.size': 0,
      },
    });
  });

  test('by the rules of the record: credentials in a path, addresses, caps, and what the hook shows less of', () => {
    const builder = compileRecordBuilder(recordOptions({ clientIp: 'truncated' }));
    const path = `/a;token=secret/${'x'.repeat(3000)}`;
    const { attributes } = builder.describeOpen(
      { ...OPEN, method: 'BREW', target: path, route: undefined, userAgent: 'u'.repeat(600) },
      { 'app.tenant': 'a' },
    );
    const shown = `/a;token=REDACTED/${'x'.repeat(3000)}`.slice(0, 2048);
    assert.deepEqual(attributes, {
      'http.request.method': '_OTHER',
      'http.request.method_original': 'BREW',
      'url.path': shown,
      'client.address': '203.0.113.0',
      'http.response.status_code': 200,
      'http.server.request.duration': 60.0124,
      'http.request.body.size': 0,
      'http.response.body.size': 1532,
      'access_log.truncated': ['url.path'],
    });
    const replaced = builder.describeOpen(OPEN, { 'url.path': '/events/x', 'client.address': 'someone' });
    assert.equal(replaced.attributes['url.path'], '/events/x');
    assert.equal(replaced.attributes['client.address'], 'someone');
    assert.equal(replaced.line, 'GET /events/x 200 1532B 60012.4ms');
  });
});
