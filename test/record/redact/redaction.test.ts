import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { redactPath, redactQuery, redactUrl } from '../../../src/record/redact/redaction.ts';

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
    ['SIG=x&signature=y&x-amz-signature=z', 'SIG=REDACTED&signature=REDACTED&x-amz-signature=REDACTED'],
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
    ['next=token=x', 'next=REDACTED'],
    ['next=a=b', 'next=a=b'],
    ['next=%3Ftoken=x', 'next=REDACTED'],
    ['a%26token=x', 'a%26token=REDACTED'],
    ['a%3Btoken%3Dx', 'REDACTED'],
    ['token%3Dx=1', 'REDACTED'],
    ['a;token%3Dx&b=1', 'a;REDACTED&b=1'],
    ['&&token=x&&', '&&token=REDACTED&&'],
    ['=x&=token', '=x&=token'],
    // Whatever else is in the query, the same name is treated in the same way.
    ['pass_word=x&se-cret=y', 'pass_word=REDACTED&se-cret=REDACTED'],
    ['pass_word=x&se-cret=y&a=%20', 'pass_word=REDACTED&se-cret=REDACTED&a=%20'],
    // Encoded more often, and digit by digit.
    ['%25252574oken=x', '%25252574oken=REDACTED'],
    ['%%37%34oken=x', '%%37%34oken=REDACTED'],
    ['next=%25253Ftoken%25253Dx', 'next=REDACTED'],
    ['%%%&%=%&%7=%', '%%%&%=%&%7=%'],
    // No ASCII: single bytes, as node:http hands them over, or encoded.
    ['pass%C3%A9=x', 'pass%C3%A9=x'],
    ['pass\xc3\xa9=x', 'pass\xc3\xa9=x'],
    ['\xe5\xaf\x86token=x', '\xe5\xaf\x86token=REDACTED'],
    ['%E5%AF%86_token=x', '%E5%AF%86_token=REDACTED'],
    ['%ff%fetoken=x', '%ff%fetoken=REDACTED'],
    ['%EF%BD%94%EF%BD%8Fken=x', '%EF%BD%94%EF%BD%8Fken=x'],
    ['to\0ken=x', 'to\0ken=REDACTED'],
    // The index of a list belongs to no name.
    ['code[0]=x&code[1][]=y&code.2=z', 'code[0]=REDACTED&code[1][]=REDACTED&code.2=REDACTED'],
    ['code1=x&key2=y', 'code1=x&key2=y'],
    // Only the whole name counts.
    ['filter[code]=x&sort.key=y&[key]=z', 'filter[code]=x&sort.key=y&[key]=REDACTED'],
    // JSON.
    ['filter={"password":"s3cret"}&a=1', 'filter=REDACTED&a=1'],
    ['filter=%7B%22password%22%3A%22s3cret%22%7D&a=1', 'filter=REDACTED&a=1'],
    ['variables=%257B%2522token%2522%253A%2522s3cret%2522%257D', 'variables=REDACTED'],
    ['f={"a":[1,{"user":{"apiKey":"s3cret"}}]}', 'f=REDACTED'],
    ['f=%7B%22pass%5Cu0077ord%22%3A%22s3cret%22%7D', 'f=REDACTED'],
    ['f={"pass\\u0077ord"+:+"s3cret"}', 'f=REDACTED'],
    ['f={"variables":"{\\"pin\\":\\"1234\\"}"}', 'f=REDACTED'],
    ['f={"variables":"{\\u0022pin\\u0022:1234}"}', 'f=REDACTED'],
    ["f={'code':'s3cret'}", 'f=REDACTED'],
    ['query=mutation{login(email:"a",pin:+"1234"){id}}', 'query=REDACTED'],
    ['f={"url":"/cb?a=1#token\\u003ds3cret"}', 'f={"url":"/cb?a=REDACTED'],
    ['f={"a":1,"token":"s3cr', 'f=REDACTED'],
    ['f="token":s3cret', 'f=REDACTED'],
    ['f={"a;b":1,"token":"s3cret;x"}&b=1', 'f={"a;REDACTED&b=1'],
    ['{"token":"s3=cret"}', 'REDACTED'],
    ['%7B%22token%22%3A%22s3cret%22%7D&a', 'REDACTED&a'],
    ['{"q":"x=y","token":"s3cret"}', '{"q":"x=REDACTED'],
    [
      'f={"page":2,"country_code":"DE","q":"the token: mine"}',
      'f={"page":2,"country_code":"DE","q":"the token: mine"}',
    ],
    ['f=["token","password"]', 'f=["token","password"]'],
    ["q=it's+the+key:+mine&at=12:30", "q=it's+the+key:+mine&at=12:30"],
    // Base64 with padding is no name.
    [`state=${'aPwd0'.repeat(20)}==`, `state=${'aPwd0'.repeat(20)}==`],
    [`state=?${'aPwd0'.repeat(20)}=x`, `state=?${'aPwd0'.repeat(20)}=REDACTED`],
  ];
  for (const [query, redacted] of cases) {
    test(JSON.stringify(query), () => assert.equal(redactQuery(query), redacted));
  }

  describe('what is not looked at is not written', () => {
    test('after 2048 characters nothing is', () => {
      const query = `q=${'x'.repeat(3000)}&token=y`;
      assert.equal(redactQuery(query), query.slice(0, 2048));
      assert.equal(redactQuery(`a=1&token=${'x'.repeat(3000)}`), 'a=1&token=REDACTED');
    });

    test('at any cut nothing of a secret is left', () => {
      const secret = 'S3cR3tV4Lu3';
      const query = `a=1&to%6ben=${secret}&next=https%3A%2F%2Fa%2F%3Fcode%3D${secret}%26b%3D2;pass=${secret}&c=3`;
      for (let end = 0; end <= query.length; end++) {
        const redacted = redactQuery(query, 0, end);
        assert.equal(redactQuery(query.slice(0, end)), redacted);
        assert.ok(!/S3|%3DS|=S/.test(redacted), redacted);
      }
    });

    test('one word stands for what comes after 256 parameters', () => {
      const looked = 'a=b&'.repeat(256);
      assert.equal(redactQuery(`${looked}c=d&token=x`), `${looked}REDACTED`);
      assert.equal(redactQuery(looked), looked);
      assert.equal(redactQuery(`${'a;'.repeat(512)}c=x`), `${'a;'.repeat(512)}REDACTED`);
      assert.equal(redactQuery(`a=${'%3D'.repeat(600)}`), 'REDACTED');
    });

    test('and for what comes after 32 credentials', () => {
      const shown = 'pin=REDACTED&'.repeat(32).slice(0, -1);
      assert.equal(redactQuery('pin=1&'.repeat(40)), shown);
      assert.equal(redactQuery(`${'pin=1&'.repeat(31)}a=b`), `${'pin=REDACTED&'.repeat(31)}a=b`);
    });
  });

  test('a part of a text is redacted as if it stood alone', () => {
    assert.equal(redactQuery('/x?token=1&a=2#token=3', 3, 14), 'token=REDACTED&a=2');
    assert.equal(redactQuery('/x?', 3), '');
  });

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

describe('redactPath', () => {
  const cases: readonly [path: string, redacted: string][] = [
    ['', ''],
    ['*', '*'],
    ['/orders/42', '/orders/42'],
    ['/cart;jsessionid=1/items', '/cart;jsessionid=REDACTED/items'],
    ['/cart;JSESSIONID=1', '/cart;JSESSIONID=REDACTED'],
    ['/cart;v=1;token=2;w=3/x;a=b', '/cart;v=1;token=REDACTED/x;a=b'],
    ['/a%3Bjsessionid%3D1/b', '/REDACTED/b'],
    ['/cb%3Fcode=1', '/cb%3Fcode=REDACTED'],
    ['/cb&token=1&a=2', '/cb&token=REDACTED&a=2'],
    ['/reset/token=1/x', '/reset/token=REDACTED/x'],
    ['/my%20file=1', '/my%20file=1'],
    ['/a=b/{"x":1}%22', '/a=b/{"x":1}%22'],
    ['/a/%7B%22token%22%3A1%7D/b', '/a/REDACTED/b'],
  ];
  for (const [path, redacted] of cases) {
    test(path || '(empty)', () => assert.equal(redactPath(path), redacted));
  }
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
    ['?token=1', '?token=REDACTED'],
    ['x?', 'x?'],
    ['https://a.example/x;jsessionid=1/y?b=2', 'https://a.example/x;jsessionid=REDACTED/y?b=2'],
    ['https://a.example/cb?b=2#access_token=1?c', 'https://a.example/cb?b=2'],
    ['https://a.example#token=1', 'https://a.example'],
    ['https://a.example/cb#a?token=1', 'https://a.example/cb'],
    ['/cb?next=https%3A%2F%2Fb.example%2F%3Ftoken%3D1', '/cb?next=REDACTED'],
    ['https://user:pw@a.example?x=@', 'https://a.example?x=@'],
    // As browsers read them.
    ['https:user:pw@a.example/x', 'https:a.example/x'],
    ['https:/user:pw@a.example/x', 'https:/a.example/x'],
    ['https:\\\\user:pw@a.example\\x', 'https:\\\\a.example\\x'],
    ['\\/user:pw@a.example/x', '\\/a.example/x'],
    ['app:user@a', 'app:a'],
  ];
  for (const [url, redacted] of cases) {
    test(url || '(empty)', () => assert.equal(redactUrl(url, isSensitive), redacted));
  }
});
