import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Exchange } from '../../src/http/exchange.ts';
import { renderBody } from '../../src/record/body.ts';
import type { RecordOptions } from '../../src/record/record-options.ts';
import { RecordWriter } from '../../src/record/record-writer.ts';
import {
  contentReader,
  exchange,
  RECORD_CONTEXT,
  type RecordContext,
  recordOptions,
} from './exchange-factory.ts';

function body(
  options: Partial<RecordOptions>,
  overrides: Partial<Exchange>,
  context: RecordContext = RECORD_CONTEXT,
): string {
  return contentReader(recordOptions(options))(exchange(overrides), context).body;
}

const unanswered: Partial<Exchange> = {
  statusCode: undefined,
  timeToHeadersMs: undefined,
  responseBodySize: undefined,
  outcome: 'aborted',
};

describe('line', () => {
  const cases: readonly [name: string, overrides: Partial<Exchange>, line: string][] = [
    ['an exchange', {}, 'GET /orders/42 200 1532B 12.4ms'],
    ['no query in it', { target: '/orders/42?a=1' }, 'GET /orders/42 200 1532B 12.4ms'],
    ['less than a millisecond', { durationMs: 0.0432 }, 'GET /orders/42 200 1532B 0.043ms'],
    ['more than a second', { durationMs: 61_234.56 }, 'GET /orders/42 200 1532B 61234.6ms'],
    ['no body', { responseBodySize: 0 }, 'GET /orders/42 200 0B 12.4ms'],
    ['aborted', { outcome: 'aborted', responseBodySize: 512 }, 'GET /orders/42 200 aborted 512B 12.4ms'],
    ['aborted before the head', unanswered, 'GET /orders/42 - aborted 12.4ms'],
    ['timeout', { ...unanswered, outcome: 'timeout', statusCode: 408 }, 'GET /orders/42 408 timeout 12.4ms'],
    ['unknown method', { method: 'PROPFIND' }, 'PROPFIND /orders/42 200 1532B 12.4ms'],
    [
      'tunnel',
      { method: 'CONNECT', target: '[2001:db8::1]:443', outcome: 'tunneled' },
      'CONNECT [2001:db8::1]:443 200 tunneled 1532B 12.4ms',
    ],
    ['asterisk', { method: 'OPTIONS', target: '*' }, 'OPTIONS * 200 1532B 12.4ms'],
    ['nothing', { method: '', target: '', host: undefined }, '_OTHER 192.0.2.1:3000 200 1532B 12.4ms'],
    [
      'line breaks and controls',
      { target: '/a\r\n\t\x1b[31m\x7f\x85\u2028\u2029\\n' },
      'GET /a\\r\\n\\t\\x1b[31m\\x7f\\x85\\u2028\\u2029\\\\n 200 1532B 12.4ms',
    ],
    ['what is not ASCII', { target: '/größe' }, 'GET /größe 200 1532B 12.4ms'],
  ];
  for (const [name, overrides, line] of cases) {
    test(name, () => assert.equal(body({}, overrides), line));
  }
});

describe('json', () => {
  test('has the fields that people query, in this order', () => {
    assert.equal(
      body({ body: 'json' }, { target: '/orders/42?a=1' }),
      '{"time":"2026-11-23T18:05:09.000012345Z","level":"info","method":"GET","path":"/orders/42",' +
        '"status_code":200,"duration_ms":12.4,"bytes":1532,"ip":"203.0.113.7","user_agent":"curl/8.5.0",' +
        '"trace_id":"0af7651916cd43dd8448eb211c80319c","span_id":"b7ad6b7169203331","route":"/orders/:id",' +
        '"service":"shop"}',
    );
  });

  test('leaves out what is not known', () => {
    const context = { ...RECORD_CONTEXT, ids: undefined, service: undefined };
    assert.equal(
      body(
        { body: 'json', clientIp: 'none' },
        { ...unanswered, userAgent: undefined, route: undefined },
        context,
      ),
      '{"time":"2026-11-23T18:05:09.000012345Z","level":"warn","method":"GET","path":"/orders/42","duration_ms":12.4}',
    );
  });

  test('is one line of JSON, whatever the request held', () => {
    const target = '/a"\r\n\x7f\x85\u2028\u2029\\';
    const line = body({ body: 'json' }, { target });
    assert.match(line, /"path":"\/a\\"\\r\\n\\u007f\\u0085\\u2028\\u2029\\\\"/);
    assert.equal(JSON.parse(line).path, target);
  });
});

describe('combined', () => {
  const cases: readonly [
    name: string,
    options: Partial<RecordOptions>,
    overrides: Partial<Exchange>,
    line: string,
  ][] = [
    [
      'an exchange, with its query redacted',
      {},
      { target: '/orders/42?a=1&token=x' },
      '203.0.113.7 - - [23/Nov/2026:18:05:09 +0000] "GET /orders/42?a=1&token=REDACTED HTTP/1.1" 200 1532 "-" "curl/8.5.0"',
    ],
    [
      'the referrer, where it is captured',
      { requestHeaders: ['referer'] },
      { requestHeaders: { referer: 'https://a.example/?code=1' } },
      '203.0.113.7 - - [23/Nov/2026:18:05:09 +0000] "GET /orders/42 HTTP/1.1" 200 1532 "https://a.example/?code=REDACTED" "curl/8.5.0"',
    ],
    [
      'nothing known',
      { clientIp: 'none' },
      { ...unanswered, userAgent: undefined },
      '- - - [23/Nov/2026:18:05:09 +0000] "GET /orders/42 HTTP/1.1" - - "-" "-"',
    ],
    [
      'no body',
      {},
      { responseBodySize: 0 },
      '203.0.113.7 - - [23/Nov/2026:18:05:09 +0000] "GET /orders/42 HTTP/1.1" 200 - "-" "curl/8.5.0"',
    ],
    [
      'escaped as Apache does',
      {},
      { target: '/"\\\n\x00\x7fé\u20ac', userAgent: 'a" b\r\n' },
      '203.0.113.7 - - [23/Nov/2026:18:05:09 +0000] "GET /\\"\\\\\\n\\x00\\x7f\\xe9\\xe2\\x82\\xac HTTP/1.1" 200 1532 "-" "a\\" b\\r\\n"',
    ],
  ];
  for (const [name, options, overrides, line] of cases) {
    test(name, () => assert.equal(body({ ...options, body: 'combined' }, overrides), line));
  }
});

describe('renderBody', () => {
  test('renders a record in any format, also one with less in it', () => {
    const source = new RecordWriter();
    source.method = '_OTHER';
    source.severityText = 'INFO';
    assert.deepEqual(
      (['line', 'json', 'combined'] as const).map((format) => renderBody(format, source, undefined)),
      [
        '_OTHER - - 0.000ms',
        '{"time":"1970-01-01T00:00:00.000000000Z","level":"info","method":"_OTHER","path":"-","duration_ms":0}',
        '- - - [01/Jan/1970:00:00:00 +0000] "_OTHER -" - - "-" "-"',
      ],
    );
  });
});
