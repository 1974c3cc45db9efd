import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseAddress } from '../../../src/record/client/address.ts';
import { compileTrust } from '../../../src/record/client/trust.ts';

function isTrusted(list: readonly string[], address: string): boolean {
  const parsed = parseAddress(address);
  assert.ok(parsed);
  return compileTrust(list).isTrusted(parsed, 0);
}

describe('compileTrust', () => {
  const cases: readonly [list: readonly string[], address: string, trusted: boolean][] = [
    [[], '127.0.0.1', false],
    [['10.0.0.0/8'], '10.255.255.255', true],
    [['10.0.0.0/8'], '11.0.0.0', false],
    [['10.1.2.3/8'], '10.9.9.9', true],
    [['10.1.2.3'], '10.1.2.3', true],
    [['10.1.2.3'], '10.1.2.4', false],
    [[' 10.1.2.3 '], '10.1.2.3', true],
    [['10.1.2.3'], '::ffff:10.1.2.3', true],
    [['::ffff:10.1.2.3'], '10.1.2.3', true],
    [['::ffff:10.0.0.0/104'], '10.1.2.3', true],
    [['::ffff:10.0.0.0/104'], '11.1.2.3', false],
    [['0.0.0.0/0'], '198.51.100.1', true],
    [['0.0.0.0/0'], '2001:db8::1', false],
    [['::/0'], '2001:db8::1', true],
    [['::/0'], '198.51.100.1', false],
    [['2001:db8::/32'], '2001:db8:ffff::1', true],
    [['2001:db8::/32'], '2001:db9::1', false],
    [['2001:DB8::1'], '2001:db8:0:0::1', true],
    [['loopback'], '127.9.9.9', true],
    [['loopback'], '::1', true],
    [['Loopback'], '::ffff:127.0.0.1', true],
    [['loopback'], '10.0.0.1', false],
    [['linklocal'], '169.254.1.1', true],
    [['linklocal'], 'fe80::1%eth0', true],
    [['linklocal'], '::1', false],
    [['uniquelocal'], '10.0.0.1', true],
    [['uniquelocal'], '172.31.255.255', true],
    [['uniquelocal'], '172.32.0.0', false],
    [['uniquelocal'], '192.168.1.1', true],
    [['uniquelocal'], 'fdff::1', true],
    [['cloudflare'], '104.16.0.1', true],
    [['cloudflare'], '172.71.255.1', true],
    [['cloudflare'], '131.0.75.255', true],
    [['cloudflare'], '131.0.76.0', false],
    [['cloudflare'], '2606:4700::6810:1', true],
    [['cloudflare'], '2a06:98c7::1', true],
    [['cloudflare'], '2a06:98c8::1', false],
    [['loopback', '10.0.0.0/8'], '10.0.0.1', true],
  ];
  for (const [list, address, trusted] of cases) {
    test(`${address} ${trusted ? 'is' : 'is not'} within ${list.join(',') || 'nothing'}`, () => {
      assert.equal(isTrusted(list, address), trusted);
    });
  }

  test('an edge of Cloudflare is one only where cloudflare is named', () => {
    const edge = parseAddress('104.16.0.1');
    assert.ok(edge);
    const seen = [['cloudflare'], ['104.16.0.0/13'], []].map((list) => {
      const trust = compileTrust(list);
      return [trust.isEmpty, trust.includesCloudflare, trust.isTrusted(edge, 0), trust.isCloudflare(edge)];
    });
    assert.deepEqual(seen, [
      [false, true, true, true],
      [false, false, true, false],
      [true, false, false, false],
    ]);
  });

  test('a number trusts so many hops, whatever their addresses are', () => {
    const address = parseAddress('198.51.100.1');
    const seen = [0, 1, 2].map((count) => {
      const trust = compileTrust(count);
      const hops = [0, 1, 2].map((hop) => trust.isTrusted(address, hop));
      return [trust.isEmpty, trust.includesUnixSockets, trust.isTrusted(undefined, 0), ...hops];
    });
    assert.deepEqual(seen, [
      [true, false, false, false, false, false],
      [false, true, true, true, false, false],
      [false, true, true, true, true, false],
    ]);
  });

  test('unix is no address: nothing else is trusted by it', () => {
    const trust = compileTrust(['Unix']);
    assert.deepEqual(
      [trust.isEmpty, trust.includesUnixSockets, trust.isTrusted(undefined, 0)],
      [false, true, false],
    );
    assert.equal(isTrusted(['unix'], '127.0.0.1'), false);
    assert.equal(compileTrust(['loopback']).includesUnixSockets, false);
  });

  const invalid = [
    '2',
    '',
    'localhost',
    '10.0.0.0/33',
    '10.0.0/8',
    '10.0.0.0/',
    '10.0.0.0/8/8',
    '10.0.0.0/255.0.0.0',
  ];
  const invalid6 = [
    '::/129',
    '::ffff:10.0.0.0/95',
    '10.0.0.0/-1',
    '0x7f.1',
    '010.0.0.1',
    'fe80::1%eth0',
    'all',
  ];
  for (const entry of [...invalid, ...invalid6]) {
    test(`${JSON.stringify(entry)} is refused with option, expectation and what was given`, () => {
      assert.throws(() => compileTrust(['loopback', entry]), {
        name: 'TypeError',
        message:
          'Expected `trustedProxies` to hold CIDRs, addresses or the names `loopback`, `linklocal`, `uniquelocal`, ' +
          `\`cloudflare\`, \`unix\`, got \`${entry}\``,
      });
    });
  }
});
