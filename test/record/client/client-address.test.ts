import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { Exchange } from '../../../src/http/exchange.ts';
import {
  type ClientAddressOptions,
  compileClientAddress,
} from '../../../src/record/client/client-address.ts';
import { connection, exchange, exchangeFrom } from '../support/exchange-factory.ts';

type Headers = Exchange['requestHeaders'];

const DEFAULTS: ClientAddressOptions = {
  trustedProxies: ['loopback', '10.0.0.0/8'],
  clientIpHeaders: ['forwarded', 'x-forwarded-for'],
  originHeaders: [],
  clientIp: 'full',
};

/** Address and source, as `address source`. */
function clientOf(
  options: Partial<ClientAddressOptions>,
  peer: string | undefined,
  headers: Headers,
): string {
  const client = compileClientAddress({ ...DEFAULTS, ...options }).read(exchangeFrom(peer, headers));
  return `${client.address} ${client.source}`;
}

const xff = (value: string | readonly string[]): Headers => ({ 'x-forwarded-for': value });
const forwarded = (value: string): Headers => ({ forwarded: value });

describe('the believed client', () => {
  const cases: readonly [name: string, peer: string | undefined, headers: Headers, believed: string][] = [
    ['is the peer', '203.0.113.7', {}, '203.0.113.7 socket'],
    ['is the peer without zone', 'fe80::1%eth0', {}, 'fe80::1 socket'],
    ['is the IPv4 address of a mapped peer', '::ffff:203.0.113.7', {}, '203.0.113.7 socket'],
    ['is unknown on a Unix socket', undefined, xff('1.1.1.1'), 'undefined socket'],
    ['is unknown where the peer is garbage', 'pipe', xff('1.1.1.1'), 'undefined socket'],
    [
      'is the peer that is not trusted, whatever it says',
      '203.0.113.7',
      xff('1.1.1.1'),
      '203.0.113.7 socket',
    ],
    ['is the trusted peer that says nothing', '10.0.0.1', {}, '10.0.0.1 socket'],
    ['is the trusted peer whose header is empty', '10.0.0.1', xff(' '), '10.0.0.1 socket'],
    ['is the one entry', '10.0.0.1', xff('1.1.1.1'), '1.1.1.1 x-forwarded-for'],
    ['is told by a mapped trusted peer', '::ffff:10.0.0.1', xff('1.1.1.1'), '1.1.1.1 x-forwarded-for'],
    ['is right of the forged entries', '10.0.0.1', xff('9.9.9.9, 1.1.1.1'), '1.1.1.1 x-forwarded-for'],
    [
      'is left of trusted hops',
      '10.0.0.1',
      xff('9.9.9.9,1.1.1.1 ,10.0.0.3,10.0.0.2'),
      '1.1.1.1 x-forwarded-for',
    ],
    [
      'is the leftmost where all are trusted',
      '10.0.0.1',
      xff('10.0.0.3, 10.0.0.2'),
      '10.0.0.3 x-forwarded-for',
    ],
    [
      'is the last one before garbage',
      '10.0.0.1',
      xff('1.1.1.1, garbage, 10.0.0.2'),
      '10.0.0.2 x-forwarded-for',
    ],
    ['is the peer where the nearest entry is garbage', '10.0.0.1', xff('1.1.1.1, ::g'), '10.0.0.1 socket'],
    ['is the peer where the nearest entry is empty', '10.0.0.1', xff('1.1.1.1,'), '10.0.0.1 socket'],
    ['is the peer where the entry is unknown', '10.0.0.1', xff('unknown'), '10.0.0.1 socket'],
    ['has its port taken off', '10.0.0.1', xff('1.1.1.1:4711'), '1.1.1.1 x-forwarded-for'],
    ['has brackets and port taken off', '10.0.0.1', xff('[2001:DB8::1]:80'), '2001:db8::1 x-forwarded-for'],
    ['is IPv6 without brackets', '10.0.0.1', xff('2001:db8::1'), '2001:db8::1 x-forwarded-for'],
    ['has its zone taken off', '10.0.0.1', xff('fe80::1%eth0'), 'fe80::1 x-forwarded-for'],
    ['is IPv4 where the entry is mapped', '10.0.0.1', xff('::ffff:1.1.1.1'), '1.1.1.1 x-forwarded-for'],
    ['passes a mapped trusted hop', '10.0.0.1', xff('1.1.1.1, ::ffff:10.0.0.2'), '1.1.1.1 x-forwarded-for'],
    [
      'is in the last of several header lines',
      '10.0.0.1',
      xff(['9.9.9.9', '1.1.1.1']),
      '1.1.1.1 x-forwarded-for',
    ],
    ['crosses header lines', '10.0.0.1', xff(['1.1.1.1', '10.0.0.2']), '1.1.1.1 x-forwarded-for'],
    ['is in Forwarded', '10.0.0.1', forwarded('for=1.1.1.1;proto=https'), '1.1.1.1 forwarded'],
    [
      'is quoted IPv6 in Forwarded',
      '10.0.0.1',
      forwarded('for="[2001:db8::1]:4711"'),
      '2001:db8::1 forwarded',
    ],
    [
      'passes trusted hops in Forwarded',
      '10.0.0.1',
      forwarded('for=1.1.1.1, for="10.0.0.2:80"'),
      '1.1.1.1 forwarded',
    ],
    [
      'is right of the forged element',
      '10.0.0.1',
      forwarded('for=9.9.9.9, for=1.1.1.1'),
      '1.1.1.1 forwarded',
    ],
    ['survives a forged open quote', '10.0.0.1', forwarded('for="9.9.9.9, for=1.1.1.1'), '1.1.1.1 forwarded'],
    [
      'survives a forged open quote that meets quotes',
      '10.0.0.1',
      forwarded('for="9.9.9.9;by=", for="1.1.1.1"'),
      '1.1.1.1 forwarded',
    ],
    [
      'is the peer where the element is obfuscated',
      '10.0.0.1',
      forwarded('for=9.9.9.9, for=_a'),
      '10.0.0.1 socket',
    ],
    [
      'is the peer where the element has no for',
      '10.0.0.1',
      forwarded('for=9.9.9.9, proto=https'),
      '10.0.0.1 socket',
    ],
    [
      'is the hop before a malformed element',
      '10.0.0.1',
      forwarded('for=1.1.1.1 x, for=10.0.0.2'),
      '10.0.0.2 forwarded',
    ],
    [
      'is not found twice in one element',
      '10.0.0.1',
      forwarded('for=1.1.1.1;for=2.2.2.2'),
      '10.0.0.1 socket',
    ],
    [
      'is that of the first header in the list',
      '10.0.0.1',
      { 'x-forwarded-for': '2.2.2.2', forwarded: 'for=1.1.1.1' },
      '1.1.1.1 forwarded',
    ],
    [
      'is in the next header where the first has no address at all',
      '10.0.0.1',
      { 'x-forwarded-for': '2.2.2.2', forwarded: 'garbage' },
      '2.2.2.2 x-forwarded-for',
    ],
    [
      'is in the next header where the first has hidden nodes only',
      '10.0.0.1',
      { 'x-forwarded-for': '2.2.2.2', forwarded: 'for=_a, for=unknown, proto=https' },
      '2.2.2.2 x-forwarded-for',
    ],
    [
      'is not looked for in the next header where the first has an address, be it out of reach',
      '10.0.0.1',
      { 'x-forwarded-for': '2.2.2.2', forwarded: 'for=9.9.9.9, for=_a' },
      '10.0.0.1 socket',
    ],
    [
      'is the peer where no header has an address',
      '10.0.0.1',
      { 'x-forwarded-for': 'unknown', forwarded: 'garbage' },
      '10.0.0.1 socket',
    ],
    [
      'is in the next header where the first is empty',
      '10.0.0.1',
      { 'x-forwarded-for': '2.2.2.2', forwarded: '' },
      '2.2.2.2 x-forwarded-for',
    ],
    ['is not in X-Real-IP', '10.0.0.1', { 'x-real-ip': '1.1.1.1' }, '10.0.0.1 socket'],
    ['is not in CF-Connecting-IP', '10.0.0.1', { 'cf-connecting-ip': '1.1.1.1' }, '10.0.0.1 socket'],
  ];
  for (const [name, peer, headers, believed] of cases) {
    test(name, () => assert.equal(clientOf({}, peer, headers), believed));
  }

  test('is the last one of 64 entries, however many there are', () => {
    const hops = Array.from({ length: 64 }, (_, index) => `10.0.0.${index + 100}`);
    assert.equal(clientOf({}, '10.0.0.1', xff(['1.1.1.1', ...hops])), '10.0.0.100 x-forwarded-for');
    assert.equal(clientOf({}, '10.0.0.1', xff(['1.1.1.1', ...hops.slice(1)])), '1.1.1.1 x-forwarded-for');
  });

  test('is in a header that the list names', () => {
    const clientIpHeaders = ['x-real-ip', 'x-forwarded-for'];
    const headers = { 'x-real-ip': '1.1.1.1', 'x-forwarded-for': '2.2.2.2' };
    assert.equal(clientOf({ clientIpHeaders }, '10.0.0.1', headers), '1.1.1.1 x-real-ip');
    assert.equal(clientOf({ clientIpHeaders }, '203.0.113.7', headers), '203.0.113.7 socket');
  });

  test('is the same for every exchange of a connection, with other headers each time', () => {
    const reader = compileClientAddress(DEFAULTS);
    const believed = ['1.1.1.1', undefined, '2.2.2.2'].map(
      (value) => reader.read(exchangeFrom('10.0.0.1', value === undefined ? {} : xff(value))).address,
    );
    assert.deepEqual(believed, ['1.1.1.1', '10.0.0.1', '2.2.2.2']);
  });

  test('is right for more peers than are remembered', () => {
    const reader = compileClientAddress(DEFAULTS);
    for (let index = 0; index < 3000; index++) {
      const peer = `198.51.${index >> 8}.${index & 255}`;
      assert.equal(reader.read(exchangeFrom(peer)).address, peer);
    }
  });
});

describe('with a number of hops that are trusted, as Express counts them', () => {
  const cases: readonly [hops: number, headers: Headers, believed: string][] = [
    [0, xff('1.1.1.1'), '203.0.113.7 socket'],
    [1, {}, '203.0.113.7 socket'],
    [1, xff('9.9.9.9, 1.1.1.1'), '1.1.1.1 x-forwarded-for'],
    [1, xff('1.1.1.1, 10.0.0.2'), '10.0.0.2 x-forwarded-for'],
    [2, xff('9.9.9.9, 1.1.1.1, 198.51.100.2'), '1.1.1.1 x-forwarded-for'],
    [2, xff('1.1.1.1'), '1.1.1.1 x-forwarded-for'],
    [2, xff('1.1.1.1, garbage'), '203.0.113.7 socket'],
    [2, xff('9.9.9.9, garbage, 198.51.100.2'), '198.51.100.2 x-forwarded-for'],
    [2, forwarded('for=9.9.9.9, for=1.1.1.1, for="[2001:db8::1]:80"'), '1.1.1.1 forwarded'],
    [64, xff('1.1.1.1, 10.0.0.2'), '1.1.1.1 x-forwarded-for'],
    // Cloudflare is not named.
    [
      2,
      { 'x-forwarded-for': '1.1.1.1, 104.16.0.1', 'cf-connecting-ip': '9.9.9.9' },
      '1.1.1.1 x-forwarded-for',
    ],
  ];
  for (const [trustedProxies, headers, believed] of cases) {
    test(`${trustedProxies} of ${JSON.stringify(headers)}`, () => {
      assert.equal(clientOf({ trustedProxies }, '203.0.113.7', headers), believed);
    });
  }

  test('the peer of a Unix socket counts as one', () => {
    assert.equal(
      clientOf({ trustedProxies: 1 }, undefined, xff('9.9.9.9, 1.1.1.1')),
      '1.1.1.1 x-forwarded-for',
    );
  });
});

describe('on a Unix socket', () => {
  const read = (trustedProxies: readonly string[], isUnixSocket: boolean, headers: Headers) => {
    const reader = compileClientAddress({ ...DEFAULTS, trustedProxies });
    const socket = connection({ remoteAddress: undefined, remotePort: undefined, isUnixSocket });
    const { address, source, peerAddress } = reader.read(
      exchange({ connection: socket, requestHeaders: headers }),
    );
    return { address, source, peerAddress };
  };
  const none = { address: undefined, source: 'socket', peerAddress: undefined };
  const told = (address: string) => ({ address, source: 'x-forwarded-for', peerAddress: undefined });

  test('the client is what the header says, where unix is trusted', () => {
    assert.deepEqual(read(['unix'], true, xff('9.9.9.9, 1.1.1.1')), told('1.1.1.1'));
    assert.deepEqual(read(['unix', '10.0.0.0/8'], true, xff('9.9.9.9, 1.1.1.1, 10.0.0.2')), told('1.1.1.1'));
  });

  test('nobody is known where the header says nothing, or unix is not trusted', () => {
    for (const headers of [{}, xff('unknown'), xff('1.1.1.1, unknown')]) {
      assert.deepEqual(read(['unix'], true, headers), none);
    }
    assert.deepEqual(read(['loopback'], true, xff('1.1.1.1')), none);
  });

  test('a TCP connection whose peer has gone away is no such peer', () => {
    assert.deepEqual(read(['unix'], false, xff('1.1.1.1')), none);
  });
});

describe('behind Cloudflare', () => {
  const EDGE = '104.16.0.1';
  const cloudflare = ['cloudflare', 'loopback'];
  const cases: readonly [name: string, peer: string, headers: Headers, believed: string][] = [
    [
      'CF-Connecting-IP comes first from an edge',
      EDGE,
      { 'cf-connecting-ip': '1.1.1.1', 'x-forwarded-for': '9.9.9.9, 2.2.2.2' },
      '1.1.1.1 cf-connecting-ip',
    ],
    ['X-Forwarded-For does without it', EDGE, xff('9.9.9.9, 2.2.2.2'), '2.2.2.2 x-forwarded-for'],
    [
      'it counts where the walk reached an edge',
      '127.0.0.1',
      { 'cf-connecting-ip': '1.1.1.1', 'x-forwarded-for': `2.2.2.2, ${EDGE}` },
      '1.1.1.1 cf-connecting-ip',
    ],
    [
      'it counts where the own proxy replaced the chain by the edge',
      '127.0.0.1',
      { 'cf-connecting-ip': '1.1.1.1', 'x-forwarded-for': EDGE },
      '1.1.1.1 cf-connecting-ip',
    ],
    [
      'it does not count from somebody who went around Cloudflare',
      '127.0.0.1',
      { 'cf-connecting-ip': '9.9.9.9', 'x-forwarded-for': `9.9.9.9, ${EDGE}, 2.2.2.2` },
      '2.2.2.2 x-forwarded-for',
    ],
    [
      'it does not count from another trusted peer',
      '127.0.0.1',
      { 'cf-connecting-ip': '9.9.9.9' },
      '127.0.0.1 socket',
    ],
    [
      'it does not count from a stranger',
      '203.0.113.7',
      { 'cf-connecting-ip': '9.9.9.9' },
      '203.0.113.7 socket',
    ],
    [
      'garbage in it leaves the walk as it was',
      EDGE,
      { 'cf-connecting-ip': '1.1.1.1, 2.2.2.2', 'x-forwarded-for': '3.3.3.3' },
      '3.3.3.3 x-forwarded-for',
    ],
    [
      'its IPv6 address is canonical',
      EDGE,
      { 'cf-connecting-ip': '2001:DB8:0::1' },
      '2001:db8::1 cf-connecting-ip',
    ],
  ];
  for (const [name, peer, headers, believed] of cases) {
    test(name, () => assert.equal(clientOf({ trustedProxies: cloudflare }, peer, headers), believed));
  }

  test('named in the list it is believed from any trusted peer, and from nobody else', () => {
    const clientIpHeaders = ['cf-connecting-ip', 'x-forwarded-for'];
    const headers = { 'cf-connecting-ip': '1.1.1.1', 'x-forwarded-for': '2.2.2.2' };
    assert.equal(clientOf({ clientIpHeaders }, '10.0.0.1', headers), '1.1.1.1 cf-connecting-ip');
    assert.equal(clientOf({ clientIpHeaders }, '203.0.113.7', headers), '203.0.113.7 socket');
    const twice = { ...headers, 'cf-connecting-ip': ['9.9.9.9', '1.1.1.1'] };
    assert.equal(clientOf({ clientIpHeaders }, '10.0.0.1', twice), '10.0.0.1 socket');
    const nonsense = { ...headers, 'cf-connecting-ip': 'nonsense' };
    assert.equal(clientOf({ clientIpHeaders }, '10.0.0.1', nonsense), '2.2.2.2 x-forwarded-for');
  });
});

describe('what is shown', () => {
  const cases: readonly [clientIp: ClientAddressOptions['clientIp'], address?: string, peer?: string][] = [
    ['full', '2001:db8:1:2::3', '10.1.2.3'],
    ['truncated', '2001:db8:1::', '10.1.2.0'],
    ['none'],
  ];
  for (const [clientIp, address, peerAddress] of cases) {
    test(`${clientIp}, with a header and without`, () => {
      const reader = compileClientAddress({ ...DEFAULTS, clientIp });
      const told = reader.read(exchangeFrom('10.1.2.3', xff('2001:db8:1:2::3')));
      assert.deepEqual([told.address, told.peerAddress], [address, peerAddress]);
      const silent = reader.read(exchangeFrom('10.1.2.3'));
      assert.deepEqual([silent.address, silent.peerAddress], [peerAddress, peerAddress]);
    });
  }
});

describe('header names', () => {
  const cases: readonly [options: Partial<ClientAddressOptions>, names: string[]][] = [
    [{ trustedProxies: [] }, []],
    [{ trustedProxies: 0 }, []],
    [{ trustedProxies: 2 }, ['forwarded', 'x-forwarded-for']],
    [{ trustedProxies: ['unix'] }, ['forwarded', 'x-forwarded-for']],
    [{}, ['forwarded', 'x-forwarded-for']],
    [{ trustedProxies: ['cloudflare'] }, ['forwarded', 'x-forwarded-for', 'cf-connecting-ip']],
    [{ trustedProxies: ['cloudflare'], clientIpHeaders: ['cf-connecting-ip'] }, ['cf-connecting-ip']],
  ];
  for (const [options, names] of cases) {
    test(JSON.stringify(options), () => {
      assert.deepEqual(compileClientAddress({ ...DEFAULTS, ...options }).headerNames, names);
    });
  }
});

describe('for any chain', () => {
  const trusted = fc.constantFrom('10.0.0.1', '10.9.9.9', '::ffff:10.0.0.5', '127.0.0.1');
  // Each stranger occurs once, so that where an address stands tells who wrote it.
  const chain = fc.uniqueArray(fc.oneof(fc.ipV4(), fc.constantFrom('garbage', 'unknown', '', '_x')), {
    maxLength: 6,
  });

  function writeAs(header: string, entries: readonly string[]): Headers {
    if (header === 'x-forwarded-for') return xff(entries.join(', '));
    return forwarded(entries.map((entry) => `for="${entry}"`).join(', '));
  }

  for (const header of ['forwarded', 'x-forwarded-for']) {
    test(`${header}: the client is never an address that stands left of a hop which is not trusted`, () => {
      const reader = compileClientAddress(DEFAULTS);
      fc.assert(
        fc.property(
          fc.array(fc.oneof(chain, fc.array(trusted)), { maxLength: 4 }),
          trusted,
          (parts, peer) => {
            const entries = parts.flat();
            const { address } = reader.read(exchangeFrom(peer, writeAs(header, entries)));
            // The reference goes over the whole chain, believing one entry more for each trusted hop.
            const normalise = (text: string): string => text.replace('::ffff:', '');
            const isAddress = (text: string): boolean => /^\d+(\.\d+){3}$/.test(text);
            const isTrusted = (text: string): boolean => /^(10|127)\./.test(text);
            let believed = normalise(peer);
            for (const entry of entries.map(normalise).reverse()) {
              if (!isTrusted(believed) || !isAddress(entry)) break;
              believed = entry;
            }
            assert.equal(address, believed);
          },
        ),
      );
    });
  }
});
