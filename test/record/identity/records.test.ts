// Who it was, in whole records.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { defineField, type FieldOptions } from '../../../src/fields/definition.ts';
import type { Exchange } from '../../../src/http/exchange.ts';
import { ExchangeFields } from '../../../src/http/fields/exchange-fields.ts';
import { AccessLogRecord } from '../../../src/record/access-log-record.ts';
import { compileRecordBuilder } from '../../../src/record/record-builder.ts';
import type { RecordOptions } from '../../../src/record/record-options.ts';
import { maskingOf } from '../masking/support/masking-of.ts';
import {
  contentReader,
  exchange,
  originOf,
  RECORD_CONTEXT,
  recordMaker,
  recordOptions,
} from '../support/exchange-factory.ts';
import { hashingMasking, hashOf } from './support/hashing-masking.ts';
import { jwt } from './support/jwt.ts';

const BEARER = `Bearer ${jwt({ sub: 'ada', iss: 'id' })}`;
const HEADERS = { cookie: 'sid=s3cr3t', 'x-user': 'ada', 'x-tenant': 'blue', authorization: BEARER };
const OPTIONS: Partial<RecordOptions> = {
  trustedProxies: ['203.0.113.0/24'],
  session: ['cookie:sid'],
  user: ['header:X-User'],
  tenant: ['header:x-tenant'],
  jwtClaims: ['sub', 'iss=plain'],
  authFingerprint: true,
  masking: { current: hashingMasking() },
};

/** An exchange that gives its headers away once. */
function exchangeWith(headers: Exchange['requestHeaders'], overrides: Partial<Exchange> = {}): Exchange {
  let kept = headers;
  return exchange({
    ...overrides,
    takeIdentityHeaders: () => {
      const taken = kept;
      kept = undefined;
      return taken;
    },
  });
}

const EXPECTED = {
  'session.id': hashOf('session.id', 's3cr3t'),
  'user.id': 'ada',
  'tenant.id': 'blue',
  'access_log.auth.fingerprint': hashOf('access_log.auth.fingerprint', BEARER.slice('Bearer '.length)),
  'access_log.auth.scheme': 'bearer',
  'access_log.auth.claim.sub': hashOf('access_log.auth.claim.sub', 'ada'),
  'access_log.auth.claim.iss': 'id',
};

test('a record has what it has without them, and the attributes of the options', () => {
  const without = contentReader(recordOptions({ trustedProxies: OPTIONS.trustedProxies ?? [] }));
  const withThem = contentReader(recordOptions(OPTIONS));
  const { attributes, ...rest } = withThem(exchangeWith(HEADERS));
  const { attributes: before, ...restBefore } = without(exchangeWith(HEADERS));
  assert.deepEqual(attributes, { ...before, ...EXPECTED });
  assert.deepEqual(rest, restBefore);
});

test('the fields and the attributes say the same, whichever is read first', () => {
  const make = recordMaker(recordOptions(OPTIONS));
  const record = make(exchangeWith(HEADERS));
  assert.deepEqual({ ...record.fields?.additions }, EXPECTED);
  assert.deepEqual({ ...record.fields?.additions }, EXPECTED);
  assert.equal(record.attributes['session.id'], EXPECTED['session.id']);
});

test('nothing of the credentials is kept by a record that waits', () => {
  const made = exchangeWith(HEADERS);
  const builder = compileRecordBuilder(recordOptions(OPTIONS));
  const { timestamp, service } = RECORD_CONTEXT;
  new AccessLogRecord(builder, made, originOf(service), timestamp, undefined);
  assert.equal(made.takeIdentityHeaders?.(), undefined);
});

test('an event of a long exchange shows nothing of it, and leaves the headers for the record', () => {
  const made = exchangeWith(HEADERS);
  const { attributes } = compileRecordBuilder(recordOptions(OPTIONS)).describeOpen(made, undefined);
  assert.deepEqual(
    Object.keys(attributes).filter((name) => name in EXPECTED),
    [],
  );
  assert.equal(made.takeIdentityHeaders?.(), HEADERS);
});

test('a value is cut to 256 characters, and its attribute named', () => {
  const read = contentReader(recordOptions(OPTIONS));
  const { attributes } = read(exchangeWith({ 'x-user': 'x'.repeat(257), 'x-tenant': 'y'.repeat(256) }));
  assert.equal(attributes['user.id'], 'x'.repeat(256));
  assert.equal(attributes['tenant.id'], 'y'.repeat(256));
  assert.deepEqual(attributes['access_log.truncated'], ['user.id']);
});

test('a line of JSON has session, user and tenant, from a field or from elsewhere', () => {
  const fields = new ExchangeFields();
  fields.set(defineField('tenant.id', {}), 'acme');
  fields.set(defineField('app.plan', {}), 'gold');
  const expected = { 'tenant.id': 'acme', 'app.plan': 'gold' };
  for (const tenant of [[], ['field']]) {
    const { body } = contentReader(recordOptions({ tenant, body: 'json' }))(exchange({ fields }));
    assert.ok(body.endsWith(`,${JSON.stringify(expected).slice(1)}`), body);
  }
  const { body } = contentReader(recordOptions({ ...OPTIONS, body: 'json' }))(exchangeWith(HEADERS));
  const who = { 'session.id': EXPECTED['session.id'], 'user.id': 'ada', 'tenant.id': 'blue' };
  assert.ok(body.endsWith(`,${JSON.stringify(who).slice(1)}`), body);
});

describe('a field as the source', () => {
  const PATTERN = "patterns: [{ name: order, match: 'ORD-\\d{8}', do: mask, in: [fields] }]";

  function tenantOf(overrides: Partial<Exchange>, options: FieldOptions = {}, rules = ''): unknown {
    const fields = new ExchangeFields();
    fields.set(defineField('tenant.id', options), 'ORD-12345678');
    const masking = { current: maskingOf(rules) };
    const read = contentReader(recordOptions({ tenant: ['field', 'header:x-tenant'], masking }));
    return read(exchange({ fields, ...overrides })).attributes['tenant.id'];
  }

  test('is masked by the patterns for fields', () => {
    assert.equal(tenantOf({}), 'ORD-12345678');
    assert.equal(tenantOf({}, {}, PATTERN), '*'.repeat(12));
    assert.equal(tenantOf({}, { mask: 'show' }, PATTERN), '*'.repeat(12));
    assert.equal(tenantOf({}, { mask: 'keep:4:2' }, PATTERN), 'ORD-1*****78');
  });

  test('is there only after a bad ending where the field says so', () => {
    assert.equal(tenantOf({ statusCode: 200 }, { when: 'bad' }), undefined);
    assert.equal(tenantOf({ statusCode: 500 }, { when: 'bad' }), 'ORD-12345678');
  });
});

describe('what a hook returns under these names', () => {
  const hook = {
    'session.id': 'plain',
    'user.id': 'other',
    'user.hash': 'other',
    'tenant.id': 'other',
    'access_log.auth.claim.sub': 'other',
  };

  test('is left out where an option says where they come from, found or not', () => {
    const read = contentReader(recordOptions(OPTIONS));
    const { attributes } = read(exchangeWith(HEADERS), undefined, hook);
    for (const [name, value] of Object.entries(EXPECTED)) assert.equal(attributes[name], value);
    assert.equal(attributes['user.hash'], undefined);
    const { attributes: empty } = read(exchangeWith({}), undefined, hook);
    for (const name of Object.keys(hook)) assert.equal(empty[name], undefined, name);
  });

  test('is written where no option names them', () => {
    const { attributes } = contentReader(recordOptions())(exchangeWith(HEADERS), undefined, hook);
    assert.equal(attributes['user.id'], 'other');
    assert.equal(attributes['tenant.id'], 'other');
    assert.equal(attributes['access_log.auth.claim.sub'], undefined);
  });
});
