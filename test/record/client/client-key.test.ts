import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { compileClientAddress } from '../../../src/record/client/client-address.ts';
import { clientKeyOfText } from '../../../src/record/client/client-key.ts';
import { DEFAULTS } from '../../options/support/defaults.ts';
import { exchangeFrom } from '../support/exchange-factory.ts';

type Options = Parameters<typeof compileClientAddress>[0];

describe('the key of a client', () => {
  const reader = compileClientAddress(DEFAULTS as Options);
  const keyOf = (address: string): number | undefined => reader.keyOf(exchangeFrom(address, {}));

  for (const [one, other, isSame] of [
    ['203.0.113.7', '203.0.113.7', true],
    ['203.0.113.7', '::ffff:203.0.113.7', true],
    ['203.0.113.7', '203.0.113.8', false],
    ['2001:db8:1:2::1', '2001:db8:1:2:ffff:ffff:ffff:ffff', true],
    ['2001:db8:1:2::1', '2001:db8:1:3::1', false],
    ['2001:db8:1:2::1', '2001:db9:1:2::1', false],
  ] as const) {
    test(`${one} and ${other} have ${isSame ? 'one' : 'two'}`, () => {
      assert.equal(keyOf(one) === keyOf(other), isSame);
      assert.equal(clientKeyOfText(one) === clientKeyOfText(other), isSame, 'as text');
    });
  }

  test('is remembered with the connection where the peer is the client', () => {
    const exchange = exchangeFrom('203.0.113.7', {});
    const key = reader.keyOf(exchange);
    assert.equal(exchange.connection.clientKey, key);
    assert.equal(reader.keyOf(exchange), key);
  });

  test('is that of the believed client behind a trusted proxy, of each request', () => {
    const trusting = compileClientAddress({ ...DEFAULTS, trustedProxies: ['10.0.0.0/8'] } as Options);
    const behind = exchangeFrom('10.0.0.1', { 'x-forwarded-for': '203.0.113.7' });
    assert.equal(trusting.keyOf(behind), keyOf('203.0.113.7'));
    assert.equal(behind.connection.clientKey, undefined);
    assert.equal(
      trusting.keyOf(exchangeFrom('198.51.100.1', { 'x-forwarded-for': '203.0.113.7' })),
      keyOf('198.51.100.1'),
    );
  });

  test('there is none for a peer without an address, and one for a text that is no address', () => {
    const { connection, ...rest } = exchangeFrom('203.0.113.7', {});
    assert.equal(
      reader.keyOf({ ...rest, connection: { ...connection, remoteAddress: undefined } }),
      undefined,
    );
    assert.notEqual(clientKeyOfText('k1:abcdef'), clientKeyOfText('k1:abcdeg'));
  });
});
