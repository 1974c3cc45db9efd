import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { Passages } from '../../../src/record/masking/passages.ts';
import { compileScanner } from '../../../src/record/masking/scanner.ts';
import { SCANNED_LENGTH } from '../../../src/record/masking/window.ts';
import { ALL, found, masked } from './support/masked.ts';
import { SECRETS } from './support/secrets.ts';

describe('compileScanner', () => {
  test('without a detector that hides something there is no scanner', () => {
    assert.equal(compileScanner(new Map()), undefined);
    assert.equal(compileScanner(new Map([['card', { kind: 'show' }]])), undefined);
  });

  test('each detector has its own strategy', () => {
    const scanner = compileScanner(
      new Map([
        ['card', { kind: 'keep', first: 6, last: 4 }],
        ['phone-cn', { kind: 'keep', first: 3, last: 4 }],
        ['email', { kind: 'hash' }],
        ['bearer', { kind: 'remove' }],
        ['id-cn', { kind: 'show' }],
      ]),
    );
    const passages = new Passages();
    const text = 'c=4111111111111111&p=13812345678&e=a@b.io&id=11010519491231002X&h=Bearer+abc';
    scanner?.scan(text, passages);
    assert.equal(
      passages.apply(text, 'url.query', (namespace, value) => `${namespace}/${value.length}`),
      'c=411111******1111&p=138****5678&e=url.query/6&id=11010519491231002X&h=Bearer+',
    );
  });

  test('a text without anything to find is returned as it is, odd ones too', () => {
    for (const text of [
      '',
      'a&a=',
      '&&',
      '%',
      '%%%',
      '%2',
      '%zz',
      '\0',
      '\ud800',
      'a=%E4%B8',
      'x'.repeat(2048),
    ])
      assert.ok(Object.is(masked(text), text));
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => {
        if (found(text).length === 0) assert.ok(Object.is(masked(text), text));
      }),
    );
  });

  test('the first look at a text misses nothing: the same is found where the window is read in any case', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        '138',
        '1234',
        '5678',
        '4111',
        '1111',
        '1',
        '0',
        ' ',
        '+',
        '-',
        '%20',
        '%2B',
        '%2D',
        '\u3000',
      ),
      fc.constantFrom(
        '%E3%80%80',
        '\xe3\x80\x80',
        '１３８',
        '%31',
        '86',
        '+86',
        '%',
        '%2',
        'é',
        '中',
        '\xef',
        '%EF%BC%91',
      ),
      fc.constantFrom(
        'Bearer',
        'bearer',
        'basic',
        'c',
        'r',
        'a1',
        'eyJ',
        'e',
        'y',
        'J',
        '.',
        '@',
        'a@b.io',
        '_',
        'ghp',
      ),
      fc.constantFrom('sk-ant-', 'X', '/', '&', '='),
    );
    const filling = '\n'.repeat(SCANNED_LENGTH + 1);
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 14 }), (pieces) => {
        const text = pieces.join('');
        assert.equal(masked(text), masked(text + filling)?.slice(0, text.length));
      }),
      { numRuns: 20_000 },
    );
  });

  test('nothing of one text is found in the next one', () => {
    const texts = ALL.flatMap((detector) =>
      fc.sample(SECRETS[detector], { numRuns: 3, seed: 3 }).map(([scheme, secret]) => scheme + secret),
    );
    const alone = texts.map((text) => masked(text));
    fc.assert(
      fc.property(fc.array(fc.nat({ max: texts.length - 1 }), { maxLength: 20 }), (order) => {
        for (const index of order) {
          assert.equal(masked(texts[index] ?? ''), alone[index]);
          assert.equal(masked('-eyJ-Bearer+@138'), '-eyJ-Bearer+@138');
        }
      }),
    );
  });

  test('of a long text only the window counts', () => {
    const secret = '/4111111111111111/';
    const filling = 'x/'.repeat(SCANNED_LENGTH);
    assert.equal(masked(filling + secret), filling.slice(0, SCANNED_LENGTH));
    assert.equal(
      masked(secret + filling),
      `/****************/${filling.slice(0, SCANNED_LENGTH - secret.length)}`,
    );
  });
});
