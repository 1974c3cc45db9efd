import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
  CREDENTIAL_ENDINGS,
  CREDENTIAL_NAMES,
  CREDENTIAL_PARTS,
} from '../../src/record/redact/credential-words.ts';
import { isCredentialName, redactPath, redactQuery, redactUrl } from '../../src/record/redact/redaction.ts';
import { CREDENTIALS, HARMLESS } from '../record/redact/support/credential-names.ts';
import { contentReader, exchange, recordMaker, recordOptions } from '../record/support/exchange-factory.ts';
import { fuzz } from './support/fuzz.ts';
import { assertLinear } from './support/growth.ts';
import { referenceIsCredentialName, referenceRedact } from './support/redaction-reference.ts';

/** How a character is written that stands for itself, is encoded, is encoded twice, or digit by digit. */
const WAYS: readonly ((char: string, code: string) => string)[] = [
  (char) => char,
  (_, code) => `%${code}`,
  (_, code) => `%${code.toUpperCase()}`,
  (_, code) => `%25${code}`,
  (_, code) => `%2525${code}`,
  (_, code) => `%%3${code}`,
];

function written(text: string, ways: readonly number[]): string {
  return Array.from(text, (char, index) => {
    const code = char.charCodeAt(0).toString(16).padStart(2, '0');
    return WAYS[ways[index % ways.length] ?? 0]?.(char, code) ?? char;
  }).join('');
}

const ways = fc.array(fc.nat(WAYS.length - 1), { minLength: 1, maxLength: 30 });
const words = fc.constantFrom(...CREDENTIAL_ENDINGS, ...CREDENTIAL_PARTS, ...CREDENTIAL_NAMES);
const fragment = fc.oneof(
  fc.constantFrom(...CREDENTIALS, ...HARMLESS),
  words,
  words.map((word) => word.slice(1)),
  fc.mixedCase(words),
  fc.constantFrom(...'=&;?#%+_-.[]/ 0123456789aAeEnNyY"{}:@\0\r\n'),
  fc.constantFrom(
    '":',
    '" : "',
    "'+:",
    ':"',
    '{"',
    '\\"',
    '\\\\',
    '\\u0022',
    '\\u0065',
    '\\u003d',
    '\\n',
    '%22',
    '%5C',
  ),
  fc.constantFrom('%', '%2', '%3D', '%3d', '%26', '%3B', '%3F', '%23', '%25', '%253D', '%%33D', '%3%44'),
  fc.constantFrom('%00', '%C3%A9', '\xc3\xa9', '\xe5\xaf\x86', '\xff', 'ü', '密', '😀', '\ud800', 'K', 'ſ'),
);
const text = fc.array(fragment, { maxLength: 12 }).map((fragments) => fragments.join(''));
const hostile = fc.oneof(
  { weight: 4, arbitrary: fc.tuple(text, text, ways).map(([one, other, how]) => one + written(other, how)) },
  {
    weight: 1,
    arbitrary: fc.tuple(text, fc.nat(400)).map(([one, times]) => one.repeat(times).slice(0, 4096)),
  },
);

const SECRET = 'zQ9vXk7Jw';
/** A query with the secret under a name, or such a query in a value of a query, and so on. */
const planted = fc
  .record({
    name: fc.constantFrom(...CREDENTIALS),
    how: ways,
    outer: fc.array(fc.constantFrom('next', 'redirect_uri', 'a', 'url[0]'), { maxLength: 3 }),
    before: text,
    separator: fc.constantFrom('&', ';', '?'),
    after: text,
  })
  .map(({ name, how, outer, before, separator, after }) => {
    const inner = `${written(name, how)}=${SECRET}`;
    const nested = outer.reduce((query, key) => `${key}=${encodeURIComponent(`/cb?a=1&${query}`)}`, inner);
    return `${before}${separator}${nested}${after}`;
  });

/** The record holds what a client sends in every place that is redacted. */
const readers = (['line', 'json', 'combined'] as const).map((body) =>
  contentReader(
    recordOptions({ body, requestHeaders: ['referer', 'x-original-url', 'cookie', 'x-api-key'] }),
  ),
);

/** JSON with the secret under a name, in objects, lists and texts within JSON, in the value of a parameter. */
const plantedInJson = fc
  .record({
    name: fc.constantFrom(...CREDENTIALS),
    how: ways,
    escapes: fc.array(fc.boolean(), { minLength: 1, maxLength: 20 }),
    outer: fc.array(fc.nat(3), { maxLength: 4 }),
    space: fc.constantFrom('', ' ', '\n\t'),
    key: fc.constantFrom('filter=', 'variables=', 'a[b]=', 'next=/x?y=', 'a;', ''),
    cut: fc.nat(6),
  })
  .map(({ name, how, escapes, outer, space, key, cut }) => {
    const escaped = Array.from(name, (char, at) =>
      escapes[at % escapes.length] === true ? `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}` : char,
    ).join('');
    const inner = `{"page":1,"${escaped}"${space}:${space}"${SECRET}"}`;
    const json = outer.reduce((text, way) => {
      if (way === 0) return `{"a":${text},"b":null}`;
      if (way === 1) return `[1,${text}]`;
      return `{"a":${JSON.stringify(text)}}`;
    }, inner);
    return `x=1&${key}${written(json.slice(0, json.length - cut), how)}&y=2`;
  });

describe('redaction of hostile text', () => {
  test('does what its slow and obvious reference does', () => {
    fuzz(
      fc.property(hostile, (given) => {
        assert.equal(redactQuery(given), referenceRedact(given, '&'));
        assert.equal(redactPath(given), /[=%]/.test(given) ? referenceRedact(given, '/&') : given);
        const name = given.replace(/[=&;?#%]/g, '').slice(0, 2000);
        assert.equal(isCredentialName(name), referenceIsCredentialName(name));
      }),
      0.15,
    );
  });

  test('leaves no secret under the name of a credential, however it is written', () => {
    fuzz(
      fc.property(planted, fc.constantFrom(...readers), (query, read) => {
        assert.ok(!redactQuery(query).includes(SECRET), redactQuery(query));
        assert.ok(!redactPath(`/a/${query}`).includes(SECRET), redactPath(`/a/${query}`));
        const url = `https://user:${SECRET}@a.example/x?${query}`;
        assert.ok(
          !redactUrl(url, () => false).includes(SECRET),
          redactUrl(url, () => false),
        );
        const cookie = `${query};${SECRET}; a=${SECRET}`;
        const headers = { referer: url, 'x-original-url': `/x?${query}`, cookie, 'x-api-key': SECRET };
        const record = JSON.stringify(read(exchange({ target: `/a?${query}`, requestHeaders: headers })));
        assert.ok(!record.includes(SECRET), record);
      }),
      0.1,
    );
  });

  test('leaves no secret under a name in JSON, however it is written', () => {
    fuzz(
      fc.property(plantedInJson, fc.constantFrom(...readers), (query, read) => {
        const redacted = redactQuery(query);
        assert.ok(!redacted.includes(SECRET.slice(0, 3)), redacted);
        assert.ok(redacted.startsWith('x=1&'), redacted);
        assert.ok(query.length > 2048 || redacted.endsWith('&y=2'), redacted);
        const record = JSON.stringify(read(exchange({ target: `/a?${query}` })));
        assert.ok(!record.includes(SECRET.slice(0, 3)), record);
      }),
      0.1,
    );
  });

  test('leaves a query of harmless names as it was, however they are written', () => {
    const parameter = fc
      .tuple(fc.constantFrom(...HARMLESS), ways, fc.stringMatching(/^[a-z0-9+,.:@-]{0,12}$/))
      .map(([name, how, value]) => `${written(name, how)}=${value}`);
    fuzz(
      fc.property(fc.array(parameter, { maxLength: 20 }), (parameters) => {
        const query = parameters.join('&').slice(0, 2048);
        assert.equal(redactQuery(query), query);
      }),
      0.05,
    );
  });
});

const SHAPES = [
  ...[
    '%=%&',
    '%',
    '%%3%34',
    '%25',
    '%2525',
    '%252525=',
    '%3D',
    'a=%3D',
    '=',
    'n=',
    '&',
    ';',
    'e;',
    '?=',
    '?',
  ],
  ...[
    'aN',
    'aN=',
    'a1',
    'sertion=',
    'oken_',
    'oken',
    't_o_k_e_n_',
    '[a]',
    '[0]',
    'filter%5Bn%5D=a&',
    '%6E=%6E&',
  ],
  ...[
    'key=&',
    'key=1&',
    'pwd=1&',
    'a=b;',
    'token',
    'accesskeyi',
    'a=b&',
    '/a=b',
    '//',
    'https://u:p@',
    '\xc3',
  ],
  ...[
    '"',
    '":',
    '":"',
    '"pass',
    'oken":',
    '%22:',
    '\\',
    '\\u0022',
    '\\u',
    '{"n":',
    '"n":1;',
    '"n":1&',
    ':',
    ' "',
    '" ',
  ],
];
const filled = (shape: string, length: number): string =>
  shape.repeat(Math.ceil(length / shape.length)).slice(0, length);

/** The least of many runs, in nanoseconds for each character. */
function cost(length: number, work: () => unknown): number {
  let least = Number.POSITIVE_INFINITY;
  for (let run = 0; run < 200; run++) {
    const start = performance.now();
    for (let again = 0; again < 4; again++) work();
    least = Math.min(least, performance.now() - start);
  }
  return (least * 1e6) / 4 / length;
}

describe('what hostile text costs', () => {
  const options = recordOptions({ requestHeaders: ['referer', 'cookie', 'x-original-url', 'authorization'] });
  const make = recordMaker(options);
  const record = (given: string): unknown => {
    const requestHeaders = { referer: given, cookie: given, 'x-original-url': given, authorization: given };
    return make(exchange({ target: `/a?${given}`, requestHeaders })).attributes;
  };

  for (const shape of SHAPES) {
    test(`${shape} grows as its length does`, () => {
      assertLinear((length) => `${filled(shape, length)}=1`, redactQuery);
      assertLinear((length) => `/${filled(shape, length)}=1`, redactPath);
      assertLinear((length) => filled(shape, length), record);
    });
  }

  test('no query costs more than 40 times what reading its characters does', () => {
    const plain = filled('x', 2048);
    const reading = cost(2048, () => {
      let sum = 0;
      for (let at = 0; at < plain.length; at++) sum += plain.charCodeAt(at);
      return sum;
    });
    for (const shape of SHAPES) {
      const query = `${filled(shape, 2046)}=1`;
      const ratio = cost(2048, () => redactQuery(query)) / reading;
      assert.ok(ratio <= 40, `${shape}: ${ratio.toFixed(1)} times`);
    }
  });
});
