import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Exchange } from '../../../src/http/exchange.ts';
import type { Strategy } from '../../../src/options/rules/strategy.ts';
import { compileIdentity, type IdentityOptions } from '../../../src/record/identity/identity.ts';
import type { FieldOf } from '../../../src/record/identity/sources.ts';
import { DEFAULT_MASKING } from '../../../src/record/masking/default-masking.ts';
import type { Masking } from '../../../src/record/masking/masking.ts';
import { exchange } from '../support/exchange-factory.ts';
import { hashingMasking, hashOf } from './support/hashing-masking.ts';
import { jwt } from './support/jwt.ts';

const NO_OPTIONS: IdentityOptions = {
  session: [],
  user: [],
  tenant: [],
  jwtClaims: [],
  authFingerprint: false,
};

interface Scene {
  readonly options: Partial<IdentityOptions>;
  readonly headers?: Exchange['requestHeaders'];
  readonly trusted?: boolean;
  readonly exchange?: Partial<Exchange>;
  readonly fieldOf?: FieldOf;
  readonly masking?: Masking;
}

/** Who it was, as attributes; `undefined` where that is not known. */
function identityIn(scene: Scene): Record<string, string> | undefined {
  const { options, headers, trusted = false, fieldOf = () => undefined, masking = hashingMasking() } = scene;
  const reader = compileIdentity({ ...NO_OPTIONS, ...options }, () => trusted, fieldOf);
  const identity = reader?.read(exchange({ ...scene.exchange, takeIdentityHeaders: () => headers }), masking);
  return identity && Object.fromEntries(identity);
}

test('without options there is nothing to read', () => {
  assert.equal(
    compileIdentity(
      NO_OPTIONS,
      () => true,
      () => undefined,
    ),
    undefined,
  );
});

test('the headers that are read are those that the options name', () => {
  const reader = compileIdentity(
    {
      session: ['field', 'cookie:sid'],
      user: ['header:X-User', 'baggage:user'],
      tenant: [],
      jwtClaims: ['sub'],
      authFingerprint: false,
    },
    () => true,
    () => undefined,
  );
  assert.deepEqual(reader?.headerNames, ['cookie', 'x-user', 'baggage', 'authorization']);
  assert.deepEqual([...(reader?.names ?? [])], ['session.id', 'user.id', 'user.hash']);
});

describe('session.id', () => {
  test('is always a hash', () => {
    const seen = identityIn({ options: { session: ['cookie:sid'] }, headers: { cookie: 'a=b; sid=s3cr3t' } });
    assert.deepEqual(seen, { 'session.id': hashOf('session.id', 's3cr3t') });
  });

  test('is a hash too where a field has another strategy', () => {
    const fieldOf: FieldOf = () => ({ value: 's3cr3t', strategy: { kind: 'show' } });
    const seen = identityIn({ options: { session: ['field'] }, fieldOf });
    assert.deepEqual(seen, { 'session.id': hashOf('session.id', 's3cr3t') });
  });

  test('is absent without a key', () => {
    const seen = identityIn({
      options: { session: ['cookie:sid'], authFingerprint: true, jwtClaims: ['sub'] },
      headers: { cookie: 'sid=s3cr3t', authorization: `Bearer ${jwt({ sub: 'ada' })}` },
      masking: DEFAULT_MASKING,
    });
    assert.deepEqual(seen, { 'access_log.auth.scheme': 'bearer' });
  });
});

describe('sources', () => {
  const all = ['field', 'header:x-tenant', 'cookie:tenant', 'baggage:tenant'];
  const headers = { 'x-tenant': 'by-header', cookie: 'tenant=by-cookie', baggage: 'tenant=by-baggage' };
  const field: FieldOf = (_exchange, name) => ({ value: `by-${name}`, strategy: undefined });
  const rows: readonly [what: string, scene: Omit<Scene, 'options'>, tenant: string | undefined][] = [
    ['the field, the first of the list', { headers, trusted: true, fieldOf: field }, 'by-tenant.id'],
    ['a header of a trusted peer', { headers, trusted: true }, 'by-header'],
    ['no header of another peer', { headers }, 'by-cookie'],
    [
      'what is empty is passed over',
      { headers: { ...headers, 'x-tenant': '  ', cookie: 'tenant=' }, trusted: true },
      'by-baggage',
    ],
    ['no baggage of another peer', { headers: { baggage: headers.baggage } }, undefined],
    [
      'an empty field is passed over',
      { headers, fieldOf: () => ({ value: '', strategy: undefined }) },
      'by-cookie',
    ],
  ];
  for (const [what, scene, tenant] of rows) {
    test(what, () => {
      const expected = tenant === undefined ? undefined : { 'tenant.id': tenant };
      assert.deepEqual(identityIn({ options: { tenant: all }, ...scene }), expected);
    });
  }

  test('their order is that of the option', () => {
    const options = { tenant: ['cookie:tenant', 'header:x-tenant'] };
    assert.deepEqual(identityIn({ options, headers, trusted: true }), { 'tenant.id': 'by-cookie' });
  });

  test('a header that came twice is the list that it is', () => {
    const seen = identityIn({
      options: { user: ['header:x-user'] },
      headers: { 'x-user': ['a', 'b'] },
      trusted: true,
    });
    assert.deepEqual(seen, { 'user.id': 'a,b' });
  });
});

describe('user.id', () => {
  const options = { user: ['field'] };
  const found =
    (strategy: Strategy | undefined): FieldOf =>
    () => ({ value: 'ada@example.org', strategy });

  test('is as it was found', () => {
    assert.deepEqual(identityIn({ options, fieldOf: found(undefined) }), { 'user.id': 'ada@example.org' });
  });

  test('is masked as any text', () => {
    const masking = hashingMasking({ text: (attribute, value) => `${attribute} ${value.length}` });
    assert.deepEqual(identityIn({ options, fieldOf: found(undefined), masking }), {
      'user.id': 'user.id 15',
    });
  });

  test('is absent where masking leaves it out', () => {
    const masking = hashingMasking({ text: () => undefined });
    assert.equal(identityIn({ options, fieldOf: found(undefined), masking }), undefined);
  });

  test('is user.hash where masking hashes it as a whole', () => {
    const masking = hashingMasking({ text: hashOf });
    const seen = identityIn({ options, fieldOf: found(undefined), masking });
    assert.deepEqual(seen, { 'user.hash': hashOf('user.id', 'ada@example.org') });
  });

  test('is user.hash where the field says hash', () => {
    const masking = hashingMasking({
      field: (attribute, value, strategy) => (strategy?.kind === 'hash' ? hashOf(attribute, value) : value),
    });
    const seen = identityIn({ options, fieldOf: found({ kind: 'hash' }), masking });
    assert.deepEqual(seen, { 'user.hash': hashOf('user.id', 'ada@example.org') });
  });

  test('is absent where the field says hash and there is no key', () => {
    const masking = hashingMasking({ canHash: false });
    assert.equal(identityIn({ options, fieldOf: found({ kind: 'hash' }), masking }), undefined);
  });

  test('stays user.id where a client sends what looks like a hash', () => {
    const value = hashOf('user.id', 'someone else');
    const seen = identityIn({ options, fieldOf: () => ({ value, strategy: undefined }) });
    assert.deepEqual(seen, { 'user.id': value });
  });
});

describe('claims of a bearer token', () => {
  const options = {
    jwtClaims: ['sub', 'iss=plain', 'n=plain', 'admin=plain', 'o', 'https://a.example/role'],
  };
  const claims = { sub: 'ada', iss: 'https://id.example', n: 4111111111111111, admin: true, o: {}, x: 1 };
  const claim = (name: string): string => `access_log.auth.claim.${name}`;
  const all = {
    [claim('sub')]: hashOf(claim('sub'), 'ada'),
    [claim('iss')]: 'https://id.example',
    [claim('n')]: '4111111111111111',
    [claim('admin')]: 'true',
  };
  const authorization = `Bearer ${jwt(claims)}`;

  test('are hashed unless they are plain, and never user.id', () => {
    assert.deepEqual(identityIn({ options, headers: { authorization } }), all);
  });

  test('those that are plain are masked as any text, numbers too', () => {
    const masking = hashingMasking({ text: (_attribute, value) => value.replace(/\d{16}/, '****') });
    assert.deepEqual(identityIn({ options, headers: { authorization }, masking }), {
      ...all,
      [claim('n')]: '****',
    });
  });

  for (const statusCode of [200, 403, 500, undefined]) {
    test(`are there with the status ${statusCode}`, () => {
      assert.deepEqual(identityIn({ options, headers: { authorization }, exchange: { statusCode } }), all);
    });
  }

  test('are absent where the application has refused the token', () => {
    const refusals: Partial<Exchange>[] = [{ statusCode: 401 }, { statusCode: 200, grpcStatus: 16 }];
    for (const refused of refusals) {
      assert.equal(identityIn({ options, headers: { authorization }, exchange: refused }), undefined);
    }
  });

  const others: Record<string, string> = {
    'of another scheme': `DPoP ${jwt(claims)}`,
    'without a scheme': jwt(claims),
    'that is unsigned': `Bearer ${jwt(claims, { alg: 'none' })}`,
    'that is no JWT': 'Bearer garbage',
    'whose sub is an object': `Bearer ${jwt({ sub: { a: 1 } })}`,
  };
  for (const [what, header] of Object.entries(others)) {
    test(`are absent in a token ${what}`, () => {
      assert.equal(identityIn({ options, headers: { authorization: header } }), undefined);
    });
  }
});

describe('the fingerprint', () => {
  const fingerprint = 'access_log.auth.fingerprint';
  const options = { authFingerprint: true };
  const seenOf = (authorization: string, statusCode = 200) =>
    identityIn({ options, headers: { authorization }, exchange: { statusCode } });

  test('is a hash of the credentials, and the scheme stands beside it', () => {
    assert.deepEqual(seenOf('Basic YWRhOnB3'), {
      [fingerprint]: hashOf(fingerprint, 'YWRhOnB3'),
      'access_log.auth.scheme': 'basic',
    });
  });

  test('is the same for a scheme in another case, and for credentials that were refused', () => {
    assert.deepEqual(seenOf('BASIC YWRhOnB3', 401), seenOf('Basic YWRhOnB3'));
  });

  test('has no scheme beside it where that is not registered', () => {
    assert.deepEqual(seenOf('Key s3cr3t'), { [fingerprint]: hashOf(fingerprint, 'Key s3cr3t') });
  });

  test('is absent without credentials', () => {
    assert.equal(seenOf('Basic'), undefined);
    assert.equal(identityIn({ options, headers: undefined }), undefined);
  });
});
