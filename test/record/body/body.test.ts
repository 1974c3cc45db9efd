import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Exchange } from '../../../src/http/exchange.ts';
import { renderBody } from '../../../src/record/body/body.ts';
import type { RecordOptions } from '../../../src/record/record-options.ts';
import { RecordWriter } from '../../../src/record/record-writer.ts';
import {
  contentReader,
  exchange,
  RECORD_CONTEXT,
  type RecordContext,
  recordOptions,
} from '../support/exchange-factory.ts';

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
    ['nothing', { method: '', target: '', host: undefined }, '_OTHER - 200 1532B 12.4ms'],
    [
      'line breaks and controls',
      { target: '/a\r\n\t\x1b[31m\x7f\u0085\u2028\u2029\\n' },
      'GET /a%0D%0A%09%1B[31m%7F%C2%85%E2%80%A8%E2%80%A9%5Cn 200 1532B 12.4ms',
    ],
    [
      'what no target may have',
      { target: '/{"a":1}<b>^`|c d' },
      'GET /%7B%22a%22:1%7D%3Cb%3E%5E%60%7Cc%20d 200 1532B 12.4ms',
    ],
    ['what is encoded already', { target: '/%7b%7D%zz%' }, 'GET /%7b%7D%25zz%25 200 1532B 12.4ms'],
    ['what is not ASCII', { target: '/größe' }, 'GET /gr%C3%B6%C3%9Fe 200 1532B 12.4ms'],
    ['the same as Node has it', { target: '/gr\xc3\xb6\xc3\x9fe' }, 'GET /gr%C3%B6%C3%9Fe 200 1532B 12.4ms'],
    [
      'what logfmt takes for a pair',
      { target: '/level=fatal;v=1' },
      'GET /level%3Dfatal;v%3D1 200 1532B 12.4ms',
    ],
    [
      'a tunnel that logfmt takes for a pair',
      { method: 'CONNECT', target: 'level=fatal:443', outcome: 'tunneled' },
      'CONNECT level%3Dfatal:443 200 tunneled 1532B 12.4ms',
    ],
    ['directions and tags', { target: '/\u202ea\u{e0061}' }, 'GET /%E2%80%AEa%F3%A0%81%A1 200 1532B 12.4ms'],
    [
      'a method that is none',
      { method: 'GET{"a":1} /b' },
      'GET%7B%22a%22:1%7D%20/b /orders/42 200 1532B 12.4ms',
    ],
  ];
  for (const [name, overrides, line] of cases) {
    test(name, () => assert.equal(body({}, overrides), line));
  }
});

test('a line shows what a hook put into the path as it shows that of a client', () => {
  const { body, attributes } = contentReader(recordOptions())(exchange(), RECORD_CONTEXT, {
    'url.path': '/{"a": 1}\n',
  });
  assert.equal(body, 'GET /%7B%22a%22:%201%7D%0A 200 1532B 12.4ms');
  assert.equal(attributes['url.path'], '/{"a": 1}\n');
});

describe('json', () => {
  test('has the fields that people query, in this order', () => {
    assert.equal(
      body({ body: 'json' }, { target: '/orders/42?a=1&token=x' }),
      '{"time":"2026-11-23T18:05:09.000012345Z","level":"info","method":"GET","path":"/orders/42",' +
        '"query":"a=1&token=REDACTED","status_code":200,"outcome":"completed","duration_ms":12.4,"bytes":1532,' +
        '"ip":"203.0.113.7","user_agent":"curl/8.5.0",' +
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
      '{"time":"2026-11-23T18:05:09.000012345Z","level":"warn","method":"GET","path":"/orders/42",' +
        '"outcome":"aborted","duration_ms":12.4}',
    );
  });

  test('says how an exchange ended, although the head said 200', () => {
    const { status_code, outcome } = JSON.parse(body({ body: 'json' }, { outcome: 'aborted' }));
    assert.deepEqual({ status_code, outcome }, { status_code: 200, outcome: 'aborted' });
  });

  test('has the type of the error where an exchange broke off, and not that of a status code', () => {
    const crashed = body({ body: 'json' }, { outcome: 'crashed', errorCode: 'RangeError', statusCode: 503 });
    assert.equal(JSON.parse(crashed).error_type, 'RangeError');
    assert.equal('error_type' in JSON.parse(body({ body: 'json' }, { statusCode: 503 })), false);
    const aborted = body({ body: 'json' }, { outcome: 'aborted', statusCode: 503 });
    assert.equal('error_type' in JSON.parse(aborted), false);
  });

  test('has the gRPC status of a whole response, where it is an error of the server', () => {
    const line = body({ body: 'json' }, { grpcStatus: 13 });
    const { status_code, outcome, error_type } = JSON.parse(line);
    assert.deepEqual(
      { status_code, outcome, error_type },
      { status_code: 200, outcome: 'completed', error_type: 'INTERNAL' },
    );
  });

  test('says how many records were suppressed before it', () => {
    const source = new RecordWriter();
    source.suppressedBefore = 12;
    assert.equal(JSON.parse(renderBody('json', source, 'shop')).suppressed_before, 12);
    source.suppressedBefore = 0;
    assert.equal('suppressed_before' in JSON.parse(renderBody('json', source, 'shop')), false);
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
      '- - - [23/Nov/2026:18:05:09 +0000] "GET /orders/42 HTTP/1.1" 000 - "-" "-"',
    ],
    [
      'no body',
      {},
      { responseBodySize: 0 },
      '203.0.113.7 - - [23/Nov/2026:18:05:09 +0000] "GET /orders/42 HTTP/1.1" 200 - "-" "curl/8.5.0"',
    ],
    [
      'escaped for readers of Apache and of nginx',
      {},
      { target: '/"\\\n\x00\x7fé\u20ac', userAgent: 'a" b\r\n' },
      '203.0.113.7 - - [23/Nov/2026:18:05:09 +0000] "GET /\\x22\\x5c\\n\\x00\\x7f\\xe9\\xe2\\x82\\xac HTTP/1.1" 200 1532 "-" "a\\x22 b\\r\\n"',
    ],
    [
      'a quote that seems to end the referrer, and a backslash that seems to keep its end open',
      { requestHeaders: ['referer'] },
      { requestHeaders: { referer: 'x" "forged' }, userAgent: 'curl\\' },
      '203.0.113.7 - - [23/Nov/2026:18:05:09 +0000] "GET /orders/42 HTTP/1.1" 200 1532 "x\\x22 \\x22forged" "curl\\x5c"',
    ],
    [
      'pairs of logfmt',
      {},
      { method: 'CONNECT', target: 'level=fatal:443', outcome: 'tunneled', userAgent: 'curl level=fatal' },
      '203.0.113.7 - - [23/Nov/2026:18:05:09 +0000] "CONNECT level\\x3dfatal:443 HTTP/1.1" 200 1532 "-" "curl level\\x3dfatal"',
    ],
    [
      'a target without a version does not open a quoted value',
      { requestHeaders: ['referer'] },
      { target: '/?a=', httpVersion: '', requestHeaders: { referer: 'level=fatal ' } },
      '203.0.113.7 - - [23/Nov/2026:18:05:09 +0000] "GET /?a= HTTP/" 200 1532 "level=fatal " "curl/8.5.0"',
    ],
    [
      'a target that would be such a label as escaped',
      {},
      { target: '/\x1c__=x' },
      '203.0.113.7 - - [23/Nov/2026:18:05:09 +0000] "GET /\\x1c__\\x3dx HTTP/1.1" 200 1532 "-" "curl/8.5.0"',
    ],
    [
      'a target that would be a label of Loki itself',
      {},
      { target: '/_error_?=x' },
      '203.0.113.7 - - [23/Nov/2026:18:05:09 +0000] "GET /_error_?\\x3dx HTTP/1.1" 200 1532 "-" "curl/8.5.0"',
    ],
  ];
  for (const [name, options, overrides, line] of cases) {
    test(name, () => assert.equal(body({ ...options, body: 'combined' }, overrides), line));
  }
});

test('a combined line keeps its fields in their places, whatever a hook puts there', () => {
  const read = contentReader(recordOptions({ body: 'combined' }));
  const { body } = read(exchange(), RECORD_CONTEXT, { 'client.address': 'a b', 'url.path': '/c d "e' });
  assert.equal(
    body,
    'a\\x20b - - [23/Nov/2026:18:05:09 +0000] "GET /c\\x20d\\x20\\x22e HTTP/1.1" 200 1532 "-" "curl/8.5.0"',
  );
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
        '{"time":"1970-01-01T00:00:00.000000000Z","level":"info","method":"_OTHER","outcome":"completed","duration_ms":0}',
        '- - - [01/Jan/1970:00:00:00 +0000] "-" 000 - "-" "-"',
      ],
    );
  });
});

describe('how exchanges ended, in each format', () => {
  const NOTHING_READ: Partial<Exchange> = {
    method: '',
    target: '',
    httpVersion: '',
    host: undefined,
    userAgent: undefined,
    route: undefined,
    requestBodySize: undefined,
    timeToHeadersMs: undefined,
    outcome: 'rejected',
    durationMs: 1.5,
  };
  const cases: readonly {
    readonly name: string;
    readonly exchange: Partial<Exchange>;
    readonly line: string;
    readonly json: Readonly<Record<string, unknown>>;
    readonly combined: string;
  }[] = [
    {
      name: 'rejected with a status, nothing read',
      exchange: { ...NOTHING_READ, statusCode: 400, responseBodySize: 0, errorCode: 'HPE_INVALID_METHOD' },
      line: '_OTHER - 400 rejected 0B 1.5ms',
      json: {
        level: 'warn',
        method: '_OTHER',
        status_code: 400,
        outcome: 'rejected',
        error_type: 'HPE_INVALID_METHOD',
        duration_ms: 1.5,
        bytes: 0,
        ip: '203.0.113.7',
      },
      combined: '"-" 400 - "-" "-"',
    },
    {
      name: 'rejected without a status (failed TLS handshake)',
      exchange: {
        ...NOTHING_READ,
        statusCode: undefined,
        responseBodySize: undefined,
        errorCode: 'ECONNRESET',
      },
      line: '_OTHER - - rejected 1.5ms',
      json: {
        level: 'warn',
        method: '_OTHER',
        outcome: 'rejected',
        error_type: 'ECONNRESET',
        duration_ms: 1.5,
        ip: '203.0.113.7',
      },
      combined: '"-" 000 - "-" "-"',
    },
    {
      name: 'rejected, the request line read',
      exchange: {
        ...NOTHING_READ,
        method: 'GET',
        target: '/orders/42?token=x',
        httpVersion: '1.1',
        statusCode: 431,
        responseBodySize: 0,
      },
      line: 'GET /orders/42 431 rejected 0B 1.5ms',
      json: {
        level: 'warn',
        method: 'GET',
        path: '/orders/42',
        query: 'token=REDACTED',
        status_code: 431,
        outcome: 'rejected',
        duration_ms: 1.5,
        bytes: 0,
        ip: '203.0.113.7',
      },
      combined: '"GET /orders/42?token=REDACTED HTTP/1.1" 431 - "-" "-"',
    },
    {
      name: 'rejected, the method read only: our own address is no target',
      exchange: { ...NOTHING_READ, method: 'CONNECT', statusCode: 400, responseBodySize: 0 },
      line: 'CONNECT - 400 rejected 0B 1.5ms',
      json: {
        level: 'warn',
        method: 'CONNECT',
        status_code: 400,
        outcome: 'rejected',
        duration_ms: 1.5,
        bytes: 0,
        ip: '203.0.113.7',
      },
      combined: '"CONNECT - HTTP/" 400 - "-" "-"',
    },
    {
      name: 'upgraded',
      exchange: { outcome: 'upgraded', statusCode: 101, route: undefined },
      line: 'GET /orders/42 101 upgraded 1532B 12.4ms',
      json: {
        level: 'info',
        method: 'GET',
        path: '/orders/42',
        status_code: 101,
        outcome: 'upgraded',
        duration_ms: 12.4,
        bytes: 1532,
        ip: '203.0.113.7',
        user_agent: 'curl/8.5.0',
      },
      combined: '"GET /orders/42 HTTP/1.1" 101 1532 "-" "curl/8.5.0"',
    },
    {
      name: 'tunneled',
      exchange: { method: 'CONNECT', target: 'db.example:5432', outcome: 'tunneled', route: undefined },
      line: 'CONNECT db.example:5432 200 tunneled 1532B 12.4ms',
      json: {
        level: 'info',
        method: 'CONNECT',
        path: 'db.example:5432',
        status_code: 200,
        outcome: 'tunneled',
        duration_ms: 12.4,
        bytes: 1532,
        ip: '203.0.113.7',
        user_agent: 'curl/8.5.0',
      },
      combined: '"CONNECT db.example:5432 HTTP/1.1" 200 1532 "-" "curl/8.5.0"',
    },
    {
      name: 'crashed before the head',
      exchange: { ...unanswered, outcome: 'crashed', errorCode: 'TypeError' },
      line: 'GET /orders/42 - crashed 12.4ms',
      json: {
        level: 'fatal',
        method: 'GET',
        path: '/orders/42',
        outcome: 'crashed',
        error_type: 'TypeError',
        duration_ms: 12.4,
        ip: '203.0.113.7',
        user_agent: 'curl/8.5.0',
        route: '/orders/:id',
      },
      combined: '"GET /orders/42 HTTP/1.1" 000 - "-" "curl/8.5.0"',
    },
  ];
  const context = { ...RECORD_CONTEXT, ids: undefined, service: undefined };
  for (const { name, exchange: overrides, line, json, combined } of cases) {
    test(name, () => {
      assert.equal(body({}, overrides, context), line);
      const { time: _time, ...members } = JSON.parse(body({ body: 'json' }, overrides, context));
      assert.deepEqual(members, json);
      const prefix = '203.0.113.7 - - [23/Nov/2026:18:05:09 +0000] ';
      assert.equal(body({ body: 'combined' }, overrides, context), prefix + combined);
    });
  }
});
