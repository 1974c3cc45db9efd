import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { LineMasking } from '../../../src/cli/mask/line-masking.ts';
import { BUILT_IN } from '../../../src/cli/mask/rule-hits.ts';
import { explanation, summaryText } from '../../../src/cli/mask/summary.ts';
import { parseRulesFile } from '../../../src/options/rules/rules-file.ts';
import { optionSchema } from '../../../src/options/schema.ts';
import { HashKey } from '../../../src/record/masking/hash-key.ts';

const KEY = HashKey.of(Buffer.alloc(32, 7));
const RULES = `version: 1
allow: [user.id]
detect: { email: replace }
query: { code: replace, "utm_*": remove }
cookies: { sid: hash, theme: show, "*": remove }
headers: { x-api-key: mask }
paths: { "/reset/{token}": { token: replace } }
patterns: [{ name: order, match: 'ORD-\\d{4}', do: mask, in: [fields] }]
`;

function maskingOf(rules = ''): LineMasking {
  const file = rules === '' ? undefined : parseRulesFile(Buffer.from(rules), 'rules.yaml', true);
  return new LineMasking(file?.masking, optionSchema.detect.default, KEY);
}

type Row = readonly [line: string, masked: string, explained: string];

function testRows(masking: LineMasking, rows: readonly Row[]): void {
  for (const [line, masked, explained] of rows) {
    test(line, () => {
      const { text, hits } = masking.mask(line);
      assert.deepEqual([text, explanation(hits)], [masked, explained]);
    });
  }
}

describe('what a line is taken for', () => {
  const masking = maskingOf(RULES);
  const sid = `${KEY.hash('cookie', '1')}`;
  testRows(masking, [
    [
      'GET /reset/abc?code=1&utm_x=2&page=3 HTTP/1.1',
      'GET /reset/REDACTED?code=REDACTED&page=3 HTTP/1.1',
      'url.path: paths./reset/{token}; url.query: query.code, query.utm_*',
    ],
    ['POST /reset/abc', 'POST /reset/REDACTED', 'url.path: paths./reset/{token}'],
    ['/a?utm_x=1', '/a', 'url.query: query.utm_*'],
    ['/a?', '/a?', ''],
    [
      'https://me:pw@jane@shop.example/a?password=1#f',
      'https://shop.example/a?password=REDACTED',
      'url.query: built in; server.address: built in',
    ],
    ['https://shop.example', 'https://shop.example', ''],
    ['OPTIONS * HTTP/1.1', 'OPTIONS * HTTP/1.1', ''],
    ['CONNECT me@shop.example:443 HTTP/1.1', 'CONNECT shop.example:443 HTTP/1.1', 'server.address: built in'],
    ['/login?a=b', '/login', 'url.query: built in'],
    [
      '203.0.113.7 - - [x] "GET /reset/a?code=9 HTTP/1.1" 200 12 "https://r.example/?code=1" "x 13812345678"',
      '203.0.113.7 - - [x] "GET /reset/REDACTED?code=REDACTED HTTP/1.1" 200 12 "https://r.example/?code=REDACTED" "x ***********"',
      'url.path: paths./reset/{token}; url.query: query.code; text: phone-cn',
    ],
    [
      'Cookie: sid=1; theme=dark; x=1',
      `Cookie: sid=${sid}; theme=dark`,
      'header cookie: cookies.sid, cookies.*',
    ],
    ['set-cookie: x=1; Path=/', 'set-cookie:', 'header set-cookie: cookies.*'],
    ['X-Api-Key:  abc', 'X-Api-Key:  ***', 'header x-api-key: headers.x-api-key'],
    ['Authorization: Bearer abc', 'Authorization: Bearer REDACTED', 'header authorization: built in'],
    ['Referer: https://h.example/login?a=b', 'Referer: https://h.example/login', 'header referer: built in'],
    ['url.query: code=1&a=b', 'url.query: code=REDACTED&a=b', 'url.query: query.code'],
    ['url.path: /reset/abc', 'url.path: /reset/REDACTED', 'url.path: paths./reset/{token}'],
    [
      'http.request.header.cookie: theme=dark; sid=1',
      `http.request.header.cookie: theme=dark; sid=${sid}`,
      'header cookie: cookies.sid',
    ],
    ['shop.cart: ORD-1234', 'shop.cart: ********', 'shop.cart: patterns.order'],
    ['user_agent.original: ORD-1234', 'user_agent.original: ORD-1234', ''],
    ['user.id: jane@shop.example', 'user.id: jane@shop.example', ''],
    ['order ORD-1234 of jane@shop.example', 'order ******** of REDACTED', 'text: email, patterns.order'],
    ['12:30:01 nothing to see; GET off my lawn', '12:30:01 nothing to see; GET off my lawn', ''],
    ['', '', ''],
  ]);
});

describe('JSON', () => {
  testRows(maskingOf(RULES), [
    [
      '{"url.path":"/reset/a\\u0062c", "n": 1.0,\t"req":{"url" : "GET /x?code=1"}}',
      '{"url.path":"/reset/REDACTED", "n": 1.0,\t"req":{"url" : "GET /x?code=REDACTED"}}',
      'url.path: paths./reset/{token}; url.query: query.code',
    ],
    [
      '{"http.request.header.x-api-key":["a\\"","bc"],"msg":"\\u0061 \\ud800"}',
      '{"http.request.header.x-api-key":["**","**"],"msg":"\\u0061 \\ud800"}',
      'header x-api-key: headers.x-api-key',
    ],
    ['{"user": "jane@shop.example', '{"user": "REDACTED', 'text: email'],
  ]);
});

describe('without rules', () => {
  testRows(maskingOf(), [
    [
      '/a?token=1&page=2&p=13812345678',
      '/a?token=REDACTED&page=2&p=***********',
      'url.query: phone-cn, built in',
    ],
    ['Cookie: a=1', 'Cookie: a=REDACTED', 'header cookie: built in'],
    ['token=1', 'token=1', ''],
  ]);
});

test('a value that is longer than a record shows is cut', () => {
  const { text, isCut, hits } = maskingOf().mask('x'.repeat(3000));
  assert.deepEqual([text.length, isCut, hits.size], [2048, true, 0]);
  assert.equal(maskingOf().mask('x'.repeat(2048)).isCut, false);
});

test('patterns have no limit of time: a sample comes at once', () => {
  const masking = maskingOf(RULES);
  const line = `${'ORD-1234 '.repeat(200)}`;
  for (let count = 0; count < 200; count++) assert.doesNotMatch(masking.mask(line).text, /NOT SCANNED|ORD/);
});

describe('the summary', () => {
  test('counts by rule, and the rules that never matched', () => {
    const masking = maskingOf(RULES);
    for (const line of ['/a?code=1&token=2', '/b?code=1', 'a@b.example']) masking.mask(line);
    assert.equal(
      summaryText({ lines: 3, changed: 3, cut: 0 }, masking.rules, masking.counts),
      `lines 3, changed 3
  email       1
  query.code  2
  ${BUILT_IN}    1
never matched: jwt, bearer, card, phone-cn, query.utm_*, headers.x-api-key, cookies.sid, cookies.*, paths./reset/{token}, patterns.order
`,
    );
  });

  test('tells of what was cut', () => {
    const masking = new LineMasking(undefined, [], undefined);
    assert.equal(
      summaryText({ lines: 1, changed: 1, cut: 1 }, masking.rules, masking.counts),
      'lines 1, changed 1, cut 1 (a record shows 2048 characters of a value)\n',
    );
  });
});
