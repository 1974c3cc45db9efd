import assert from 'node:assert/strict';
import { isIPv4 } from 'node:net';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { parseAddress, parseNode, showAddress } from '../../../src/record/client/address.ts';

describe('parseNode', () => {
  const cases: readonly [text: string, address: string | undefined][] = [
    ['198.51.100.9', '198.51.100.9'],
    ['198.51.100.9:4711', '198.51.100.9'],
    ['198.51.100.9:_port', '198.51.100.9'],
    ['198.51.100.9:', undefined],
    ['198.51.100.9:123456', undefined],
    ['198.51.100.9:80x', undefined],
    ['198.51.100.256', undefined],
    ['198.51.100', undefined],
    ['198.51.100.09', undefined],
    ['0xc6.51.100.9', undefined],
    ['3325256713', undefined],
    ['2001:DB8::1', '2001:db8::1'],
    ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['1:2:3:4:5:6:7:8', '1:2:3:4:5:6:7:8'],
    ['1:2:3:4:5:6:7::', '1:2:3:4:5:6:7:0'],
    ['::', '::'],
    ['[2001:db8::1]', '2001:db8::1'],
    ['[2001:db8::1]:443', '2001:db8::1'],
    ['[2001:db8::1]:_obf.1', '2001:db8::1'],
    ['[2001:db8::1]443', undefined],
    ['[2001:db8::1', undefined],
    ['[198.51.100.9]', undefined],
    ['[]', undefined],
    ['::ffff:198.51.100.9', '198.51.100.9'],
    ['::ffff:c633:6409', '198.51.100.9'],
    ['[::ffff:198.51.100.9]:80', '198.51.100.9'],
    ['::198.51.100.9', '::c633:6409'],
    ['64:ff9b::198.51.100.9', '64:ff9b::c633:6409'],
    ['fe80::1%eth0', 'fe80::1'],
    ['[fe80::1%25eth0]:80', 'fe80::1'],
    ['198.51.100.9%eth0', undefined],
    ['unknown', undefined],
    ['_hidden', undefined],
    ['', undefined],
    [' 198.51.100.9', undefined],
    ['client.example', undefined],
    ['1'.repeat(200), undefined],
    [`[${'1:'.repeat(100)}]`, undefined],
  ];
  for (const [text, address] of cases) {
    test(`${text.slice(0, 40)} is ${address ?? 'no address'}`, () => {
      assert.equal(parseNode(text)?.toString(), address);
    });
  }

  test('reads back every address that it shows', () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (text) => {
        const address = parseAddress(text);
        assert.ok(address, text);
        const shown = showAddress(address, 'full');
        assert.ok(shown);
        assert.deepEqual(parseAddress(shown), address);
      }),
    );
  });
});

describe('IPv4 addresses', () => {
  const octet = fc.oneof(
    fc.integer({ min: 0, max: 300 }).map(String),
    fc.constantFrom('', '0', '00', '01', '255', '256', '1e1', ' 1', '0x1', '-1', '+1', '１'),
  );
  const text = fc.oneof(
    fc.ipV4(),
    fc.array(octet, { minLength: 1, maxLength: 6 }).map((parts) => parts.join('.')),
    fc.string({ unit: fc.constantFrom(...'0123456789.'), maxLength: 18 }),
    fc.string({ maxLength: 18 }),
  );

  test('are those that net.isIPv4 accepts, and keep their text', () => {
    fc.assert(
      fc.property(text, (candidate) => {
        const address = parseAddress(candidate)?.toString();
        if (isIPv4(candidate)) assert.equal(address, candidate);
        else if (!candidate.includes(':')) assert.equal(address, undefined);
      }),
      { numRuns: 5_000 },
    );
  });
});

describe('showAddress', () => {
  const cases: readonly [text: string, truncated: string][] = [
    ['198.51.100.9', '198.51.100.0'],
    ['::ffff:198.51.100.9', '198.51.100.0'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1::'],
    ['::1', '::'],
    // Of addresses that hold one of IPv4 no more of that remains than of itself.
    ['2002:c633:6409::1', '2002:c633:6400::'],
    ['2002:c633:6409:1:2:3:4:5', '2002:c633:6400::'],
    ['64:ff9b::198.51.100.9', '64:ff9b::'],
    ['64:ff9b:1:c633:6409::', '64:ff9b:1::'],
    ['64:ff9b:1::198.51.100.9', '64:ff9b:1::'],
    ['::198.51.100.9', '::'],
    ['::ffff:0:198.51.100.9', '::'],
    ['2001:db8:1:2:0:5efe:198.51.100.9', '2001:db8:1::'],
    ['2001:0:c633:6409:8000:63bf:39cc:9bf6', '2001:0:c633::'],
  ];
  for (const [text, truncated] of cases) {
    test(`${text} is cut to ${truncated}, or not shown`, () => {
      const address = parseAddress(text);
      assert.ok(address);
      assert.deepEqual(
        [showAddress(address, 'truncated'), showAddress(address, 'none')],
        [truncated, undefined],
      );
    });
  }
});
