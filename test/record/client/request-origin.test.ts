import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Exchange } from '../../../src/http/exchange.ts';
import { compileClientAddress } from '../../../src/record/client/client-address.ts';
import { compileOrigin } from '../../../src/record/client/request-origin.ts';
import { parseTarget } from '../../../src/record/reading/target.ts';
import { connection, exchange } from '../support/exchange-factory.ts';

const ALL_HEADERS = ['x-forwarded-proto', 'x-forwarded-host', 'x-forwarded-port', 'forwarded'];

/** The origin as `scheme address port`. */
function origin(overrides: Partial<Exchange>, originHeaders: readonly string[] = ALL_HEADERS): string {
  const clients = compileClientAddress({
    trustedProxies: ['10.0.0.0/8'],
    clientIpHeaders: ['forwarded', 'x-forwarded-for'],
    originHeaders,
    clientIp: 'full',
  });
  const asked = exchange(overrides);
  const { authority } = parseTarget(asked.method, asked.target);
  const { scheme, address, port } = compileOrigin(originHeaders)(asked, authority, clients.read(asked));
  return `${scheme} ${address} ${port}`;
}

describe('the origin, as the client asks', () => {
  const tls = connection({ encrypted: true });
  const cases: readonly [name: string, overrides: Partial<Exchange>, expected: string][] = [
    ['Host with port', { host: 'a.example:3000' }, 'http a.example 3000'],
    ['Host without port', { host: 'a.example' }, 'http a.example 80'],
    ['Host without port over TLS', { host: 'a.example', connection: tls }, 'https a.example 443'],
    ['Host in capitals', { host: 'A.Example' }, 'http a.example 80'],
    ['Host with empty port', { host: 'a.example:' }, 'http a.example 80'],
    ['Host with impossible port', { host: 'a.example:70000' }, 'http a.example 80'],
    ['IPv4 Host', { host: '192.0.2.9:81' }, 'http 192.0.2.9 81'],
    ['IPv6 Host', { host: '[2001:DB8::1]:81' }, 'http 2001:db8::1 81'],
    ['garbage IPv6 Host', { host: '[1:2]:81' }, 'http 192.0.2.1 3000'],
    ['no Host', { host: undefined }, 'http 192.0.2.1 3000'],
    ['empty Host', { host: '' }, 'http 192.0.2.1 3000'],
    ['Host with user information', { host: 'user:pw@a.example' }, 'http 192.0.2.1 3000'],
    ['Host with a path', { host: 'a.example/x' }, 'http 192.0.2.1 3000'],
    ['Host with a blank', { host: 'a example' }, 'http 192.0.2.1 3000'],
    [
      'no Host on a mapped local address',
      { host: undefined, connection: connection({ localAddress: '::ffff:192.0.2.1' }) },
      'http 192.0.2.1 3000',
    ],
    [
      'no Host on a Unix socket',
      { host: undefined, connection: connection({ localAddress: undefined, localPort: undefined }) },
      'http undefined undefined',
    ],
    ['absolute target', { target: 'http://b.example:81/x', host: 'a.example' }, 'http b.example 81'],
    ['absolute target with another scheme', { target: 'https://b.example/x' }, 'http b.example 80'],
    ['absolute target without host', { target: 'http:///x', host: 'a.example' }, 'http a.example 80'],
    ['CONNECT', { method: 'CONNECT', target: 'db.example:5432', host: 'a.example' }, 'http db.example 5432'],
  ];
  for (const [name, overrides, expected] of cases) {
    test(name, () => assert.equal(origin(overrides), expected));
  }
});

describe('the origin, as proxies tell it', () => {
  const cases: readonly [name: string, headers: Exchange['requestHeaders'], expected: string][] = [
    ['nothing', {}, 'http a.example 3000'],
    ['scheme', { 'x-forwarded-proto': 'https' }, 'https a.example 3000'],
    ['scheme in capitals', { 'x-forwarded-proto': 'HTTPS' }, 'https a.example 3000'],
    ['wss', { 'x-forwarded-proto': 'wss' }, 'https a.example 3000'],
    ['ws', { 'x-forwarded-proto': 'ws' }, 'http a.example 3000'],
    ['garbage scheme', { 'x-forwarded-proto': 'gopher' }, 'http a.example 3000'],
    ['host', { 'x-forwarded-host': 'b.example' }, 'http b.example 80'],
    [
      'host and scheme',
      { 'x-forwarded-host': 'b.example', 'x-forwarded-proto': 'https' },
      'https b.example 443',
    ],
    ['host with port', { 'x-forwarded-host': 'b.example:81', 'x-forwarded-port': '82' }, 'http b.example 81'],
    ['host and port', { 'x-forwarded-host': 'b.example', 'x-forwarded-port': '82' }, 'http b.example 82'],
    ['port alone', { 'x-forwarded-port': '82' }, 'http a.example 82'],
    ['garbage port', { 'x-forwarded-port': '82x' }, 'http a.example 3000'],
    ['garbage host', { 'x-forwarded-host': 'b/example' }, 'http a.example 3000'],
    ['the last of several', { 'x-forwarded-host': 'evil.example, b.example' }, 'http b.example 80'],
    [
      'the one as far from the right as the believed client',
      {
        'x-forwarded-for': '9.9.9.9, 1.1.1.1, 10.0.0.2',
        'x-forwarded-proto': 'http, https, http',
        'x-forwarded-host': 'evil.example, b.example, inner.example',
        'x-forwarded-port': '1,2,3',
      },
      'https b.example 2',
    ],
    [
      'the only one there is',
      { 'x-forwarded-for': '9.9.9.9, 1.1.1.1, 10.0.0.2', 'x-forwarded-proto': 'https' },
      'https a.example 3000',
    ],
    [
      'the believed element of Forwarded',
      {
        forwarded:
          'for=9.9.9.9;host=evil.example, for=1.1.1.1;proto=https;host="b.example:81", for=10.0.0.2;host=c',
      },
      'https b.example 81',
    ],
    [
      'Forwarded before X-Forwarded',
      {
        forwarded: 'for=1.1.1.1;proto=https;host=b.example',
        'x-forwarded-proto': 'http',
        'x-forwarded-host': 'c',
      },
      'https b.example 443',
    ],
    [
      'X-Forwarded where Forwarded is silent',
      { forwarded: 'for=1.1.1.1', 'x-forwarded-proto': 'https', 'x-forwarded-host': 'b.example' },
      'https b.example 443',
    ],
    [
      'Forwarded without an address',
      { forwarded: 'for=_hidden;proto=https;host=b.example' },
      'https b.example 443',
    ],
    [
      'the scheme of the next element, where the believed one has none',
      {
        forwarded:
          'for=9.9.9.9;proto=http;host=evil.example, for=1.1.1.1, for=10.0.0.2;proto=https;host=b.example',
      },
      'https b.example 443',
    ],
    [
      'scheme and host of different elements',
      { forwarded: 'for=1.1.1.1;host=b.example, for=10.0.0.2;proto=https;host=inner.example' },
      'https b.example 443',
    ],
    [
      'an element without an address that a trusted hop wrote',
      { forwarded: 'for=9.9.9.9;host=evil.example, for=_x;proto=https;host=b.example, for=10.0.0.2' },
      'https b.example 443',
    ],
    [
      'nothing that stands left of a hop which is not trusted',
      { forwarded: 'for=9.9.9.9;proto=https;host=evil.example, for=1.1.1.1' },
      'http a.example 3000',
    ],
    [
      'Forwarded although X-Forwarded-For names the client',
      { 'x-forwarded-for': '1.1.1.1', forwarded: 'proto=https;host=b.example' },
      'https b.example 443',
    ],
    ['malformed Forwarded', { forwarded: 'for=1.1.1.1;proto=https x' }, 'http a.example 3000'],
  ];
  for (const [name, requestHeaders, expected] of cases) {
    test(`${name}, from a trusted peer`, () => {
      const peer = connection({ remoteAddress: '10.0.0.1' });
      assert.equal(origin({ connection: peer, host: 'a.example:3000', requestHeaders }), expected);
    });
    test(`${name}, from a stranger: not believed`, () => {
      assert.equal(origin({ host: 'a.example:3000', requestHeaders }), 'http a.example 3000');
    });
  }
});

describe('the headers that are believed about the origin', () => {
  const told = {
    'x-forwarded-for': '1.1.1.1',
    'x-forwarded-proto': 'https',
    'x-forwarded-host': 'x.example',
    'x-forwarded-port': '81',
    forwarded: 'for=1.1.1.1;host=f.example:82;proto=https',
  };
  const cases: readonly [originHeaders: readonly string[], expected: string][] = [
    [[], 'http a.example 3000'],
    [['x-forwarded-proto'], 'https a.example 3000'],
    [['x-forwarded-host'], 'http x.example 80'],
    [['x-forwarded-port'], 'http a.example 81'],
    [['forwarded'], 'https f.example 82'],
    [['x-forwarded-host', 'forwarded'], 'https f.example 82'],
    [ALL_HEADERS, 'https f.example 82'],
  ];
  for (const [originHeaders, expected] of cases) {
    test(`are ${originHeaders.join(', ') || 'none'}`, () => {
      const peer = connection({ remoteAddress: '10.0.0.1' });
      const asked = { connection: peer, host: 'a.example:3000', requestHeaders: told };
      assert.equal(origin(asked, originHeaders), expected);
      assert.equal(origin({ ...asked, connection: connection() }, originHeaders), 'http a.example 3000');
    });
  }
});
