import { randomBytes } from 'node:crypto';
import { DETECTORS, type DetectorName } from '../../src/options/groups/privacy-options.ts';
import { resolveOptions } from '../../src/options/options.ts';
import type { Strategy } from '../../src/options/rules/strategy.ts';
import { HashKey } from '../../src/record/masking/hash-key.ts';
import { Passages } from '../../src/record/masking/passages.ts';
import { compileScanner } from '../../src/record/masking/scanner.ts';
import type { MicroCase } from './cases.ts';

const MASK: Strategy = { kind: 'mask' };
/** Path, query, user agent, referrer and route: 312 characters. */
const TYPICAL = [
  '/api/v1/customers/8812/orders/42/items',
  'expand=items&page=2&sort=-created_at&q=red%20shoes',
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Safari/537.36',
  'https://shop.example.com/catalog/shoes?color=red&size=42&utm_source=newsletter',
  '/api/v1/customers/:customer/o',
];
const WITH_CARD = ['/pay/4111111111111111', ...TYPICAL.slice(1)];
const HOSTILE_LENGTH = 2048;
const HOSTILE = [
  '7',
  'eyJ-',
  '@',
  '%25',
  '+',
  '4444 ',
  '4111 1111 1111 1111 ',
  '%EF%BC%94',
  'Bearer+',
  'sk-ant-',
  '+1',
];

const passages = new Passages();

function scanCase(
  name: string,
  detectors: readonly DetectorName[],
  texts: readonly string[],
  goalNanos?: number,
) {
  const scanner = compileScanner(new Map(detectors.map((detector) => [detector, MASK])));
  // Of one byte a character, and no part of another string, as in a request.
  const flat = texts.map((text) => Buffer.from(text, 'latin1').toString('latin1'));
  const run = () => {
    let last: string | undefined;
    for (const text of flat) {
      passages.clear();
      scanner?.scan(text, passages);
      last = passages.isEmpty ? text : passages.apply(text, 'url.path', undefined);
    }
    return last;
  };
  return { name, run, ...(goalNanos === undefined ? {} : { goalNanos }) };
}

function hashCase(name: string, valueAt: (turn: number) => string): MicroCase {
  const key = HashKey.of(randomBytes(32));
  let turn = 0;
  return { name, run: () => key.hash('session.id', valueAt(turn++)) };
}

const { detect } = resolveOptions({});

export const DETECTOR_CASES: readonly MicroCase[] = [
  scanCase('detectors, default, five texts of a record', detect, TYPICAL, 700),
  scanCase('detectors, default, the same with a card number', detect, WITH_CARD),
  scanCase('detectors, all, five texts of a record', DETECTORS, TYPICAL),
  ...HOSTILE.map((piece) =>
    scanCase(
      `detectors, all, 2 KiB of \`${piece}\``,
      DETECTORS,
      [piece.repeat(HOSTILE_LENGTH).slice(0, HOSTILE_LENGTH)],
      10_000,
    ),
  ),
  hashCase('keyed hash, known', () => '3f2504e0-4f89-11d3-9a0c-0305e82c3301'),
  hashCase('keyed hash, new', (turn) => `3f2504e0-4f89-11d3-9a0c-${turn}`),
];
