import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { Exchange, Outcome } from '../../src/http/exchange.ts';
import { CAPS } from '../../src/record/attributes/caps.ts';
import { compileRecordBuilder } from '../../src/record/record-builder.ts';
import {
  connection,
  contentReader,
  exchange,
  RECORD_CONTEXT,
  recordOptions,
} from './support/exchange-factory.ts';
import { isWellFormed } from './support/well-formed.ts';

const CAPTURED = ['cookie', 'referer', 'x-a', 'authorization', '__proto__', 'constructor'];
const PROXY_HEADERS = [
  ...['forwarded', 'x-forwarded-for', 'x-forwarded-proto', 'x-forwarded-host', 'x-forwarded-port'],
  ...['cf-connecting-ip', 'x-real-ip'],
];

const PIECES = [
  ...['/', '?', '#', '&', '=', ';', ',', '"', '\\', '%', '@', ':', '[', ']', '.', '..', '*', ' ', '\t'],
  ...['\r\n', '\0', '\x1b[0m', '\x85', '\xff', '\u2028', '\ud83d', '\ude00', '😀', 'ü', '__proto__'],
  ...[
    'for=',
    'for="',
    'proto=https',
    'host=',
    '10.0.0.1',
    '::1',
    '[::1]:80',
    'unknown',
    '_x',
    '9'.repeat(40),
  ],
  ...[
    'http://',
    'user:pw@',
    'token=',
    '%74oken=',
    '%5B',
    'login',
    '1.1.1.1',
    'x'.repeat(3000),
    'k=;'.repeat(900),
  ],
];
const garbage = fc.oneof(
  fc.array(fc.constantFrom(...PIECES), { maxLength: 12 }).map((pieces) => pieces.join('')),
  fc.string({ unit: 'binary', maxLength: 40 }),
);
const maybe = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(value, { nil: undefined });
const headers = fc
  .array(fc.tuple(fc.constantFrom(...CAPTURED, ...PROXY_HEADERS), fc.oneof(garbage, fc.array(garbage))))
  .map((pairs) => {
    const kept: Record<string, string | string[]> = Object.create(null);
    for (const [name, value] of pairs) kept[name] = value;
    return kept;
  });
const milliseconds = fc.double({ min: -1, max: 1e9, noNaN: true });
const OUTCOMES: readonly Outcome[] = [
  'completed',
  'aborted',
  'timeout',
  'rejected',
  'upgraded',
  'tunneled',
  'crashed',
];
const PEERS = ['203.0.113.7', '10.0.0.1', '104.16.0.1', '::ffff:10.0.0.1', 'fe80::1%x', '', undefined];

const anyExchange: fc.Arbitrary<Exchange> = fc
  .record({
    remoteAddress: fc.constantFrom(...PEERS),
    method: fc.oneof(fc.constantFrom('GET', 'CONNECT', 'OPTIONS'), garbage),
    target: garbage,
    httpVersion: garbage,
    host: maybe(garbage),
    userAgent: maybe(garbage),
    requestHeaders: maybe(headers),
    statusCode: maybe(fc.integer({ min: 100, max: 999 })),
    responseBodySize: maybe(fc.nat()),
    responseHead: maybe(garbage),
    timeToHeadersMs: maybe(milliseconds),
    durationMs: milliseconds,
    outcome: fc.constantFrom(...OUTCOMES),
    errorCode: maybe(garbage),
    route: maybe(garbage),
  })
  .map(({ remoteAddress, ...overrides }) =>
    exchange({ ...overrides, connection: connection({ remoteAddress }) }),
  );

const trusting = recordOptions({
  trustedProxies: ['10.0.0.0/8', 'cloudflare'],
  clientIpHeaders: ['forwarded', 'x-forwarded-for', 'x-real-ip', 'cf-connecting-ip'],
  originHeaders: ['forwarded', 'x-forwarded-proto', 'x-forwarded-host', 'x-forwarded-port'],
  requestHeaders: CAPTURED,
  responseHeaders: ['a', 'x-a'],
  noise: ['/health', '**/x'],
});
const { assess } = compileRecordBuilder(trusting);
const readers = (['line', 'json', 'combined'] as const).map((body) => contentReader({ ...trusting, body }));

/** Caps of the attributes that are strings, as they are promised; everything else has that of the hook. */
const STRING_CAPS: ReadonlyMap<string, number> = new Map(
  Object.entries({
    'http.request.method': 64,
    'http.request.method_original': 64,
    'url.path': 2048,
    'url.scheme': 5,
    'url.query': 2048,
    'http.route': 512,
    'error.type': 64,
    'client.address': 45,
    'network.peer.address': 45,
    'network.protocol.version': 8,
    'server.address': 255,
    'user_agent.original': 512,
  }),
);

describe('hostile traffic', () => {
  test('never throws, and every record is bounded and well-formed, its body one line', () => {
    fc.assert(
      fc.property(
        anyExchange,
        fc.constantFrom(...readers),
        fc.dictionary(garbage, fc.anything()),
        (raw, read, hook) => {
          assess(raw);
          const { attributes, body } = read(raw, RECORD_CONTEXT, hook);
          let size = 0;
          for (const [name, value] of Object.entries(attributes)) {
            assert.ok(isWellFormed(name) && name.length <= 64, name);
            for (const text of [value].flat()) {
              if (typeof text === 'number') assert.ok(Number.isFinite(text), name);
              if (typeof text !== 'string') continue;
              assert.ok(isWellFormed(text), name);
              assert.ok(text.length <= (STRING_CAPS.get(name) ?? CAPS.hookString), name);
              size += text.length;
            }
          }
          assert.ok(size < 20_000, String(size));
          assert.ok(isWellFormed(body) && body.length < 40_000);
          assert.ok(!/[\p{Cc}\p{Zl}\p{Zp}]/u.test(body), body);
          assert.equal(Object.getPrototypeOf(attributes), Object.prototype);
        },
      ),
      { numRuns: 500 },
    );
  });

  test('thousands of entries and parameters are cut, not thrown at', () => {
    const many = 4000;
    const [read] = readers;
    assert.ok(read);
    const { attributes } = read(
      exchange({
        connection: connection({ remoteAddress: '10.0.0.1' }),
        target: `/?${'a[token]=b&'.repeat(many)}`,
        requestHeaders: {
          'x-forwarded-for': Array<string>(many).fill('10.0.0.2'),
          'x-forwarded-host': `${'a'.repeat(many)},`.repeat(64),
          cookie: 'a=b; '.repeat(many),
          'x-a': Array<string>(many).fill('x'.repeat(1024)),
        },
      }),
      RECORD_CONTEXT,
    );
    assert.deepEqual(attributes['access_log.truncated'], [
      ...['url.query', 'server.address', 'http.request.header.cookie', 'http.request.header.x-a'],
    ]);
    assert.equal(attributes['client.address'], '10.0.0.2');
  });

  test('headers that nobody vouches for change nothing', () => {
    const options = { ...trusting, requestHeaders: [], responseHeaders: [] };
    const read = contentReader(options);
    fc.assert(
      fc.property(anyExchange, fc.constantFrom('203.0.113.7', '::1', undefined), (raw, remoteAddress) => {
        const told = { ...raw, connection: connection({ remoteAddress }) };
        const silent = { ...told, requestHeaders: undefined };
        assert.deepEqual(read(told, RECORD_CONTEXT), read(silent, RECORD_CONTEXT));
      }),
    );
  });

  test('user information of an absolute target is nowhere in the record', () => {
    const secret = fc.stringMatching(/^[A-Z0-9@:%!$]{8,20}$/);
    fc.assert(
      fc.property(secret, secret, fc.constantFrom(...readers), (user, password, read) => {
        const raw = exchange({ target: `http://${user}:${password}@a.example/x?y=z` });
        const written = JSON.stringify(read(raw, RECORD_CONTEXT));
        assert.ok(!written.includes(user) && !written.includes(password), written);
      }),
    );
  });
});
