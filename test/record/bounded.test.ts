import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { CAPS } from '../../src/record/attributes/caps.ts';
import { bound } from '../../src/record/bounded.ts';
import { RecordWriter } from '../../src/record/record-writer.ts';
import { addedTo } from './support/exchange-factory.ts';
import { isWellFormed } from './support/well-formed.ts';

describe('bound', () => {
  const cases: readonly [name: string, text: string, cap: number, bounded: string][] = [
    ['keeps what fits', 'abc', 3, 'abc'],
    ['cuts what does not', 'abcd', 3, 'abc'],
    ['keeps a pair that fits', 'a😀', 3, 'a😀'],
    ['never cuts a pair in two', 'ab😀c', 3, 'ab'],
    ['mends a lone high surrogate', 'a\ud83dc', 3, 'a\ufffdc'],
    ['mends a lone low surrogate', '\ude00', 3, '\ufffd'],
    ['mends what it cuts', '\ude00abc', 2, '\ufffda'],
    ['takes nothing', '', 3, ''],
    ['leaves nothing', 'abc', 0, ''],
  ];
  for (const [name, text, cap, bounded] of cases) {
    test(name, () => assert.equal(bound(text, cap), bounded));
  }

  test('any text becomes well-formed, within the cap, and stays as it is where it was', () => {
    const unit = fc.constantFrom('a', 'é', '\u2028', '\ud83d', '\ude00', '😀', '\0');
    fc.assert(
      fc.property(fc.array(unit), fc.nat(20), (units, cap) => {
        const text = units.join('');
        const bounded = bound(text, cap);
        assert.ok(bounded.length <= cap && isWellFormed(bounded));
        if (isWellFormed(text))
          assert.ok(text.startsWith(bounded) && bounded.length >= Math.min(text.length, cap) - 1);
      }),
    );
  });
});

describe('RecordWriter', () => {
  test('names what was cut, once', () => {
    const writer = new RecordWriter();
    writer.add('a', writer.bounded('a', 'abc', 3));
    writer.add('b', writer.bounded('b', 'abcd', 3));
    writer.addTexts('g', ['1234', '5678', '9'], 3, 2);
    writer.addTexts('h', [], 3, 2);
    writer.addText('i', '', 3);
    assert.deepEqual(addedTo(writer), {
      a: 'abc',
      b: 'abc',
      g: ['123', '567'],
      i: '',
      'access_log.truncated': ['b', 'g'],
    });
  });

  test('what comes on top is limited as a whole', () => {
    const writer = new RecordWriter();
    writer.addText('a', 'x'.repeat(CAPS.additions - 5), CAPS.additions);
    writer.addTexts('b', ['123', '456', '789'], 10, 10);
    writer.addText('c', '1', 10);
    writer.addTexts('d', ['1'], 10, 10);
    writer.addText('e', '', 10);
    assert.deepEqual(addedTo(writer), {
      a: 'x'.repeat(CAPS.additions - 5),
      b: ['123', '45'],
      e: '',
      'access_log.truncated': ['b', 'c', 'd'],
    });
  });

  test('the list of names is limited', () => {
    const writer = new RecordWriter();
    for (let index = 0; index < 100; index++) writer.cut(`name${index}`);
    const names = writer.truncated;
    assert.ok(Array.isArray(names));
    assert.equal(names.length, CAPS.truncatedNames);
  });
});
