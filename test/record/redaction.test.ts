import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { redactQuery, redactUrl } from '../../src/record/redaction.ts';

const SIGNATURES = [
  ...['X-Amz-Signature', 'X-Amz-Credential', 'X-Amz-Security-Token', 'AWSAccessKeyId', 'Signature', 'sig'],
  'X-Goog-Signature',
];
const CREDENTIALS = [
  ...['token', 'access_token', 'refresh_token', 'id_token', 'password', 'passwd', 'secret', 'client_secret'],
  ...['api_key', 'apikey', 'key', 'auth', 'code', 'session', 'jwt'],
];

describe('redactQuery', () => {
  for (const name of [...SIGNATURES, ...CREDENTIALS]) {
    test(`the value of ${name} is redacted, its name kept`, () => {
      assert.equal(redactQuery(`a=1&${name}=s3cret&b=2`), `a=1&${name}=REDACTED&b=2`);
    });
  }

  const cases: readonly [query: string, redacted: string][] = [
    ['', ''],
    ['a=1&b=2', 'a=1&b=2'],
    ['a=1&&b', 'a=1&&b'],
    ['Token=x', 'Token=REDACTED'],
    ['ACCESS_TOKEN=x', 'ACCESS_TOKEN=REDACTED'],
    ['accessToken=x', 'accessToken=REDACTED'],
    ['access-token=x', 'access-token=REDACTED'],
    ['access.token=x', 'access.token=REDACTED'],
    // The seven names of the conventions are case-sensitive.
    ['SIG=x&signature=y&x-amz-signature=z', 'SIG=x&signature=y&x-amz-signature=z'],
    ['monkey=x&tokens=y&encode=z&design=1&keys=2', 'monkey=x&tokens=y&encode=z&design=1&keys=2'],
    ['token', 'token'],
    ['token=', 'token='],
    ['token=&a=1', 'token=&a=1'],
    ['token=a=b', 'token=REDACTED'],
    ['token=a?b', 'token=REDACTED'],
    ['token=a%26b', 'token=REDACTED'],
    ['token==', 'token=REDACTED'],
    ['token=a&token=b', 'token=REDACTED&token=REDACTED'],
    ['%74oken=x', '%74oken=REDACTED'],
    ['%74%6F%6b%65%6E=x', '%74%6F%6b%65%6E=REDACTED'],
    ['%2574oken=x', '%2574oken=REDACTED'],
    ['X%2DAmz%2dSignature=x', 'X%2DAmz%2dSignature=REDACTED'],
    ['to%00ken=x', 'to%00ken=REDACTED'],
    ['+token=x', '+token=REDACTED'],
    ['%20token%20=x', '%20token%20=REDACTED'],
    ['%zztoken=x', '%zztoken=x'],
    ['token[]=a&token[]=b', 'token[]=REDACTED&token[]=REDACTED'],
    ['token%5B0%5D=a', 'token%5B0%5D=REDACTED'],
    ['user[password]=a', 'user[password]=REDACTED'],
    ['user[password][]=a', 'user[password][]=REDACTED'],
    ['user%5bpassword%5d=a', 'user%5bpassword%5d=REDACTED'],
    ['user.password=a', 'user.password=REDACTED'],
    ['user[name]=a', 'user[name]=a'],
    // Some parsers know `;` too; those that do not take the rest for the value.
    ['a=1;token=x', 'a=1;token=REDACTED'],
    ['token=x;a=1', 'token=REDACTED'],
    ['a=1;token=x;b=2&c=3', 'a=1;token=REDACTED&c=3'],
    ['a;b;token=x', 'a;b;token=REDACTED'],
    // URLs in values.
    ['next=/cb?code=x&a=1', 'next=/cb?code=REDACTED&a=1'],
    ['?token=x', '?token=REDACTED'],
    ['next=https%3A%2F%2Fa%2F%3Fa%3D1%26code%3Dx&b=2', 'next=REDACTED&b=2'],
    ['next=%2Fcb%253Fcode%253Dx', 'next=REDACTED'],
    ['next=https%3A%2F%2Fa%2F%23access_token%3Dx', 'next=REDACTED'],
    ['next=https%3A%2F%2Fa%2F%3Fpage%3D1', 'next=https%3A%2F%2Fa%2F%3Fpage%3D1'],
    ['token%3Dx', 'REDACTED'],
    ['q=the%20key%20to%20success', 'q=the%20key%20to%20success'],
  ];
  for (const [query, redacted] of cases) {
    test(query || '(empty)', () => assert.equal(redactQuery(query), redacted));
  }

  /** Any way to write `name` that a parser may read as `name`. */
  const encoded = (name: string): fc.Arbitrary<string> =>
    fc.array(fc.nat(3), { minLength: name.length, maxLength: name.length }).map((ways) =>
      Array.from(name, (char, index) => {
        const code = char.charCodeAt(0).toString(16);
        return [char, `%${code}`, `%${code.toUpperCase()}`, `%25${code}`][ways[index] ?? 0] ?? char;
      }).join(''),
    );
  const anyCase = (name: string): fc.Arbitrary<string> =>
    fc.mixedCase(fc.constant(name), { toggleCase: (char) => char.toUpperCase() });
  const name = fc.oneof(
    fc.constantFrom(...SIGNATURES).chain(encoded),
    fc
      .constantFrom(...CREDENTIALS)
      .chain(anyCase)
      .chain(encoded),
  );
  const shape = fc.constantFrom('', '[]', '[0]', '%5B%5D', '.0');
  const noise = fc.stringMatching(/^[a-z0-9%=;?[\].&+]{0,20}$/);

  test('no value of a listed name is left, however the name is written and whatever is around it', () => {
    const secret = 'S3cR3t-VaLuE';
    fc.assert(
      fc.property(noise, name, shape, noise, (before, written, brackets, after) => {
        const redacted = redactQuery(`${before}&${written}${brackets}=${secret}${after}`);
        assert.ok(!redacted.includes(secret), redacted);
      }),
      { numRuns: 500 },
    );
  });

  test('a query without a listed name stays as it is', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.stringMatching(/^[bdfghlmnqrvwxz]{1,8}$/), noise)), (pairs) => {
        const query = pairs.map(([key, value]) => `${key}=${value.replace(/[%=;?&]/g, '')}`).join('&');
        assert.equal(redactQuery(query), query);
      }),
    );
  });
});

describe('redactUrl', () => {
  const isSensitive = (path: string): boolean => path === '/login';
  const cases: readonly [url: string, redacted: string][] = [
    ['https://a.example/x?token=1&b=2#c', 'https://a.example/x?token=REDACTED&b=2'],
    ['https://user:pw@a.example/x', 'https://a.example/x'],
    ['https://user:p@ss@a.example', 'https://a.example'],
    ['https://a.example?code=1', 'https://a.example?code=REDACTED'],
    ['https://a.example/@user/x', 'https://a.example/@user/x'],
    ['//user:pw@a.example/x?code=1', '//a.example/x?code=REDACTED'],
    ['/x?code=1', '/x?code=REDACTED'],
    ['/x#access_token=1', '/x'],
    ['/login?a=1', '/login'],
    ['https://a.example/login?a=1', 'https://a.example/login'],
    ['', ''],
  ];
  for (const [url, redacted] of cases) {
    test(url || '(empty)', () => assert.equal(redactUrl(url, isSensitive), redacted));
  }
});
