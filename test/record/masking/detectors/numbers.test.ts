import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { DEFAULTS, found, masked } from '../support/masked.ts';
import { idDigit, luhnDigit } from '../support/secrets.ts';

/** Of providers of payments and of scanners, for tests. */
const CARDS = [
  ...['3782 822463 10005', '3714 4963 5398 431', '378734493671000', '5610591081018250', '3056 930902 5904'],
  ...[
    '3852 0000 0232 37',
    '6011111111111117',
    '6011 0009 9013 9424',
    '3530111333300000',
    '35660020 20360505',
  ],
  ...['5555555555554444', '5105 1051 0510 5100', '4111 1111 1111 1111', '40128888 88881881', '4222222222222'],
  ...['5019717010103742', '6331101999990016', '4000-0027-6000-3184', '2223003122003222', '6200000000000005'],
  ...['6205500000000000004', '6759649826438453', '4111+1111+1111+1111', '6212345678901265'],
];
const IDS = [
  ...['513231200012121657', '51323120001212169X', '513231200012121710', '51323120001212177X'],
  ...['51323120001212185x', '11010519491231002X', '110105 19491231 002X'],
];

describe('card', () => {
  for (const card of CARDS)
    test(`${card}, and with a wrong digit it is none`, () => {
      assert.equal(masked(`card=${card}&x=1`, ['card']), `card=${'*'.repeat(card.length)}&x=1`);
      const last = (Number(card.at(-1)) + 1) % 10;
      const wrong = `card=${card.slice(0, -1)}${last}&x=1`;
      assert.equal(masked(wrong, ['card']), wrong);
    });

  test('never beside a letter or digit', () => {
    const card = '4111111111111111';
    for (const text of [
      `a${card}`,
      `${card}a`,
      `0${card}`,
      `${card}0`,
      `%61${card}`,
      `Ａ${card}`,
      `${card}Ａ`,
    ])
      assert.equal(masked(text, ['card']), text);
    for (const text of [`_${card}`, `${card}.`, `-${card}-`, `%2F${card}`, `中${card}中`, `é${card}`])
      assert.deepEqual(found(text, ['card']), ['card'], text);
  });

  test('among other numbers', () => {
    assert.equal(
      masked('2026 4111 1111 1111 1111 12 27 and 7', ['card']),
      '2026 ******************* 12 27 and 7',
    );
    const both = '4111111111111111 5555555555554444';
    assert.equal(masked(both, ['card']), `${'*'.repeat(16)} ${'*'.repeat(16)}`);
  });

  test('two that overlap are both masked', () => {
    const first = '400000000000';
    const second = '411111111111111';
    const chain = `4000 0000 0000 ${`4${second}`.slice(0, 4)}`;
    assert.equal(first.length, 12);
    const digits = chain.replaceAll(' ', '');
    const completed = `${digits.slice(0, 15)}${luhnDigit(digits.slice(0, 15))}`;
    assert.equal(completed.length, 16);
    const text = `4000 0000 0000 ${completed.slice(12)}`;
    assert.equal(masked(text, ['card']), '*'.repeat(19));
  });

  test('groups that no card has are none', () => {
    for (const text of [
      '4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1',
      '41111111-1111-1111',
      '4111-111111111111',
      '411111-1111111111',
      '411-1111-1111-1111-1',
    ])
      assert.equal(masked(text, ['card']), text);
    assert.equal(masked('4111  1111  1111  1111', ['card']), '4111  1111  1111  1111');
  });

  test('the span id of a traceparent is none, the same number elsewhere is one', () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-4111111111111111-01';
    assert.equal(masked(traceparent), traceparent);
    assert.deepEqual(found('00-4111111111111111-01', ['card']), ['card']);
    assert.deepEqual(found('0af7651916cd43dd8448eb211c80319c-4111111111111111', ['card']), ['card']);
  });
});

describe('id-cn', () => {
  for (const id of IDS)
    test(id, () => {
      assert.equal(masked(`/${id}/`, ['id-cn']), `/${'*'.repeat(id.length)}/`);
    });

  test('region, date and check digit have to be right', () => {
    for (const [digits, isRight] of [
      ['11010519491231002', true],
      ['11010520000229001', true],
      ['11010519000229001', false],
      ['11010520010229001', false],
      ['11010519490431002', false],
      ['11010519491301002', false],
      ['11010519491200002', false],
      ['11010518491231002', false],
      ['10010519491231002', false],
      ['99010519491231002', false],
    ] as const)
      assert.deepEqual(found(digits + idDigit(digits), ['id-cn']), isRight ? ['id-cn'] : [], digits);
    for (const text of [
      '513231200012121293',
      '5132312000121216577',
      'a513231200012121657',
      '51323120001212169XX',
    ])
      assert.equal(masked(text, ['id-cn']), text);
  });
});

describe('phone-cn', () => {
  test('with and without country code, which stays', () => {
    for (const [text, shown] of [
      ['13812345678', '***********'],
      ['138 1234 5678', '*************'],
      ['138-1234-5678', '*************'],
      ['138%201234%205678', '*****************'],
      ['1381-234-5678', '*************'],
      ['8613812345678', '86***********'],
      ['+8613812345678', '+86***********'],
      ['%2B86+138+1234+5678', '%2B86+*************'],
      ['008613812345678', '0086***********'],
      ['0086 138 1234 5678', '0086 *************'],
      ['手机13812345678号', '手机***********号'],
    ] as const)
      assert.equal(masked(text, ['phone-cn']), shown);
  });

  test('other numbers are none', () => {
    for (const text of [
      '12812345678',
      '1381234567',
      '138123456789',
      '23812345678',
      'a13812345678',
      '13812345678a',
    ])
      assert.equal(masked(text, ['phone-cn']), text);
  });
});

describe('phone', () => {
  test('E.164 after a plus sign', () => {
    for (const text of [
      '+14155550123',
      '+1 (415) 555-0123',
      '%2B4915123456789',
      '+49 151 23456789',
      '+1.415.555.0123',
    ])
      assert.equal(masked(`"${text}"`, ['phone']), `"${'*'.repeat(text.length)}"`);
    assert.equal(masked('tel=+49151234567+49151234568&x', ['phone']), `tel=${'*'.repeat(24)}&x`);
    assert.equal(masked('+4915112345678 2026', ['phone']), `${'*'.repeat(14)} 2026`);
  });

  test('other numbers are none', () => {
    for (const text of [
      '14155550123',
      '1+14155550123',
      'a+14155550123',
      '+0415555012',
      '+141555',
      '+1415555012345678',
    ])
      assert.equal(masked(text, ['phone']), text);
  });
});

describe('what is no number of a person', () => {
  const COUNT = 100_000;
  const random = seeded(20_261_129);
  const hex = (digits: number) =>
    Array.from({ length: digits }, () => Math.floor(random() * 16).toString(16)).join('');
  const digits = (count: number) => Array.from({ length: count }, () => Math.floor(random() * 10)).join('');
  const moment = () => Date.UTC(2024, 0, 1) + Math.floor(random() * 10 * 365 * 86_400_000);
  /** 41 bits of time since an epoch, 22 bits of worker and sequence. */
  const snowflake = (epoch: number) =>
    ((BigInt(moment() - epoch) << 22n) | BigInt(Math.floor(random() * 2 ** 22))).toString();
  const KINDS: Readonly<Record<string, () => string>> = {
    'a UUID': () => {
      const variant = '89ab'.charAt(Math.floor(random() * 4));
      return `${hex(8)}-${hex(4)}-${'1457'.charAt(Math.floor(random() * 4))}${hex(3)}-${variant}${hex(3)}-${hex(12)}`;
    },
    'an epoch in seconds': () => String(Math.floor(moment() / 1000)),
    'an epoch in milliseconds': () => String(moment()),
    'an epoch in microseconds': () => `${moment()}${digits(3)}`,
    'an epoch in nanoseconds': () => `${moment()}${digits(6)}`,
    'a snowflake of Twitter': () => snowflake(1_288_834_974_657),
    'a snowflake of Discord': () => snowflake(1_420_070_400_000),
    'a traceparent': () => `00-${hex(32)}-${hex(16)}-01`,
    'a trace id': () => hex(32),
    'an ETag of nginx': () => `"${hex(8)}-${hex(3)}"`,
    'an ETag of Apache': () => `"${hex(5)}-${(moment() * 1000).toString(16)}"`,
    'a weak ETag': () => `W/"${hex(4)}-${Buffer.from(hex(40), 'hex').toString('base64').slice(0, 27)}"`,
    'an ETag of S3': () => `"${hex(32)}-${1 + Math.floor(random() * 99)}"`,
    'an order number': () => `ORD-${digits(8)}`,
    'an order number with a date': () => `2026${digits(4)}${digits(10)}`,
    'an order number of Amazon': () => `${113 + Math.floor(random() * 200)}-${digits(7)}-${digits(7)}`,
    'an order number in a path': () => `/orders/${digits(10)}/items/${digits(6)}`,
    'a time': () => new Date(moment()).toISOString(),
    'an address': () => Array.from({ length: 4 }, () => Math.floor(random() * 256)).join('.'),
    'a range of bytes': () => `bytes=${digits(6)}-${digits(7)}`,
  };

  for (const [kind, make] of Object.entries(KINDS))
    test(`${kind} is not masked by default, 100,000 of them`, () => {
      for (let count = 0; count < COUNT; count++) {
        const text = make();
        if (found(text, DEFAULTS).length > 0) assert.fail(`${text} is ${found(text, DEFAULTS)}`);
      }
    });
});

/** The same numbers in each run (https://en.wikipedia.org/wiki/Linear_congruential_generator). */
function seeded(seed: number): () => number {
  let state = BigInt(seed);
  return () => {
    state = (state * 6364136223846793005n + 1442695040888963407n) & 0xffff_ffff_ffff_ffffn;
    return Number(state >> 32n) / 2 ** 32;
  };
}
