import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { claimsOf, claimText } from '../../../src/record/identity/jwt.ts';
import { encoded, jwt } from './support/jwt.ts';

describe('the claims of a token', () => {
  test('are those of its payload', () => {
    assert.deepEqual(claimsOf(jwt({ sub: 'ada', n: 5 })), { sub: 'ada', n: 5 });
    assert.deepEqual(claimsOf(jwt({ sub: 'Adä' })), { sub: 'Adä' });
  });

  const header = encoded({ alg: 'RS256' });
  const payload = encoded({ sub: 'ada' });
  const tooLong = encoded({ sub: 'x'.repeat(8192) });
  const longest = { sub: 'x'.repeat(8192 - '{"sub":""}'.length) };
  const rows: Record<string, string> = {
    'no token': 'garbage',
    nothing: '',
    dots: '..',
    'two parts': `${header}.${payload}`,
    'four parts': `${header}.${payload}.c2ln.c2ln`,
    'five parts, encrypted': `${header}.a.${payload}.c.d`,
    'no signature': `${header}.${payload}.`,
    'alg none': jwt({ sub: 'ada' }, { alg: 'none' }),
    'alg nOnE': jwt({ sub: 'ada' }, { alg: 'nOnE' }),
    'no alg': jwt({ sub: 'ada' }, {}),
    'alg that is no text': jwt({ sub: 'ada' }, { alg: ['RS256'] }),
    'a header that is no JSON': `${Buffer.from('{').toString('base64url')}.${payload}.c2ln`,
    'a payload that is no JSON': `${header}.${Buffer.from('sub=ada').toString('base64url')}.c2ln`,
    'a payload that is no object': `${header}.${encoded(['ada'])}.c2ln`,
    'a payload that is null': `${header}.${encoded(null)}.c2ln`,
    'a payload in the other base64': `${header}.${payload}+/.c2ln`,
    'a payload that is no UTF-8': `${header}.${Buffer.from([0x22, 0xff, 0x22]).toString('base64url')}.c2ln`,
    'a payload of more than 8 KiB': `${header}.${tooLong}.c2ln`,
    'a payload of brackets': `${header}.${Buffer.from('['.repeat(8000)).toString('base64url')}.c2ln`,
  };
  for (const [what, token] of Object.entries(rows)) {
    test(`there are none of ${what}`, () => assert.equal(claimsOf(token), undefined));
  }

  test('of a payload of 8 KiB are read', () => assert.deepEqual(claimsOf(jwt(longest)), longest));
});

describe('a claim as a text', () => {
  const claims = JSON.parse(
    '{"s":"ada","n":5.5,"t":true,"f":false,"e":"","o":{},"a":["x"],"z":null,"__proto__":"p"}',
  );
  const rows: Record<string, string | undefined> = {
    s: 'ada',
    n: '5.5',
    t: 'true',
    f: 'false',
    e: undefined,
    o: undefined,
    a: undefined,
    z: undefined,
    absent: undefined,
    constructor: undefined,
  };
  for (const [name, text] of Object.entries(rows)) {
    test(name, () => assert.equal(claimText(claims, name), text));
  }

  test('named as the prototype is', () => assert.equal(claimText(claims, '__proto__'), 'p'));
});
