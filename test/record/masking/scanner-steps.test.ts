import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { DETECTORS } from '../../../src/options/groups/privacy-options.ts';
import { StepCounter } from './support/count-steps.ts';

const counter = await StepCounter.start();
const { compileScanner } = await import('../../../src/record/masking/scanner.ts');
const { Passages } = await import('../../../src/record/masking/passages.ts');
const { SCANNED_LENGTH } = await import('../../../src/record/masking/window.ts');

/** What costs most in some detector, filled up to any length. */
const HOSTILE = [
  ...['7', '1 ', '+1', '4444 ', '4111 1111 1111 1111 ', '138 1234 5678 ', '110101199003071234 ', '4-', '%34'],
  ...[
    'eyJ',
    'eyJ-',
    'eyJaaaaaaaa.',
    '.eyJ',
    'e',
    'Bearer ',
    'Bearer+',
    'basic+',
    'basic ',
    'Bearer+a="',
    ' ',
    '+',
  ],
  ...['@', 'a@', 'a@b.', 'a.', 'a@a.a-', '_', 'ghp_', 'github_pat_', 'sk-ant-', 'SG.', 'AKIA', 'glpat-'],
  ...[
    '-----BEGIN ',
    '-----BEGIN PRIVATE KEY',
    '-----',
    '%',
    '%2',
    '%25',
    '%EF',
    '%EF%BC',
    '%EF%BC%94',
    '\uff14',
    'ï',
  ],
  ...['中', '\u{1f600}', '\u3000', '\0', 'x', '{"a":1}', '%20', '%2B1'],
];

describe('a hostile text costs time in proportion to its length', () => {
  const scanner = compileScanner(new Map(DETECTORS.map((detector) => [detector, { kind: 'mask' }])));
  const passages = new Passages();
  const stepsFor = (piece: string, length: number) => {
    const text = piece.repeat(Math.ceil(length / piece.length)).slice(0, length);
    return counter.stepsOf(() => {
      passages.clear();
      scanner?.scan(text, passages);
    });
  };

  for (const piece of HOSTILE)
    test(`${JSON.stringify(piece)}, over and over`, async () => {
      const quarter = await stepsFor(piece, SCANNED_LENGTH / 4);
      const window = await stepsFor(piece, SCANNED_LENGTH);
      assert.ok(window <= 5 * quarter, `512 characters: ${quarter} steps, 2,048: ${window}`);
      assert.ok(window <= 40 * SCANNED_LENGTH, `${window} steps`);
      // Of more than the window nothing is read.
      const [short, long] = [await stepsFor(piece, 4096), await stepsFor(piece, 16_384)];
      assert.ok(long <= 1.25 * short, `4 KiB: ${short} steps, 16 KiB: ${long}`);
    });

  test('the steps of a loop are counted', async () => {
    // Four characters a turn.
    assert.ok((await stepsFor('x', 2048)) >= 512);
    assert.ok((await stepsFor('7', 2048)) > 4 * 2048);
  });
});
