import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { encodeTarget, IS_LINE_CHARACTER, jsonString } from '../../src/record/escape.ts';

/** RFC 3986 section 2: `reserved`, `unreserved`, and `pct-encoded`. */
const URI_TEXT = /^(?:[A-Za-z0-9\-._~:/?#[\]@!$&'()*+,;=]|%[0-9A-Fa-f]{2})*$/;

describe('a JSON string', () => {
  const CONTROL = /[\p{Cc}\p{Zl}\p{Zp}]/u;
  const anyText = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ unit: fc.constantFrom('"', '\\', '\x7f', '\x85', '\u2028', '\ud800', 'a', ' ') }),
  );

  test('is read as the text that it was made of, and has no control character', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const json = jsonString(text);
        assert.equal(JSON.parse(json), text);
        assert.doesNotMatch(json, CONTROL);
      }),
    );
  });
});

describe('encodeTarget', () => {
  test('leaves what RFC 3986 allows, and encodes every other byte', () => {
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
