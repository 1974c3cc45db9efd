import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { jsonLine } from '../../../../src/cli/tail/pipe/json-line.ts';
import { LineWriter } from '../../../../src/cli/tail/pipe/line-writer.ts';
import {
  cell,
  displayWidth,
  fit,
  type Line,
  paintLine,
  plainText,
} from '../../../../src/render/line-cells.ts';
import { createPaint } from '../../../../src/render/terminal.ts';
import { exchange, record } from '../support/records.ts';

const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;

describe('lines of tail', () => {
  test('are aligned, and columns come when there is something to say in them', () => {
    const writer = new LineWriter();
    const lines = [
      exchange(),
      exchange({ 'http.response.status_code': 404, 'http.route': undefined, 'client.address': '::1' }),
      exchange({ 'http.response.status_code': 503, 'error.type': '503', 'url.query': 'page=2' }),
      exchange({
        'http.response.status_code': undefined,
        'access_log.outcome': 'aborted',
        'error.type': 'ECONNRESET',
      }),
      exchange({ 'access_log.suppressed_before': 12, 'http.route': '/orders/42' }),
      exchange({ 'http.route': '/', 'url.path': '/' }, 'till'),
      record({ 'access_log.event': 'heartbeat', 'access_log.total.served': 3, 'access_log.total.kept': 3 }),
      record({}),
    ].map((one) => plainText(writer.line(one)));
    const time = '14:03:07.123Z';
    assert.deepEqual(lines, [
      `${time}  200   12.4ms            4bf92f35  203.0.113.7  GET   /orders/:id   /orders/42`,
      `${time}  404   12.4ms            4bf92f35  ::1          GET   -             /orders/42`,
      `${time}  503   12.4ms            4bf92f35  203.0.113.7  GET   /orders/:id   /orders/42?page=2`,
      `${time}  ---   12.4ms            4bf92f35  203.0.113.7  aborted  GET   /orders/:id   /orders/42  ECONNRESET`,
      `${time}  200   12.4ms            4bf92f35  203.0.113.7           GET   /orders/42    +12 suppressed before`,
      `${time}  200   12.4ms            4bf92f35  203.0.113.7  till           GET   /`,
      `${time}  shop  heartbeat  3 served = 3 kept`,
      `${time}  shop  INFO  4bf92f35  a body`,
    ]);
  });

  test('are not moved for good by the address of an IPv6 client', () => {
    const writer = new LineWriter();
    const clients = ['203.0.113.7', '2001:db8:85a3:8d3:1319:8a2e:370:7348', '203.0.113.7'];
    const lines = clients.map((client) => plainText(writer.line(exchange({ 'client.address': client }))));
    const start = '14:03:07.123Z  200   12.4ms            4bf92f35';
    assert.deepEqual(lines, [
      `${start}  203.0.113.7  GET   /orders/:id   /orders/42`,
      `${start}  2001:db8:85a3:8d3:1319:8a2e:370:7348  GET   /orders/:id   /orders/42`,
      `${start}  203.0.113.7      GET   /orders/:id   /orders/42`,
    ]);
  });

  test('show every outcome, with and without path, route and status', () => {
    const writer = new LineWriter();
    const rejected = { 'http.request.method': '_OTHER', 'url.path': undefined, 'http.route': undefined };
    const lines = [
      exchange({ ...rejected, 'http.response.status_code': 400, 'access_log.outcome': 'rejected' }),
      exchange({
        ...rejected,
        'http.response.status_code': undefined,
        'client.address': undefined,
        'access_log.outcome': 'rejected',
        'error.type': 'ERR_HTTP_REQUEST_TIMEOUT',
      }),
      exchange({ 'http.response.status_code': 101, 'access_log.outcome': 'upgraded' }),
      exchange({
        ...rejected,
        'http.request.method': 'CONNECT',
        'server.address': 'db.example',
        'server.port': 5432,
        'access_log.outcome': 'tunneled',
      }),
      exchange({ 'http.response.status_code': 408, 'access_log.outcome': 'timeout' }),
      exchange({
        'http.response.status_code': undefined,
        'access_log.outcome': 'crashed',
        'error.type': 'TypeError',
      }),
    ].map((one) => writer.line(one));
    const time = '14:03:07.123Z';
    assert.deepEqual(lines.map(plainText), [
      `${time}  400   12.4ms            4bf92f35  203.0.113.7  rejected  _OTHER  -             -`,
      `${time}  ---   12.4ms            4bf92f35  -            rejected  _OTHER  -             -  ERR_HTTP_REQUEST_TIMEOUT`,
      `${time}  101   12.4ms            4bf92f35  203.0.113.7  upgraded  GET     /orders/:id   /orders/42`,
      `${time}  200   12.4ms            4bf92f35  203.0.113.7  tunneled  CONNECT  -             db.example:5432`,
      `${time}  408   12.4ms            4bf92f35  203.0.113.7  timeout   GET      /orders/:id   /orders/42`,
      `${time}  ---   12.4ms            4bf92f35  203.0.113.7  crashed   GET      /orders/:id   /orders/42  TypeError`,
    ]);
    const tones = lines.map((line) => {
      const outcome = line.find(({ text }) => /^(?:rejected|upgraded|tunneled|timeout|crashed)/.test(text));
      return outcome?.tone;
    });
    assert.deepEqual(tones, ['warning', 'warning', 'redirect', 'redirect', 'error', 'fatal']);
  });

  test('a duration gets its bar and colour when its route is known', () => {
    const writer = new LineWriter();
    for (let i = 0; i < 20; i++) writer.line(exchange());
    const [, , status, , duration, , bar] = writer.line(exchange({ 'http.server.request.duration': 1 }));
    assert.deepEqual(
      [status, duration, bar],
      [
        { tone: 'success', text: '200' },
        { tone: 'error', text: '  1.00s' },
        { tone: 'error', text: '━━━━┿╂━▶' },
      ],
    );
    const [, , , , other] = writer.line(exchange({ 'http.route': '/other' }));
    assert.deepEqual(other, { tone: 'plain', text: ' 12.4ms' });
  });

  test('a connection that was upgraded counts for no route', () => {
    const writer = new LineWriter();
    const upgraded = { 'access_log.outcome': 'upgraded', 'http.server.request.duration': 3600 };
    for (let i = 0; i < 20; i++) writer.line(exchange(upgraded));
    const [, , , , duration, , bar] = writer.line(exchange(upgraded));
    assert.deepEqual([duration, bar?.text.trim()], [{ tone: 'plain', text: ' 60m00s' }, '']);
  });

  test('hold nothing that a terminal obeys, and are bounded', () => {
    const value = fc.oneof(fc.string({ unit: 'binary', maxLength: 300 }), fc.integer(), fc.boolean());
    const names = [
      'http.route',
      'url.path',
      'url.query',
      'client.address',
      'access_log.outcome',
      'error.type',
    ];
    const more = ['http.request.method', 'access_log.event', 'access_log.status_class', 'odd\u001bname'];
    const attributes = fc.dictionary(fc.constantFrom(...names, ...more), value);
    fc.assert(
      fc.property(attributes, fc.string({ unit: 'binary' }), (some, service) => {
        const line = plainText(new LineWriter().line({ ...record(some, service), body: service }));
        assert.doesNotMatch(line, UNSAFE);
        assert.doesNotMatch(jsonLine(record(some, service)), UNSAFE);
        assert.deepEqual(JSON.parse(jsonLine(record(some, service))).attributes, { ...some });
      }),
    );
    const long = record({ 'access_log.event': 'x'.repeat(1e6) });
    assert.ok(plainText(new LineWriter().line(long)).length < 2000);
  });
});

describe('a line', () => {
  const line: Line = [cell('error', 'GET '), cell('faint', '/日本/größe')];
  const rows: readonly (readonly [columns: number, text: string])[] = [
    [15, 'GET /日本/größe'],
    [14, 'GET /日本/grö…'],
    [8, 'GET /日…'],
    [7, 'GET /…'],
    [4, 'GET…'],
    [1, '…'],
  ];
  for (const [columns, text] of rows) {
    test(`in ${columns} columns`, () => {
      const shown = plainText(fit(line, columns));
      assert.equal(shown, text);
      assert.ok(displayWidth(shown) <= columns);
    });
  }

  test('is marked across cells, in any case', () => {
    const painted = paintLine(line, (tone, text) => `<${tone}:${text}>`, 't /日');
    assert.equal(painted, '<error:GE><marked:T ><marked:/日><faint:本/größe>');
    assert.equal(paintLine(line, createPaint(false), 'nowhere'), 'GET /日本/größe');
  });
});

describe('a line of JSON', () => {
  test('is the whole record', () => {
    const odd = {
      large: 2n ** 60n,
      nan: Number.NaN,
      bytes: Buffer.of(1, 2),
      list: [1n, { deep: '\u009b\u{e0001}' }],
    };
    const text = jsonLine({ ...record(odd), eventName: undefined });
    assert.equal(
      text,
      '{"time":"2026-11-23T14:03:07.123456789Z","observed_time":"2026-11-23T14:03:07.200000000Z","service":"shop","severity_number":9,"severity_text":"INFO",' +
        '"trace_id":"4bf92f3577b34da6a3ce929d0e0e4736","span_id":"00f067aa0ba902b7","flags":1,"body":"a body",' +
        '"attributes":{"large":"1152921504606846976","nan":"NaN","bytes":"AQI=",' +
        '"list":["1",{"deep":"\\u009b\\udb40\\udc01"}]},' +
        '"resource":{"service.name":"shop"},"scope":{"name":"otel-access-log","version":"0.1.0"}}',
    );
  });
});
