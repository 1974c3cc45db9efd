import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { Strategy } from '../../../src/options/rules/strategy.ts';
import { applyStrategy } from '../../../src/record/masking/apply-strategy.ts';
import { Passages } from '../../../src/record/masking/passages.ts';
import { SCANNED_LENGTH } from '../../../src/record/masking/window.ts';

type Given = readonly [start: number, end: number, strategy: Strategy];

const REMOVE: Strategy = { kind: 'remove' };
const MASK: Strategy = { kind: 'mask' };
const HASH: Strategy = { kind: 'hash' };
const REPLACE: Strategy = { kind: 'replace', text: '<$&>' };
const KEEP: Strategy = { kind: 'keep', first: 1, last: 1 };
const hash = (namespace: string, value: string) => `#${namespace}.${value.length}`;
const ALPHABET = 'abcdefghijklmnopqrstuvwxyz';

function applied(text: string, ...given: readonly Given[]): string | undefined {
  const passages = new Passages();
  for (const [index, [start, end, strategy]] of given.entries())
    passages.add(start, end, strategy, `rule ${index}`);
  return passages.apply(text, 'n', hash);
}

describe('Passages', () => {
  test('where nothing was found, the text itself', () => {
    const passages = new Passages();
    assert.equal(passages.isEmpty, true);
    const text = 'a&a=&&%\0';
    assert.ok(Object.is(passages.apply(text, 'n', hash), text));
    passages.add(0, 0, MASK, 'empty');
    passages.add(0, 3, { kind: 'show' }, 'shown');
    assert.equal(passages.isEmpty, true);
  });

  test('each passage by its own strategy, in any order', () => {
    assert.equal(
      applied(ALPHABET, [20, 22, REMOVE], [0, 2, MASK], [4, 6, REPLACE], [8, 15, KEEP], [16, 18, HASH]),
      '**cd<$&>gh' + 'i*****o' + 'p#n.2st' + 'wxyz',
    );
  });

  test('the earliest wins, and what of a loser juts out is masked', () => {
    assert.equal(applied('abcdefghij', [0, 4, REPLACE], [2, 8, REMOVE]), '<$&>****ij');
    assert.equal(applied('abcdefghij', [0, 4, REPLACE], [2, 6, REMOVE], [7, 8, HASH]), '<$&>**g#n.1ij');
    assert.equal(applied('abcdefghij', [0, 4, REPLACE], [2, 6, REMOVE], [5, 8, HASH]), '<$&>*#n.3ij');
  });

  test('then the longest, then the most severe', () => {
    assert.equal(applied('abcdef', [1, 3, REMOVE], [1, 4, HASH]), 'a#n.3ef');
    for (const [winner, loser] of [
      [REMOVE, REPLACE],
      [REPLACE, MASK],
      [MASK, HASH],
      [HASH, KEEP],
    ] as const) {
      assert.equal(applied('xabcdefx', [1, 7, loser], [1, 7, winner]), applied('xabcdefx', [1, 7, winner]));
      assert.equal(applied('xabcdefx', [1, 7, winner], [1, 7, loser]), applied('xabcdefx', [1, 7, winner]));
    }
  });

  test('characters that a winner would keep are masked where another passage hides them', () => {
    assert.equal(applied('abcdefgh', [0, 8, KEEP]), 'a******h');
    assert.equal(applied('abcdefgh', [0, 8, KEEP], [6, 8, REMOVE]), '********');
    assert.equal(applied('abcdefghij', [0, 2, MASK], [1, 4, MASK], [2, 10, KEEP]), '**********');
  });

  test('a winner keeps no character that a loser hides which keeps others', () => {
    // A mobile number within an order number.
    const order: Strategy = { kind: 'keep', first: 7, last: 7 };
    const mobile: Strategy = { kind: 'keep', first: 3, last: 4 };
    const text = 'ab-13812345678-cdefghijk';
    assert.equal(applied(text, [0, 24, order]), 'ab-13812******-**efghijk');
    assert.equal(applied(text, [0, 24, order], [3, 14, mobile]), 'ab-138********-**efghijk');
    assert.equal(applied('abcdefgh', [0, 8, KEEP], [1, 8, { kind: 'keep', first: 2, last: 2 }]), 'a*******');
    assert.equal(applied('abcdefghi', [0, 9, KEEP], [0, 8, KEEP]), 'a*******i');
    assert.equal(applied('😀bcdefghijklmno', [0, 16, KEEP], [0, 8, KEEP]), '😀*************o');
  });

  test('the order of rules does not matter, and nothing that a passage hides is legible', () => {
    const strategy = fc.oneof(
      fc.constantFrom(REMOVE, MASK, HASH, REPLACE, { kind: 'replace', text: '+' } as const),
      fc.record({ kind: fc.constant('keep' as const), first: fc.nat({ max: 4 }), last: fc.nat({ max: 4 }) }),
    );
    const passage = fc.tuple(fc.nat({ max: 26 }), fc.nat({ max: 26 }), strategy);
    fc.assert(
      fc.property(
        fc
          .array(passage, { maxLength: 8 })
          .chain((passages) =>
            fc.tuple(
              fc.constant(passages),
              fc.shuffledSubarray(passages, { minLength: passages.length, maxLength: passages.length }),
            ),
          ),
        ([passages, shuffled]) => {
          // Upper case, so that what a strategy writes is not taken for the text.
          const text = ALPHABET.toUpperCase();
          const shown = applied(text, ...passages);
          assert.equal(shown, applied(text, ...shuffled));
          for (const [start, end, strategy] of passages) {
            const letters = text.slice(start, end);
            const own = strategy.kind === 'keep' ? (applyStrategy(strategy, letters, '', hash) ?? '') : '';
            for (const letter of letters)
              if (!own.includes(letter)) assert.ok(!shown?.includes(letter), `${letter}: ${shown}`);
          }
        },
      ),
      { numRuns: 2000 },
    );
  });

  test('after 64 passages one REDACTED stands for the rest', () => {
    const passages = new Passages();
    const text = 'ab'.repeat(100);
    for (let at = 99; at >= 36; at--) passages.add(2 * at, 2 * at + 1, MASK, 'one');
    assert.equal(passages.apply(text, 'n', hash), `${'ab'.repeat(36)}${'*b'.repeat(64)}`);
    passages.add(100, 101, MASK, 'one too many');
    assert.equal(passages.apply(text, 'n', hash), `${'ab'.repeat(36)}${'*b'.repeat(14)}REDACTED`);
    passages.add(20, 21, MASK, 'another one');
    assert.equal(passages.apply(text, 'n', hash), `${'ab'.repeat(10)}REDACTED`);
    passages.clear();
    assert.equal(passages.apply(text, 'n', hash), text);
  });

  test('a rest that begins in a passage follows that passage', () => {
    const passages = new Passages();
    for (let at = 0; at < 64; at++) passages.add(0, 10, REMOVE, 'same');
    passages.add(5, 6, MASK, 'one too many');
    assert.equal(passages.apply('abcdefghijklm', 'n', hash), 'REDACTED');
  });

  test('where all is removed nothing is left', () => {
    assert.equal(applied('abc', [0, 3, REMOVE]), undefined);
    assert.equal(applied('abc', [0, 1, REMOVE], [1, 3, REMOVE]), undefined);
  });

  test('what lies after the window is not written, with passages and without', () => {
    const text = `${'a'.repeat(SCANNED_LENGTH)}secret`;
    assert.equal(applied(text), 'a'.repeat(SCANNED_LENGTH));
    assert.equal(applied(text, [0, SCANNED_LENGTH - 2, REMOVE]), 'aa');
    assert.equal(
      applied(text, [SCANNED_LENGTH - 2, SCANNED_LENGTH + 3, MASK]),
      `${'a'.repeat(SCANNED_LENGTH - 2)}**`,
    );
  });

  test('no surrogate pair is split: by a passage, or by the end of the window', () => {
    assert.equal(applied('\u{1f600}\u{1f600}', [1, 2, MASK]), '**\u{1f600}');
    assert.equal(applied('\u{1f600}\u{1f600}', [1, 3, MASK]), '****');
    const text = `${'a'.repeat(SCANNED_LENGTH - 1)}\u{1f600}`;
    assert.equal(applied(text), 'a'.repeat(SCANNED_LENGTH - 1));
    assert.equal(applied(text, [0, 5, REMOVE]), 'a'.repeat(SCANNED_LENGTH - 6));
  });

  test('what has found something is told', () => {
    const passages = new Passages();
    passages.add(0, 2, MASK, 'card');
    passages.add(0, 2, REMOVE, 'order');
    const kinds: string[] = [];
    passages.forEachKind((kind) => kinds.push(kind));
    assert.deepEqual(kinds, ['card', 'order']);
  });
});
