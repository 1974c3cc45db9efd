import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { Strategy } from '../../../src/options/rules/strategy.ts';
import { applyStrategy } from '../../../src/record/masking/apply-strategy.ts';

const hash = (namespace: string, value: string) => `hash of ${namespace} ${value}`;

function applied(strategy: Strategy, value: string): string | undefined {
  return applyStrategy(strategy, value, 'user.id', hash);
}

function keep(first: number, last: number, value: string): string {
  return applied({ kind: 'keep', first, last }, value) ?? '';
}

describe('applyStrategy', () => {
  test('each strategy but keep', () => {
    assert.equal(applied({ kind: 'show' }, 'secret'), 'secret');
    assert.equal(applied({ kind: 'mask' }, 'secret'), '******');
    assert.equal(applied({ kind: 'mask' }, '%34\u{1f600}'), '*****');
    assert.equal(applied({ kind: 'remove' }, 'secret'), undefined);
    assert.equal(applied({ kind: 'hash' }, 'secret'), 'hash of user.id secret');
    assert.equal(applied({ kind: 'replace', text: '$&$1$$' }, 'secret'), '$&$1$$');
  });

  test('without a key, what is to be hashed is replaced', () => {
    assert.equal(applyStrategy({ kind: 'hash' }, 'secret', 'user.id', undefined), 'REDACTED');
  });

  for (const [first, last, value, shown] of [
    [6, 4, '4111111111111111', '411111******1111'],
    [6, 4, '4111 1111 1111 1111', '4111 11** **** 1111'],
    [6, 4, '4111%201111%201111%201111', '4111%2011**%20****%201111'],
    [6, 4, '4111+1111-1111%2B1111', '4111+11**-****%2B1111'],
    [6, 4, '11010519491231002X', '110105********002X'],
    [3, 4, '13812345678', '138****5678'],
    // It would hide one digit of a phone number.
    [6, 4, '13812345678', '***********'],
    [2, 2, '%34%31%31%31%31%31%31%31', '%34%31************%31%31'],
    [1, 1, '\u{1f600}abcdef\u{1f600}', '\u{1f600}******\u{1f600}'],
    [1, 1, '%F0%9F%98%80abcdef%F0%9F%98%80', '%F0%9F%98%80******%F0%9F%98%80'],
    // Separators hide nothing.
    [2, 2, 'ab----cd', '********'],
    [0, 0, '', ''],
    [1, 1, '%', '*'],
    [1, 1, '%zz%%%%', '%*****%'],
  ] as const)
    test(`keep:${first}:${last} of ${value}`, () => {
      assert.equal(keep(first, last, value), shown);
    });

  test('keep at all lengths hides four characters and a third, or all of them, and keeps the length', () => {
    for (let length = 0; length <= 20; length++)
      for (let first = 0; first <= 12; first++)
        for (let last = 0; last <= 12; last++) {
          const value = 'abcdefghijklmnopqrst'.slice(0, length);
          const shown = keep(first, last, value);
          const hidden = length - first - last;
          const isKept = hidden >= 4 && hidden * 3 >= length;
          assert.equal(
            shown,
            isKept
              ? value.slice(0, first) + '*'.repeat(hidden) + value.slice(length - last)
              : '*'.repeat(length),
          );
        }
  });

  test('keep of any text keeps its length, splits no surrogate pair and shows no more than it says', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 40 }),
        fc.nat({ max: 12 }),
        fc.nat({ max: 12 }),
        (value, first, last) => {
          const shown = keep(first, last, value);
          assert.equal(shown.length, value.length);
          assert.ok(shown.isWellFormed() || !value.isWellFormed());
          const kept = [...shown].filter((character) => !'*+ -%'.includes(character));
          assert.ok(kept.length <= 3 * (first + last));
        },
      ),
    );
  });
});
