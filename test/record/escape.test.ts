import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
  encodeTarget,
  escapeQuoted,
  escapeWord,
  IS_LINE_CHARACTER,
  jsonString,
} from '../../src/record/escape.ts';

/** RFC 3986 section 2: `reserved` without `=`, `unreserved`, and `pct-encoded`. */
const URI_TEXT = /^(?:[A-Za-z0-9\-._~:/?#[\]@!$&'()*+,;]|%[0-9A-Fa-f]{2})*$/;

describe('a JSON string', () => {
  const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]|(?! )\p{Zs}/u;
  const anyText = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ unit: fc.constantFrom('"', '\\', '\x7f', '\x85', '\u2028', '\ud800', 'a', ' ', '=') }),
    fc.string({
      unit: fc.constantFrom('\u202e', '\u200b', '\ufe0f', '\u3164', '\u{e0061}', '\xa0', '\u3000', 'ü'),
    }),
  );

  test('is read as the text that it was made of, and has nothing in it that is not seen', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const json = jsonString(text);
        assert.equal(JSON.parse(json), text);
        assert.doesNotMatch(json, UNSEEN);
        assert.doesNotMatch(json, / .*=/);
      }),
    );
  });

  const cases: readonly [name: string, text: string, json: string][] = [
    ['what is seen', 'grün, 日本 😀', '"grün, 日本 😀"'],
    ['directions', 'a\u202eb\u2066', '"a\\u202eb\\u2066"'],
    ['what has no width', '\u200b\ufeff\xad', '"\\u200b\\ufeff\\u00ad"'],
    ['tags, beyond the Basic Multilingual Plane', '\u{e0061}', '"\\udb40\\udc61"'],
    ['blanks that are no space', '\xa0\u3000', '"\\u00a0\\u3000"'],
    ['a pair of logfmt', 'x level=fatal', '"x level\\u003dfatal"'],
    ['a pair behind what is escaped', '"\n level=fatal', '"\\"\\n level\\u003dfatal"'],
    ['no blank before it, so no pair', 'a=1&b=2', '"a=1&b=2"'],
  ];
  for (const [name, text, json] of cases) test(name, () => assert.equal(jsonString(text), json));
});

describe('a value in quotes', () => {
  const cases: readonly [name: string, text: string, quoted: string][] = [
    ['quotes and backslashes', 'a" \\', 'a\\x22 \\x5c'],
    ['controls', 'a\n\r\t\v\b\0\x7f', 'a\\n\\r\\t\\v\\b\\x00\\x7f'],
    ['bytes of a header, and other texts', '\xe9\u202e😀', '\\xe9\\xe2\\x80\\xae\\xf0\\x9f\\x98\\x80'],
    ['a pair of logfmt', 'x level=fatal', 'x level\\x3dfatal'],
    ['no blank before it, so no pair', 'https://a/?b=1', 'https://a/?b=1'],
  ];
  for (const [name, text, quoted] of cases) test(name, () => assert.equal(escapeQuoted(text), quoted));
  test('a word has no blank either', () => assert.equal(escapeWord('a" b='), 'a\\x22\\x20b\\x3d'));
});

describe('encodeTarget', () => {
  test('leaves what RFC 3986 allows except for `=`, and encodes every other byte', () => {
    for (let code = 0; code < 0x80; code++) {
      const char = String.fromCharCode(code);
      const encoded = `%${code.toString(16).toUpperCase().padStart(2, '0')}`;
      assert.equal(encodeTarget(char), URI_TEXT.test(char) ? char : encoded);
      assert.equal(IS_LINE_CHARACTER[code] === 1, URI_TEXT.test(char));
    }
  });

  const part = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 4 }),
    fc.constantFrom('%', '%4', '%41', '%zz', '%7B', '{', '"', ' ', '\xc3\xb6', '\xff', '[', 'plain'),
  );
  const text = fc.array(part, { maxLength: 12 }).map((parts) => parts.join(''));

  test('makes a text that RFC 3986 allows of any, and does not change it a second time', () => {
    fc.assert(
      fc.property(text, (any) => {
        const encoded = encodeTarget(any);
        assert.match(encoded, URI_TEXT);
        assert.equal(encodeTarget(encoded), encoded);
        if (URI_TEXT.test(any)) assert.equal(encoded, any);
      }),
      { numRuns: 2000 },
    );
  });

  test('decoded, it is what it was made of', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (any) => {
        const withoutPercent = any.replaceAll('%', '');
        const decoded = decodeURIComponent(encodeTarget(withoutPercent));
        // The bytes that Node made characters of, where they are UTF-8.
        assert.ok(
          decoded === withoutPercent || Buffer.from(decoded).toString('latin1') === withoutPercent,
          decoded,
        );
      }),
    );
  });
});
