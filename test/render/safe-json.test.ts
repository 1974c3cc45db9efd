import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { safeJson } from '../../src/render/safe-json.ts';

describe('JSON that is safe on a terminal', () => {
  test('escapes what a terminal obeys or reorders, and nothing else', () => {
    const unsafe =
      '\u009b\u0085\u061c\u200e\u200f\u202a\u202e\u2066\u2069\u2028\u2029\ufeff\u{e0001}\u007f\u001b';
    assert.equal(
      safeJson({ a: `ü…${unsafe}` }),
      '{"a":"ü…\\u009b\\u0085\\u061c\\u200e\\u200f\\u202a\\u202e\\u2066\\u2069\\u2028\\u2029\\ufeff\\udb40\\udc01\\u007f\\u001b"}',
    );
  });

  test('is the same value again, laid out or not', () => {
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: 'binary' }), fc.constantFrom(0, 2), (value, indent) => {
        const text = safeJson(value, undefined, indent);
        assert.deepEqual(JSON.parse(text), JSON.parse(JSON.stringify(value)));
        assert.doesNotMatch(text.replaceAll('\n', ''), /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
      }),
    );
  });
});
