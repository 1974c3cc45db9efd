import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import fc from 'fast-check';
import type { ReceivedRecord } from '../../src/cli/receiver/otlp-record.ts';
import { LineWriter } from '../../src/cli/tail/pipe/line-writer.ts';
import { paintLine } from '../../src/render/line-cells.ts';
import { renderFull } from '../../src/render/render-full.ts';
import { createPaint } from '../../src/render/terminal.ts';

/** The line of a record, as `tail` writes the first one. */
function renderLine(record: ReceivedRecord, { colours = false } = {}): string {
  return paintLine(new LineWriter().line(record), createPaint(colours));
}

const EXCHANGE = {
  'http.request.method': 'GET',
  'url.path': '/orders/42',
  'http.route': '/orders/:id',
  'http.response.status_code': 200,
  'http.response.body.size': 1532,
  'http.server.request.duration': 0.0124,
  'client.address': '203.0.113.7',
  'access_log.outcome': 'completed',
};

const RECORD: ReceivedRecord = {
  timeUnixNano: 1_795_442_587_123_456_789n,
  observedTimeUnixNano: 1_795_442_587_200_000_000n,
  severityNumber: 9,
  severityText: 'INFO',
  body: 'GET /orders/42 200 1532B 12.4ms',
  eventName: 'access_log.request',
  traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
  spanId: '00f067aa0ba902b7',
  flags: 1,
  attributes: EXCHANGE,
  resource: { 'service.name': 'shop' },
  scope: { name: 'otel-access-log', version: '0.1.0' },
};

/** The record of an exchange with these attributes instead; `undefined` takes one away. */
function exchange(attributes: Record<string, unknown>): ReceivedRecord {
  const entries = Object.entries({ ...EXCHANGE, ...attributes }).filter(([, value]) => value !== undefined);
  return { ...RECORD, attributes: Object.fromEntries(entries) };
}

function event(attributes: Record<string, unknown>): ReceivedRecord {
  return { ...RECORD, traceId: undefined, attributes };
}

const NO_HEAD = {
  'http.response.status_code': undefined,
  'http.response.body.size': undefined,
  'http.route': undefined,
};
const START = { 'access_log.window_start': '1795442580000000000' };

const LINES: readonly (readonly [name: string, record: ReceivedRecord, line: string])[] = [
  [
    'an exchange',
    RECORD,
    '14:03:07.123Z  200   12.4ms            4bf92f35  203.0.113.7  GET   /orders/:id   /orders/42',
  ],
  [
    'a query, as it is in the record',
    exchange({ 'url.query': 'token=REDACTED' }),
    '14:03:07.123Z  200   12.4ms            4bf92f35  203.0.113.7  GET   /orders/:id   /orders/42?token=REDACTED',
  ],
  [
    'a large and slow one',
    exchange({ 'http.response.body.size': 8_388_608, 'http.server.request.duration': 125.2 }),
    '14:03:07.123Z  200    2m05s            4bf92f35  203.0.113.7  GET   /orders/:id   /orders/42',
  ],
  [
    'aborted before the head',
    exchange({ ...NO_HEAD, 'access_log.outcome': 'aborted', 'error.type': 'ECONNRESET' }),
    '14:03:07.123Z  ---   12.4ms            4bf92f35  203.0.113.7  aborted  GET   -             /orders/42  ECONNRESET',
  ],
  [
    'aborted within the body, without a code',
    exchange({ 'access_log.outcome': 'aborted', 'error.type': 'aborted' }),
    '14:03:07.123Z  200   12.4ms            4bf92f35  203.0.113.7  aborted  GET   /orders/:id   /orders/42',
  ],
  [
    'rejected, with nothing read of the request',
    {
      ...exchange({
        'http.request.method': '_OTHER',
        'url.path': undefined,
        'http.route': undefined,
        'http.response.status_code': 400,
        'http.response.body.size': 0,
        'access_log.outcome': 'rejected',
        'error.type': 'HPE_INVALID_METHOD',
      }),
      traceId: undefined,
    },
    '14:03:07.123Z  400   12.4ms            -         203.0.113.7  rejected  _OTHER  -             -  HPE_INVALID_METHOD',
  ],
  [
    'rejected without a status, from a Unix domain socket',
    exchange({
      ...NO_HEAD,
      'http.request.method': '_OTHER',
      'url.path': undefined,
      'client.address': undefined,
      'access_log.outcome': 'rejected',
      'error.type': 'ERR_HTTP_REQUEST_TIMEOUT',
    }),
    '14:03:07.123Z  ---   12.4ms            4bf92f35  -          rejected  _OTHER  -             -  ERR_HTTP_REQUEST_TIMEOUT',
  ],
  [
    'a timeout',
    exchange({
      'http.response.status_code': 408,
      'access_log.outcome': 'timeout',
      'error.type': 'ERR_HTTP_REQUEST_TIMEOUT',
    }),
    '14:03:07.123Z  408   12.4ms            4bf92f35  203.0.113.7  timeout  GET   /orders/:id   /orders/42  ERR_HTTP_REQUEST_TIMEOUT',
  ],
  [
    'an upgrade',
    exchange({
      'url.path': '/socket',
      'http.route': undefined,
      'http.response.status_code': 101,
      'access_log.outcome': 'upgraded',
      'http.server.request.duration': 3725,
    }),
    '14:03:07.123Z  101   62m05s            4bf92f35  203.0.113.7  upgraded  GET   -             /socket',
  ],
  [
    'a tunnel',
    exchange({
      'http.request.method': 'CONNECT',
      'url.path': undefined,
      'http.route': undefined,
      'server.address': '2001:db8::1',
      'server.port': 443,
      'access_log.outcome': 'tunneled',
    }),
    '14:03:07.123Z  200   12.4ms            4bf92f35  203.0.113.7  tunneled  CONNECT  -             [2001:db8::1]:443',
  ],
  [
    'a tunnel that was rejected: its address may be our own',
    exchange({
      ...NO_HEAD,
      'http.request.method': 'CONNECT',
      'url.path': undefined,
      'server.address': '192.0.2.1',
      'server.port': 3000,
      'access_log.outcome': 'rejected',
      'error.type': 'rejected',
    }),
    '14:03:07.123Z  ---   12.4ms            4bf92f35  203.0.113.7  rejected  CONNECT  -             -',
  ],
  [
    'a crash',
    exchange({ ...NO_HEAD, 'access_log.outcome': 'crashed', 'error.type': 'TypeError' }),
    '14:03:07.123Z  ---   12.4ms            4bf92f35  203.0.113.7  crashed  GET   -             /orders/42  TypeError',
  ],
  [
    'a long exchange: started',
    event({
      'access_log.event': 'started',
      'http.request.method': 'GET',
      'url.path': '/events/7\x1b[2J',
      'http.route': '/events/:id',
      'client.address': '203.0.113.7',
      'http.response.status_code': 200,
      'http.server.request.duration': 60.0124,
      'http.request.body.size': 0,
      'http.response.body.size': 1532,
    }),
    '14:03:07.123Z  started GET /events/7\\x1b[2J (/events/:id) 203.0.113.7: 200, open for 1m00s, 0B in, 1532B out',
  ],
  [
    'a long exchange without a head: progress',
    event({
      'access_log.event': 'progress',
      'http.request.method': '_OTHER',
      'http.request.method_original': 'BREW',
      'url.path': '/poll',
      'http.server.request.duration': 120,
      'access_log.omitted_before': 3,
    }),
    '14:03:07.123Z  progress BREW /poll: ---, open for 2m00s, +3 omitted before',
  ],
  [
    'an unknown method, without ids and client',
    {
      ...exchange({
        'http.request.method': '_OTHER',
        'http.request.method_original': 'BREW',
        'client.address': undefined,
      }),
      traceId: undefined,
    },
    '14:03:07.123Z  200   12.4ms            -         -          BREW  /orders/:id   /orders/42',
  ],
  [
    'one that carries a count',
    exchange({ 'access_log.suppressed_before': 12 }),
    '14:03:07.123Z  200   12.4ms            4bf92f35  203.0.113.7  GET   /orders/:id   /orders/42  +12 suppressed before',
  ],
  [
    'a gigantic path',
    exchange({ 'url.path': `/${'x'.repeat(5000)}`, 'http.route': undefined, 'client.address': undefined }),
    `14:03:07.123Z  200   12.4ms            4bf92f35  -          GET   -             /${'x'.repeat(498)}…`,
  ],
  [
    'a forged line',
    exchange({ 'url.path': '/a\r\n14:03:07.124Z  200\x1b[2J\x9b1m\u202e', 'http.route': undefined }),
    '14:03:07.123Z  200   12.4ms            4bf92f35  203.0.113.7  GET   -             /a\\x0d\\x0a14:03:07.124Z  200\\x1b[2J\\x9b1m\\u{202e}',
  ],
  [
    'attributes of other types than they should have',
    exchange({
      'http.response.status_code': '200',
      'http.response.body.size': 1.5,
      'http.server.request.duration': 'long',
      'url.path': 1,
    }),
    '14:03:07.123Z  ---        -            4bf92f35  203.0.113.7  GET   /orders/:id   -',
  ],
  [
    'the ledger: suppressed',
    event({
      'access_log.event': 'suppressed',
      'http.route': '/orders/:id',
      'access_log.status_class': '2xx',
      'access_log.count': 37,
      ...START,
    }),
    '14:03:07.123Z  suppressed 37 records of /orders/:id 2xx since 14:03:00.000Z',
  ],
  [
    'the ledger: lost',
    event({
      'access_log.event': 'lost',
      'http.request.method': 'GET',
      'access_log.status_class': 'aborted',
      'access_log.count': 1,
      'error.type': 'queue_full',
      ...START,
    }),
    '14:03:07.123Z  lost 1 record of GET aborted since 14:03:00.000Z: queue_full',
  ],
  [
    'a heartbeat of the own pipeline',
    event({
      'access_log.event': 'heartbeat',
      'access_log.total.served': 100,
      'access_log.total.ignored': 10,
      'access_log.total.suppressed': 20,
      'access_log.total.kept': 70,
      'access_log.total.delivered': 60,
      'access_log.total.lost': 3,
      'access_log.total.pending': 7,
      'access_log.final': true,
    }),
    '14:03:07.123Z  heartbeat  100 served = 10 ignored + 20 suppressed + 70 kept, 70 kept = 60 delivered + 3 lost + 7 pending (the last of this process)',
  ],
  [
    "a heartbeat of somebody else's pipeline",
    event({
      'access_log.event': 'heartbeat',
      'access_log.total.served': 3,
      'access_log.total.ignored': 1,
      'access_log.total.suppressed': 0,
      'access_log.total.kept': 2,
    }),
    '14:03:07.123Z  heartbeat  3 served = 1 ignored + 0 suppressed + 2 kept',
  ],
  [
    'an event of tomorrow',
    event({ 'access_log.event': 'degraded', 'access_log.since': 5, why: 'spool\nfull' }),
    '14:03:07.123Z  degraded access_log.since=5 why="spool\\nfull"',
  ],
  [
    "an application's own record",
    { ...RECORD, attributes: {}, body: 'order 42\tshipped' },
    '14:03:07.123Z  INFO  4bf92f35  order 42\\x09shipped',
  ],
  [
    'a record with nothing in it',
    {
      ...RECORD,
      attributes: {},
      body: undefined,
      eventName: undefined,
      severityText: undefined,
      traceId: undefined,
    },
    '14:03:07.123Z  record without a body',
  ],
];

describe('the line of a record', () => {
  for (const [name, record, line] of LINES) {
    test(name, () => assert.equal(renderLine(record), line));
  }

  const colours: readonly (readonly [name: string, record: ReceivedRecord, start: string])[] = [
    ['2xx green', RECORD, '\x1b[90m14:03:07.123Z\x1b[39m  \x1b[32m200\x1b[39m   12.4ms'],
    [
      '2xx that was slow: the duration yellow',
      { ...RECORD, severityNumber: 13 },
      '\x1b[90m14:03:07.123Z\x1b[39m  \x1b[32m200\x1b[39m  \x1b[33m 12.4ms\x1b[39m',
    ],
    [
      '3xx cyan',
      exchange({ 'http.response.status_code': 304 }),
      '\x1b[90m14:03:07.123Z\x1b[39m  \x1b[36m304\x1b[39m',
    ],
    [
      '4xx yellow',
      exchange({ 'http.response.status_code': 404 }),
      '\x1b[90m14:03:07.123Z\x1b[39m  \x1b[33m404\x1b[39m',
    ],
    [
      '5xx red',
      exchange({ 'http.response.status_code': 503 }),
      '\x1b[90m14:03:07.123Z\x1b[39m  \x1b[31m503\x1b[39m',
    ],
    [
      '2xx that was aborted: the outcome explains the warning',
      { ...exchange({ 'access_log.outcome': 'aborted' }), severityNumber: 13 },
      '\x1b[90m14:03:07.123Z\x1b[39m  \x1b[32m200\x1b[39m   12.4ms',
    ],
    [
      'none: as the outcome',
      exchange({ ...NO_HEAD, 'access_log.outcome': 'rejected' }),
      '\x1b[90m14:03:07.123Z\x1b[39m  \x1b[33m---\x1b[39m',
    ],
    ['none red', exchange(NO_HEAD), '\x1b[90m14:03:07.123Z\x1b[39m  \x1b[31m---\x1b[39m'],
  ];
  for (const [name, record, start] of colours) {
    test(`status ${name}`, () => {
      assert.equal(renderLine(record, { colours: true }).slice(0, start.length), start);
    });
  }

  const outcomes: readonly (readonly [outcome: string, painted: string])[] = [
    ['aborted', '\x1b[33maborted\x1b[39m'],
    ['timeout', '\x1b[31mtimeout\x1b[39m'],
    ['rejected', '\x1b[33mrejected\x1b[39m'],
    ['upgraded', '\x1b[36mupgraded\x1b[39m'],
    ['tunneled', '\x1b[36mtunneled\x1b[39m'],
    ['crashed', '\x1b[1m\x1b[31mcrashed\x1b[39m\x1b[22m'],
    ['of tomorrow', '\x1b[31mof tomor…\x1b[39m'],
  ];
  for (const [outcome, painted] of outcomes) {
    test(`the colour of the outcome ${outcome}`, () => {
      const line = renderLine(exchange({ 'access_log.outcome': outcome }), { colours: true });
      assert.equal(line.split('  ').at(-4), painted);
    });
  }

  test('a whole line in colours', () => {
    assert.equal(
      renderLine(exchange({ 'access_log.outcome': 'aborted' }), { colours: true }),
      '\x1b[90m14:03:07.123Z\x1b[39m  \x1b[32m200\x1b[39m   12.4ms            \x1b[90m4bf92f35\x1b[39m' +
        '  203.0.113.7  \x1b[33maborted\x1b[39m  \x1b[1mGET \x1b[22m  \x1b[1m/orders/:id \x1b[22m' +
        '  \x1b[90m/orders/42\x1b[39m',
    );
  });
});

describe('renderFull', () => {
  test('says every field', () => {
    assert.equal(
      renderFull({
        ...RECORD,
        attributes: { ...EXCHANGE, 'access_log.truncated': ['url.path'], big: 2n ** 60n },
      }),
      `record
  event name                    "access_log.request"
  time                          2026-11-23T14:03:07.123456789Z
  observed                      2026-11-23T14:03:07.200000000Z
  severity                      9 INFO
  body                          "GET /orders/42 200 1532B 12.4ms"
  trace id                      4bf92f3577b34da6a3ce929d0e0e4736
  span id                       00f067aa0ba902b7
  flags                         01
attributes
  access_log.outcome            "completed"
  access_log.truncated          ["url.path"]
  big                           1152921504606846976
  client.address                "203.0.113.7"
  http.request.method           "GET"
  http.response.body.size       1532
  http.response.status_code     200
  http.route                    "/orders/:id"
  http.server.request.duration  0.0124
  url.path                      "/orders/42"
resource
  service.name                  "shop"
scope
  name                          "otel-access-log"
  version                       "0.1.0"`,
    );
  });

  test('says what is missing', () => {
    const empty: ReceivedRecord = {
      timeUnixNano: 0n,
      observedTimeUnixNano: 2n ** 64n - 1n,
      severityNumber: 0,
      severityText: undefined,
      body: undefined,
      eventName: undefined,
      traceId: undefined,
      spanId: undefined,
      flags: 0,
      attributes: {},
      resource: {},
      scope: { name: '', version: '' },
    };
    assert.equal(
      renderFull(empty),
      `record
  event name  -
  time        1970-01-01T00:00:00.000000000Z
  observed    2554-07-21T23:34:33.709551615Z
  severity    0
  body        -
  trace id    -
  span id     -
  flags       00
attributes
resource
scope
  name        ""
  version     ""`,
    );
  });
});

describe('traffic never reaches the terminal raw', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ unit: fc.constantFrom('\x1b', '\n', '\u2028', '\u202e', '\x9b', '\ud800') }),
  );
  const value = fc.oneof(
    text,
    fc.integer(),
    fc.double(),
    fc.bigInt(),
    fc.array(text),
    fc.dictionary(text, text),
  );
  const names = fc.constantFrom(
    ...Object.keys(EXCHANGE),
    'access_log.event',
    'error.type',
    'url.query',
    'access_log.count',
  );
  const attributes = fc.dictionary(fc.oneof(names, text), value);
  const unsafe = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;

  test('in a line', () => {
    fc.assert(
      fc.property(attributes, text, (random, body) => {
        assert.doesNotMatch(renderLine({ ...RECORD, body, severityText: body, attributes: random }), unsafe);
      }),
    );
  });

  test('in a coloured line, but for the colours', () => {
    fc.assert(
      fc.property(attributes, (random) => {
        const record = { ...RECORD, attributes: random };
        const coloured = renderLine(record, { colours: true });
        assert.equal(stripVTControlCharacters(coloured), renderLine(record));
      }),
    );
  });

  test('in a whole record', () => {
    fc.assert(
      fc.property(attributes, text, (random, body) => {
        const record = {
          ...RECORD,
          body,
          severityText: body,
          eventName: body,
          attributes: random,
          resource: random,
        };
        const lines = renderFull({ ...record, scope: { name: body, version: body } }).split('\n');
        for (const line of lines) assert.doesNotMatch(line, unsafe);
        assert.equal(lines.length, 14 + 2 * Object.keys(random).length);
      }),
    );
  });
});
