// The client's address against a slow and obvious reading of the same headers: everything is split first, and then
// looked at from the right, one hop after the other.
import assert from 'node:assert/strict';
import { BlockList, isIP } from 'node:net';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { Exchange } from '../../src/http/exchange.ts';
import { parseAddress, showAddress } from '../../src/record/client/address.ts';
import { compileClientAddress } from '../../src/record/client/client-address.ts';
import { compileOrigin } from '../../src/record/client/request-origin.ts';
import { exchangeFrom } from '../record/support/exchange-factory.ts';
import { fuzz } from './support/fuzz.ts';
import { assertLinear } from './support/growth.ts';

const MAX_HOPS = 64;
const NETWORKS = ['10.0.0.0/8', '2001:db8::/32', '127.0.0.1'];
const trusted = new BlockList();
trusted.addSubnet('10.0.0.0', 8, 'ipv4');
trusted.addSubnet('2001:db8::', 32, 'ipv6');
trusted.addAddress('127.0.0.1', 'ipv4');

interface Hop {
  readonly address: string;
  readonly isTrusted: boolean;
}

/** An entry's address in its canonical text, and whether it is in one of the networks. */
function hopOf(entry: string): Hop | undefined {
  if (entry.length > 128) return undefined;
  const inBrackets = /^\[([^\]]*:[^\]]*)\](?::(?:\d{1,5}|_[\w.-]+))?$/.exec(entry);
  const withPort = /^([^:]*):(?:\d{1,5}|_[\w.-]+)$/.exec(entry);
  const host = inBrackets?.[1] ?? withPort?.[1] ?? entry;
  if (isIP(host) === 4) return { address: host, isTrusted: trusted.check(host) };
  if (isIP(host) !== 6) return undefined;
  const canonical = new URL(`http://[${host.replace(/%.*/s, '')}]`).hostname.slice(1, -1);
  const mapped = /^::ffff:([\da-f]+):([\da-f]+)$/.exec(canonical);
  if (mapped === null) return { address: canonical, isTrusted: trusted.check(canonical, 'ipv6') };
  const [high = 0, low = 0] = mapped.slice(1).map((group) => Number.parseInt(group, 16));
  const dotted = [high >> 8, high & 255, low >> 8, low & 255].join('.');
  return { address: dotted, isTrusted: trusted.check(dotted) };
}

type Trusted = readonly string[] | number;

/** What is believed of entries that stand from right to left; `undefined` where none of them is an address. */
function believedOf(
  entries: readonly string[],
  trust: Trusted,
): { address?: string; count: number } | undefined {
  const hops = entries.slice(0, MAX_HOPS).map(hopOf);
  if (hops.every((hop) => hop === undefined)) return undefined;
  let address: string | undefined;
  let count = 0;
  for (const hop of hops) {
    if (hop === undefined) break;
    address = hop.address;
    count++;
    if (typeof trust === 'number' ? count >= trust : !hop.isTrusted) break;
  }
  return { ...(address === undefined ? {} : { address }), count };
}

const PEER = '10.0.0.1';
const address = fc.oneof(
  fc.constantFrom('10.0.0.2', '10.9.9.9', '::ffff:10.0.0.3', '2001:db8::7', '127.0.0.1', '::ffff:a00:4'),
  fc.ipV4(),
  fc.ipV6(),
);
const entry = fc.oneof(
  { weight: 6, arbitrary: address },
  {
    weight: 2,
    arbitrary: fc
      .tuple(address, fc.constantFrom(':80', ':_x', ':', ':123456', '%eth0', ']', ' ', '/8'))
      .map(([host, rest]) => (host.includes(':') && rest.startsWith(':') ? `[${host}]${rest}` : host + rest)),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom('', 'unknown', '_x', '1.2.3', '010.0.0.1', '[]', '[1.2.3.4]', '::g'),
  },
  {
    weight: 1,
    arbitrary: fc.string({ unit: fc.constantFrom(...'0123456789abf.:%[]"\\;= \t'), maxLength: 20 }),
  },
);
const trust: fc.Arbitrary<Trusted> = fc.oneof(fc.constant(NETWORKS), fc.integer({ min: 1, max: 5 }));

function clientOf(trustedProxies: Trusted, requestHeaders: Exchange['requestHeaders']): string {
  const reader = compileClientAddress({
    trustedProxies,
    clientIpHeaders: ['x-real-ip', 'x-forwarded-for'],
    originHeaders: [],
    clientIp: 'full',
  });
  const client = reader.read(exchangeFrom(PEER, requestHeaders));
  return `${client.address} ${client.source}`;
}

describe('the client of any headers', () => {
  test('is the one of a reading from right to left', () => {
    const seen = new Set<number>();
    fuzz(
      fc.property(
        trust,
        fc.array(entry, { maxLength: 6 }),
        fc.array(entry, { maxLength: 80 }),
        (trustedProxies, real, chain) => {
          const headers = { 'x-real-ip': real.join(','), 'x-forwarded-for': chain.join(' , ') };
          let expected = `${PEER} socket`;
          for (const [name, value] of Object.entries(headers)) {
            const entries = value.split(',').map((text) => text.trim());
            const believed = value.trim() === '' ? undefined : believedOf(entries.reverse(), trustedProxies);
            if (believed === undefined) continue;
            seen.add(believed.count);
            if (believed.address !== undefined) expected = `${believed.address} ${name}`;
            break;
          }
          assert.equal(clientOf(trustedProxies, headers), expected);
        },
      ),
      0.06,
    );
    assert.ok(seen.size >= 5, [...seen].join());
  });

  test('and the origin: nothing that stands left of what trusted hops wrote changes them', () => {
    const quoted = (value: string, inQuotes: boolean): string =>
      inQuotes || !/^[\w.-]+$/.test(value) ? `"${value.replace(/[\\"]/g, '\\$&')}"` : value;
    const element = fc.record({
      for: fc.option(fc.oneof(address, fc.constantFrom('unknown', '_x')), { nil: undefined }),
      proto: fc.constantFrom(undefined, 'http', 'https'),
      host: fc.constantFrom(undefined, 'a.example', 'b.example:81', '[2001:db8::1]:82'),
      by: fc.constantFrom(undefined, '_p', 'a,b;for=9.9.9.9', 'a"b\\'),
      order: fc.shuffledSubarray(['for', 'proto', 'host', 'by'] as const, { minLength: 4, maxLength: 4 }),
      inQuotes: fc.boolean(),
      inCapitals: fc.boolean(),
    });
    const forged = fc.oneof(
      fc.constant(undefined),
      fc.constantFrom(
        'for="9.9.9.9',
        'for=9.9.9.9;proto="',
        '"',
        'by="\\',
        'for=9.9.9.9;host=evil.example;proto=https',
      ),
      fc.string({ unit: fc.constantFrom(...'for=9.",;\\ '), maxLength: 20 }),
    );
    const originOf = compileOrigin(['forwarded']);
    const seen = { stopped: 0, open: 0 };
    fuzz(
      fc.property(
        trust,
        fc.array(element, { minLength: 1, maxLength: 5 }),
        forged,
        (trustedProxies, elements, before) => {
          const texts = elements.map((one) =>
            one.order
              .filter((name) => one[name] !== undefined)
              .map((name) => {
                const text = one[name] ?? '';
                const value = name === 'for' && text.includes(':') ? `[${text}]` : text;
                return `${one.inCapitals ? name.toUpperCase() : name}=${quoted(value, one.inQuotes)}`;
              })
              .join(';'),
          );
          const headers = { forwarded: [...(before === undefined ? [] : [before]), ...texts].join(', ') };
          // The reference: from the right, as long as the hop that wrote an element is trusted.
          let client = PEER;
          let proto = 'http';
          let host = 'shop.example:3000';
          let stopped = false;
          for (const [index, one] of elements.toReversed().entries()) {
            proto = one.proto ?? proto;
            host = one.host ?? host;
            const hop = one.for === undefined ? undefined : hopOf(one.for);
            if (hop === undefined) stopped = true;
            else {
              client = hop.address;
              stopped = typeof trustedProxies === 'number' ? index + 1 >= trustedProxies : !hop.isTrusted;
            }
            if (stopped) break;
          }
          seen[stopped ? 'stopped' : 'open']++;
          // All that proxies wrote is trusted: then what the client wrote is one hop's word like any other.
          if (!stopped && before !== undefined) return;
          const options = { trustedProxies, clientIpHeaders: ['forwarded'], originHeaders: ['forwarded'] };
          const asked = exchangeFrom(PEER, headers);
          const read = compileClientAddress({ ...options, clientIp: 'full' }).read(asked);
          const origin = originOf(asked, undefined, read);
          const port = /:(\d+)$/.exec(host)?.[1] ?? (proto === 'https' ? '443' : '80');
          const name = host.replace(/:\d+$/, '').replace(/^\[|\]$/g, '');
          assert.equal(
            `${read.address} ${origin.scheme} ${origin.address} ${origin.port}`,
            `${client} ${proto} ${name} ${port}`,
            headers.forwarded,
          );
        },
      ),
      0.07,
    );
    assert.ok(seen.stopped > 0 && seen.open > 0, JSON.stringify(seen));
  });

  test('truncated, it never shows the last number of an IPv4 address, in whatever it is wrapped', () => {
    const wraps: readonly ((high: string, low: string) => string)[] = [
      (high, low) => `::ffff:${high}:${low}`,
      (high, low) => `::${high}:${low}`,
      (high, low) => `::ffff:0:${high}:${low}`,
      (high, low) => `2002:${high}:${low}::1`,
      (high, low) => `64:ff9b::${high}:${low}`,
      (high, low) => `64:ff9b:1:${high}:${low}::`,
      (high, low) => `64:ff9b:1::${high}:${low}`,
      (high, low) => `2001:0:${high}:${low}:8000:63bf:3fff:fdd2`,
      (high, low) => `2001:0:4136:e378:8000:63bf:${high}:${low}`,
      (high, low) => `2001:db8:1:2:0:5efe:${high}:${low}`,
      (high, low) => `2001:db8:${high}:${low}::1`,
    ];
    const group = fc.integer({ min: 0, max: 0xffff });
    const number = fc.integer({ min: 0, max: 0xff });
    const shown = (text: string): string | undefined => {
      const parsed = parseAddress(text);
      assert.ok(parsed, text);
      return showAddress(parsed, 'truncated');
    };
    fuzz(
      fc.property(
        fc.constantFrom(...wraps),
        group,
        number,
        number,
        number,
        (wrap, high, third, one, other) => {
          const textOf = (last: number): string =>
            wrap(high.toString(16), ((third << 8) | last).toString(16));
          assert.equal(shown(textOf(one)), shown(textOf(other)));
        },
      ),
      0.02,
    );
  });
});

describe('what the walk costs', () => {
  const makers: Readonly<Record<string, (length: number) => string>> = {
    commas: (length) => ','.repeat(length),
    blanks: (length) => ' '.repeat(length - 1).concat('x'),
    'trusted addresses': (length) => '10.0.0.2,'.repeat(length / 9),
    'one long entry': (length) => '1'.repeat(length),
    quotes: (length) => 'for="'.repeat(length / 5),
    'escaped quotes': (length) => `for="${'\\"'.repeat(length / 2)}"`,
    'backslashes before a quote': (length) => `"${'\\'.repeat(length)}"`,
    elements: (length) => 'for=10.0.0.2;by="a,b",'.repeat(length / 22),
    'hidden nodes': (length) => 'for=_x,'.repeat(length / 7),
    parameters: (length) => 'a=b;'.repeat(length / 4),
    'a name of a host': (length) => 'a.'.repeat(length / 2),
  };
  const options = {
    clientIpHeaders: ['cf-connecting-ip', 'forwarded', 'x-forwarded-for'],
    originHeaders: ['x-forwarded-proto', 'x-forwarded-host', 'x-forwarded-port', 'forwarded'],
    clientIp: 'full',
  } as const;
  const originOf = compileOrigin(options.originHeaders);
  for (const [name, make] of Object.entries(makers)) {
    for (const trustedProxies of [NETWORKS, MAX_HOPS]) {
      const reader = compileClientAddress({ ...options, trustedProxies });
      test(`${name}, trusting ${trustedProxies}: grows with the length`, () => {
        assertLinear(
          (length) => {
            const value = make(length);
            const names = [...options.clientIpHeaders, ...options.originHeaders];
            return exchangeFrom(PEER, Object.fromEntries(names.map((header) => [header, value])));
          },
          (asked) => originOf(asked, undefined, reader.read(asked)),
        );
      });
    }
  }
});
