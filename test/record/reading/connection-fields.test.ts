import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Exchange } from '../../../src/http/exchange.ts';
import { connection, contentReader, exchange, recordOptions } from '../support/exchange-factory.ts';

const LONG = 'x'.repeat(600);

/** What may differ from one exchange of a connection to the next. */
const OTHERS: Readonly<Record<string, Partial<Exchange>>> = {
  'another host': { host: 'other.example:3000' },
  'no host': { host: undefined },
  'another user agent': { userAgent: 'curl/8.6.0' },
  'a host that is cut': { host: LONG },
  'a host that is none': { host: `<${LONG}>` },
  'no user agent': { userAgent: undefined },
  'a user agent that is cut': { userAgent: LONG },
  'another version of the protocol': { httpVersion: '1.0' },
  'a target that names a host': { target: 'http://named.example/orders/42' },
  'a query that is cut': { target: `/orders/42?q=${'y'.repeat(3000)}` },
};

describe('the fields that are cached for a connection', () => {
  const options = recordOptions();
  /** Content of a record where nothing is cached. */
  const alone = (one: Exchange) => contentReader(options)({ ...one, connection: connection() });

  for (const [name, difference] of Object.entries(OTHERS)) {
    test(`${name}: each record has the content that it would have alone`, () => {
      const shared = connection();
      const first = exchange({ connection: shared });
      const other = exchange({ connection: shared, ...difference });
      const contentOf = contentReader(options);
      for (const one of [first, first, other, other, first, other]) {
        assert.deepEqual(contentOf(one), alone(one));
      }
    });
  }

  test('are none that a client may make long', () => {
    for (const difference of [
      { host: LONG },
      { host: `<${LONG}>` },
      { userAgent: LONG },
      { httpVersion: LONG },
    ]) {
      const shared = connection();
      contentReader(options)(exchange({ connection: shared, ...difference }));
      assert.equal(shared.described, undefined);
    }
  });

  test('are not taken over by a reader with other options', () => {
    const shared = exchange({ connection: connection() });
    const whole = contentReader(options);
    const hidden = contentReader(recordOptions({ clientIp: 'none' }));
    for (let count = 0; count < 2; count++) {
      assert.equal(whole(shared).attributes['client.address'], '203.0.113.7');
      assert.equal(hidden(shared).attributes['client.address'], undefined);
    }
  });

  test('are none where the peer is trusted: each request may come from another client', () => {
    const shared = connection();
    const contentOf = contentReader(recordOptions({ trustedProxies: ['203.0.113.0/24'] }));
    const clients = ['198.51.100.7', '198.51.100.8', '198.51.100.7'].map(
      (client) =>
        contentOf(exchange({ connection: shared, requestHeaders: { 'x-forwarded-for': client } })).attributes[
          'client.address'
        ],
    );
    assert.deepEqual(clients, ['198.51.100.7', '198.51.100.8', '198.51.100.7']);
  });
});
