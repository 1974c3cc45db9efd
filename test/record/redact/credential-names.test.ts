import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isCredentialName, redactQuery } from '../../../src/record/redact/redaction.ts';
import { CREDENTIALS, HARMLESS } from './support/credential-names.ts';

describe('names of credentials', () => {
  test('both tables are long enough to mean something', () => {
    assert.ok(CREDENTIALS.length >= 60 && HARMLESS.length >= 60);
    assert.equal(new Set([...CREDENTIALS, ...HARMLESS]).size, CREDENTIALS.length + HARMLESS.length);
  });

  for (const name of CREDENTIALS) {
    test(`${name} is one`, () => {
      assert.equal(isCredentialName(name), true);
      assert.equal(redactQuery(`a=1&${name}=x&b=2`), `a=1&${name}=REDACTED&b=2`);
      assert.equal(redactQuery(`a=%20&${name}=x`), `a=%20&${name}=REDACTED`);
      assert.equal(redactQuery(`next=${encodeURIComponent(`/cb?${name}=x`)}`), 'next=REDACTED');
    });
  }

  for (const name of HARMLESS) {
    test(`${name} is none`, () => {
      assert.equal(isCredentialName(name), false);
      const query = `a=1&${name}=x&b=%20&next=${encodeURIComponent(`/cb?${name}=x`)}`;
      assert.equal(redactQuery(query), query);
    });
  }

  test('a name of any length is looked at', () => {
    assert.equal(isCredentialName(`${'a'.repeat(5000)}_token`), true);
    assert.equal(isCredentialName(`token_${'a'.repeat(2000)}`), true);
    assert.equal(isCredentialName(''), false);
  });
});
