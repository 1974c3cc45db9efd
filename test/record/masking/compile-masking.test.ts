import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { Masking } from '../../../src/record/masking/masking.ts';
import { MaskingCounts } from '../../../src/record/masking/masking-counts.ts';
import { redactPath, redactQuery } from '../../../src/record/redact/redaction.ts';
import { KEY, maskingOf } from './support/masking-of.ts';

const CARD = '4111111111111111';
const never = (): boolean => false;

function queries(masking: Masking, cases: readonly [query: string, masked: string][]): void {
  for (const [query, masked] of cases) {
    test(`query ${query.slice(0, 80)}`, () => {
      assert.equal(masking.query(query, 0), masked);
      // As it stands in a request target.
      assert.equal(masking.query(`/path?${query}`, 6), masked);
    });
  }
}

describe('without rules', () => {
  const masking = maskingOf();

  queries(masking, [
    ['token=x&a=1', 'token=REDACTED&a=1'],
    [`a=${CARD}&b=2`, `a=${'*'.repeat(16)}&b=2`],
    [`${CARD}=1`, `${'*'.repeat(16)}=1`],
    ['q=13800138000', 'q=***********'],
    ['q=%EF%BC%94111111111111111', `q=${'*'.repeat(24)}`],
  ]);

  test('a text without anything to find is returned as it is', () => {
    for (const text of ['/orders/42', '', '*', '/%', '/a%zz/\0', '/é'.repeat(50)]) {
      assert.equal(masking.path(text), text);
      assert.equal(masking.text('a', text), text);
      assert.equal(masking.field('a', text, undefined), text);
    }
    for (const query of ['', 'a&a=', '&&', 'a=%', '%', 'a=%zz&b', 'a=\0', '=', '==', ';;', 'a=b=c', '?', '#'])
      assert.equal(masking.query(query, 0), query);
  });

  test('16 KiB without anything to find are cut to 2,048 characters and otherwise the same', () => {
    const query = 'a=b&'.repeat(4096);
    assert.equal(masking.query(query, 0), `${query.slice(0, 1024)}REDACTED`);
    const value = `a=${'x y'.repeat(5000)}`;
    assert.equal(masking.query(value, 0), value.slice(0, 2048));
    assert.equal(masking.path(`/${'x/'.repeat(5000)}`), `/${'x/'.repeat(5000)}`.slice(0, 2048));
  });

  test('what redaction by names does not change, masking does not change, and the other way round', () => {
    const plain = maskingOf('detect: { jwt: off, bearer: off, card: off, phone-cn: off }');
    const pieces = fc.constantFrom(...'a token code = & ; % %3D %26 [ ] + / ? \0 é .'.split(' '));
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 20 }), (parts) => {
        const text = parts.join('');
        assert.equal(plain.query(text, 0), redactQuery(text));
        assert.equal(plain.path(`/${text}`), redactPath(`/${text}`));
      }),
      { numRuns: 2000 },
    );
  });

  test('headers', () => {
    const cases: readonly [name: string, value: string, masked: string][] = [
      ['x-note', `card ${CARD}`, `card ${'*'.repeat(16)}`],
      ['authorization', 'Bearer abc', 'Bearer REDACTED'],
      ['cookie', `sid=1; ${CARD}=2`, `sid=REDACTED; ${'*'.repeat(16)}=REDACTED`],
      ['set-cookie', 'sid=1; Path=/', 'sid=REDACTED; Path=/'],
      ['x-api-key', 'abc', 'REDACTED'],
      ['sec-websocket-protocol', 'bearer, s3cret', 'bearer, REDACTED'],
      [
        'baggage',
        'userId=2;a=b, session_id=s3cret;b=c,%74oken=s3cret,tier=1',
        'userId=2;a=b, session_id=REDACTED,%74oken=REDACTED,tier=1',
      ],
      [
        'referer',
        `https://u:p@h/a/${CARD}?token=1&b=${CARD}#f`,
        `https://h/a/${'*'.repeat(16)}?token=REDACTED&b=${'*'.repeat(16)}`,
      ],
      ['location', '/login?a=1', '/login'],
    ];
    for (const [name, value, masked] of cases)
      assert.equal(
        masking.header(name, value, (path) => path === '/login'),
        masked,
        name,
      );
  });

  test('credentials in URLs that stand in a text', () => {
    const cases: readonly [text: string, masked: string][] = [
      [
        'fetch of https://api.example/x?%74oken=s3cret&a=1 failed, and "http://h/?key=s3cret#f" too',
        'fetch of https://api.example/x?%74oken=REDACTED&a=1 failed, and "http://h/?key=REDACTED#f" too',
      ],
      ['mongodb://me:s3@cret@db.example/shop', 'mongodb://REDACTED@db.example/shop'],
      [
        '</a?a=1&token=s3cret>; rel=next, <//b?sid=s3cret>',
        '</a?a=1&token=REDACTED>; rel=next, <//b?sid=REDACTED>',
      ],
      ['0; url=/a?code=s3cret', '0; url=/a?code=REDACTED'],
      ['</a?f=%7B%22pin%22%3A1%7D&a=1>', '</a?f=REDACTED&a=1>'],
      ['https://me:s3cret@', 'https://REDACTED@'],
    ];
    for (const [text, masked] of cases) {
      assert.equal(masking.text('exception.message', text), masked);
      assert.equal(masking.field('app.note', text, undefined), masked);
      assert.equal(masking.header('link', text, never), masked);
    }
    const shown = [
      'why? a=b',
      'Agent/1 (+https://bot.example/?about=us)',
      '://',
      'a://@b',
      '?',
      '?=',
      'me@a.example',
    ];
    for (const text of shown) assert.equal(masking.text('a', text), text);
    const own = maskingOf('query: { seat: remove, code: show }');
    assert.equal(own.text('a', 'see /a?seat=7&b=1&code=2 and /c?seat=8'), 'see /a?b=1&code=2 and /c?');
  });

  describe('what of a text with many queries is not looked at is not written', () => {
    test('after 64 queries one word stands for the rest', () => {
      const looked = '/a?b=c '.repeat(64);
      assert.equal(masking.text('a', `${looked}/a?b=c&d=e /f`), `${looked}/a?REDACTED`);
      assert.equal(masking.text('a', `${looked}what? nothing`), `${looked}what? nothing`);
    });

    test('after 256 parameters, too, where each is looked up in rules', () => {
      const own = maskingOf('query: { "utm_*": remove }');
      const query = '/a?b=c&b=c&b=c&b=c&b=c&b=c&b=c&b=c ';
      assert.equal(own.text('a', `${query.repeat(32)}/a?b=c`), `${query.repeat(32)}/a?REDACTED`);
      assert.equal(masking.text('a', `${query.repeat(32)}/a?b=c`), `${query.repeat(32)}/a?b=c`);
    });

    test('a rule that removes takes the separators of its query only', () => {
      const own = maskingOf('query: { "utm_*": remove }');
      assert.equal(own.text('a', '</a?utm_b=1> </a?c=1&utm_b=1;x=2> &'), '</a?> </a?c=1> &');
    });
  });

  test('detectors have strategies by default', () => {
    const all = maskingOf('detect: { email: mask, key: replace }');
    assert.equal(all.text('a', 'Bearer abcdefghijklmnopqrstuvwxyz'), 'Bearer REDACTED');
    assert.equal(all.text('a', 'a.b@example.com!'), '***************!');
    assert.equal(maskingOf('detect: { card: off }').text('a', CARD), CARD);
    assert.equal(maskingOf('detect: { card: keep:6:4 }').text('a', CARD), '411111******1111');
  });
});

describe('query rules of names in JSON', () => {
  queries(maskingOf('query: { seat: replace, "utm_*": remove, page: show, code: show }'), [
    ['filter={"seat":"7A","page":2}&b=1', 'filter=REDACTED&b=1'],
    ['filter={"page":2,"size":9}&b=1', 'filter={"page":2,"size":9}&b=1'],
    ['filter=%7B%22s%5Cu0065at%22%3A%227A%22%7D&b=1', 'filter=REDACTED&b=1'],
    ['filter=%257B%2522utm_x%2522%253A1%257D', 'filter=REDACTED'],
    ['filter={"a":"{\\"seat\\":7}"}', 'filter=REDACTED'],
    ['{"seat":"7A"}&b=1', 'REDACTED&b=1'],
    ['%7B%22seat%22%3A%227A%22%7D&b=1', 'REDACTED&b=1'],
    ['{"seat":"a=b"}&b=1', 'REDACTED&b=1'],
    ['filter={"seat":"7;A"};c=1&b=1', 'filter=REDACTED&b=1'],
    ['filter={"token":"s3cret"}&page={"pin":1}&b=1', 'filter=REDACTED&page=REDACTED&b=1'],
    // Only the parameter of that name is shown.
    ['code=1&filter={"code":"s3cret"}', 'code=1&filter=REDACTED'],
  ]);
});

test('sub-protocols are shown by a rule of the very header only', () => {
  const value = 'shop.v1, bearer, s3cret';
  const all = (rules: string): string | undefined =>
    maskingOf(`headers: { ${rules} }`).header('sec-websocket-protocol', value, never);
  assert.equal(all('"*": show'), 'REDACTED, bearer, REDACTED');
  assert.equal(all('"sec-*": "keep:3:2"'), 'REDACTED, bearer, REDACTED');
  assert.equal(all('sec-websocket-protocol: show'), value);
  assert.equal(all('"*": replace'), 'REDACTED');
  assert.equal(all('"*": remove'), undefined);
});

describe('query rules', () => {
  queries(
    maskingOf(
      'query: { code: "replace:X", "utm_*": remove, "utm_keep": show, q: keep:1:1, id: hash, token: mask }',
    ),
    [
      ['code=1&b=2', 'code=X&b=2'],
      ['CODE=1&Code=2', 'CODE=X&Code=X'],
      ['code=&b', 'code=&b'],
      ['code', 'code'],
      ['%63ode=1&b=2', '%63ode=X&b=2'],
      ['+code=1', '+code=X'],
      ['code[]=1&code%5B0%5D=2&u[code]=3', 'code[]=X&code%5B0%5D=X&u[code]=X'],
      ['a=1;code=2;b=3&c=4', 'a=1;code=X&c=4'],
      ['code=1&code=2', 'code=X&code=X'],
      ['utm_a=1', ''],
      ['utm_a=1&b=2', 'b=2'],
      ['a=1&utm_a=1', 'a=1'],
      ['a=1&utm_a=1&b=2', 'a=1&b=2'],
      ['a=1&utm_a=1&utm_b=2', 'a=1'],
      ['utm_a=1&b=2&utm_b=3&utm_c', 'b=2'],
      ['a=1;utm_a=2;utm_b=3&c=4', 'a=1;c=4'],
      ['utm_keep=1&utm_kept=1', 'utm_keep=1'],
      ['q=abcdefgh', 'q=a******h'],
      ['q=abc', 'q=***'],
      ['id=7', `id=${KEY.hash('url.query', '7')}`],
      // The user's rule comes before the names that are known.
      ['token=abc&access_token=abc', 'token=***&access_token=REDACTED'],
      ['next=/a?code=1&b=2', 'next=REDACTED&b=2'],
      ['next=%2Fa%3Fcode%3D1', 'next=REDACTED'],
      ['next=%2Fa%3Ftoken%3D1', 'next=REDACTED'],
      // Encoded twice; in the query of a query; beside what is no UTF-8.
      ['next=%252Fa%253Fid%253D1', 'next=REDACTED'],
      ['next=%2Fa%3Fnext%3D%252Fb%253Fid%253D1', 'next=REDACTED'],
      ['next=%2Fa%3Fname%3Dcaf%E9%26id%3D1', 'next=REDACTED'],
      ['u[%69d][%E9]=1', 'u[%69d][%E9]='.concat(KEY.hash('url.query', '1'))],
      ['next=%25E9%252525', 'next=%25E9%252525'],
      [`code=${CARD}&c=${CARD}`, `code=X&c=${'*'.repeat(16)}`],
      ['a&a=', 'a&a='],
      ['&&;;', '&&;;'],
      ['a=%&b=\0', 'a=%&b=\0'],
    ],
  );

  describe('with * they are an allow-list', () => {
    queries(maskingOf('query: { page: show, "f*": show, token: show, "*": replace }'), [
      ['page=1&x=2', 'page=1&x=REDACTED'],
      ['page=1;x=2;page=3', 'page=1;x=REDACTED'],
      ['x&y=', 'REDACTED&y='],
      ['f[a]=1&f[token]=2', 'f[a]=1&f[token]=REDACTED'],
      ['page[]=1', 'page[]=REDACTED'],
      ['token=1', 'token=1'],
      ['x=/a?page=1', 'x=REDACTED'],
      [`page=${CARD}`, `page=${'*'.repeat(16)}`],
      ['page=/a?token=1', 'page=/a?token=REDACTED'],
    ]);
    queries(maskingOf('query: { page: show, "*": remove }'), [
      ['a=1&page=1&b=2', 'page=1'],
      ['a=1&b=2', ''],
    ]);
    // Nothing of a credential is kept by a rule that does not name it.
    queries(maskingOf('query: { "*": keep:4:4 }'), [
      ['a=abcdefghijklmnop&token=abcdefghijklmnop', 'a=abcd********mnop&token=REDACTED'],
    ]);
  });

  test('after 256 parameters, and after 64 findings, nothing is shown', () => {
    const masking = maskingOf('query: { a: mask }');
    const plain = 'b=1&'.repeat(300);
    assert.equal(masking.query(plain, 0), `${'b=1&'.repeat(256)}REDACTED`);
    assert.equal(masking.query('a=1&'.repeat(100), 0), `${'a=*&'.repeat(64)}a=REDACTED`);
  });

  test('a secret at every place around the cut is not shown in part', () => {
    const masking = maskingOf(
      'query: { code: keep:2:2 }\npatterns: [{ name: p, match: "ORD-[0-9]{8}", do: keep:4:2 }]',
    );
    for (let at = 2000; at < 2060; at++) {
      const before = `a=${'x y '.repeat(1000)}`.slice(0, at - 1);
      for (const [secret, whole] of [
        [`${CARD}`, /\d{3}/],
        ['ORD-87654321', /[3-8]{3}/],
      ] as const) {
        const shown = masking.query(`${before} ${secret} and more${' tail'.repeat(500)}`, 0);
        assert.ok(!whole.test(shown), `${at}: ${shown.slice(-30)}`);
        assert.ok(shown.length <= 2048);
      }
      const named = masking.query(`${before}&code=zyxwvutsrqponm&b=1${' tail'.repeat(500)}`, 0);
      assert.ok(!/wvut|xwv/.test(named), `${at}: ${named.slice(-30)}`);
    }
  });
});

describe('path templates', () => {
  const masking = maskingOf('paths: { "/reset/{token}": { token: replace }, "/u/*/{id}": { id: mask } }');
  const cases: readonly [path: string, masked: string][] = [
    ['/reset/abc', '/reset/REDACTED'],
    ['/reset/abc/confirm', '/reset/REDACTED/confirm'],
    ['/Reset/abc', '/Reset/REDACTED'],
    ['//reset//abc', '//reset//REDACTED'],
    ['/re%73et/abc', '/re%73et/REDACTED'],
    ['/re%2573et/abc', '/re%2573et/REDACTED'],
    ['/reset%2fabc', '/reset%2fREDACTED'],
    ['/reset\\abc', '/reset\\REDACTED'],
    ['/reset;v=1/abc;w=2/x', '/reset;v=1/REDACTED/x'],
    ['/./reset/./abc', '/./reset/./REDACTED'],
    ['/x/../reset/abc', '/x/../reset/REDACTED'],
    ['/reset/abc/..', '/reset/REDACTED/..'],
    // What `new URL` takes for a host; a segment of parameters alone, which Tomcat merges with the next one.
    ['//api/reset/abc', '//api/reset/REDACTED'],
    ['/\\\\api/reset/abc', '/\\\\api/reset/REDACTED'],
    ['/reset/;v=1/abc', '/reset/REDACTED/REDACTED'],
    // More segments than are looked at.
    [`/${'a/../'.repeat(40)}reset/abc`, 'REDACTED'],
    [`/${'a/'.repeat(70)}${'%2E./'.repeat(70)}reset/abc`, 'REDACTED'],
    [`/${'a/'.repeat(70)}reset/abc`, `/${'a/'.repeat(70)}reset/abc`],
    ['/reset', '/reset'],
    ['/reset/', '/reset/'],
    ['/other/reset/abc', '/other/reset/abc'],
    ['/u/1/23/4', '/u/1/**/4'],
    ['/reset/a=b', '/reset/REDACTED'],
    ['/reset/abc;token=1', '/reset/REDACTED'],
    ['/x;jsessionid=1/y', '/x;jsessionid=REDACTED/y'],
  ];
  for (const [path, masked] of cases) test(path.slice(0, 80), () => assert.equal(masking.path(path), masked));

  test('apply to URLs in headers', () => {
    assert.equal(masking.header('referer', 'https://h/reset/abc?a=1', never), 'https://h/reset/REDACTED?a=1');
  });
});

describe('header and cookie rules', () => {
  const masking = maskingOf(`cookies: { sid: hash, theme: show, "x*": remove, "s*": show, "y": mask }
headers: { x-api-key: keep:2:2, x-gone: remove, x-known: show, "*": "replace:R", referer: show, authorization: hash }
query: { code: replace }`);
  const cases: readonly [name: string, value: string, masked: string | undefined][] = [
    ['x-api-key', 'abcdefghij', 'ab******ij'],
    ['x-gone', 'abc', undefined],
    ['x-known', `a ${CARD}`, `a ${'*'.repeat(16)}`],
    ['x-other', 'abc', 'R'],
    ['x-csrf-token', 'abc', 'R'],
    ['location', '/a', 'R'],
    ['proxy-authorization', 'Basic abc', 'R'],
    ['authorization', 'Basic abc', KEY.hash('http.request.header.authorization', 'Basic abc')],
    ['referer', '/a?code=1', '/a?code=REDACTED'],
    ['cookie', 'sid=1; theme=dark', `sid=${KEY.hash('cookie', '1')}; theme=dark`],
    ['cookie', 'xa=1; b=2; xb=3', ' b=REDACTED'],
    ['cookie', 'a=1; xa=1', 'a=REDACTED'],
    ['cookie', 'SID=1', `SID=${KEY.hash('cookie', '1')}`],
    ['cookie', 'session=1; style=2; y="1"', 'session=REDACTED; style=2; y=***'],
    ['cookie', 'nothing', 'REDACTED'],
    ['cookie', `theme=${CARD}`, `theme=${'*'.repeat(16)}`],
    ['set-cookie', 'sid=1; Path=/; HttpOnly', `sid=${KEY.hash('cookie', '1')}; Path=/; HttpOnly`],
    ['set-cookie', 'xa=1; Path=/', undefined],
    ['set-cookie', 'a=1; Path=/, sid=2; Secure', 'a=REDACTED; Path=REDACTED; Secure'],
    ['set-cookie', 'b=1; Max-Age=5', 'b=REDACTED; Max-Age=5'],
  ];
  for (const [name, value, masked] of cases)
    test(`${name}: ${value}`, () => assert.equal(masking.header(name, value, never), masked));

  test('of 60 cookies the last ten are one', () => {
    const cookies = Array.from({ length: 60 }, (_, at) => `theme=${at}`).join(';');
    assert.equal(
      masking.header('cookie', cookies, never),
      `${cookies.split(';').slice(0, 50).join(';')};REDACTED`,
    );
  });

  test('with * every cookie without a rule is treated so', () => {
    const strict = maskingOf('cookies: { a: show, "*": remove }');
    assert.equal(strict.header('cookie', 'b=1; a=2; c=3', never), ' a=2');
    assert.equal(strict.header('cookie', 'b=1', never), undefined);
    assert.equal(strict.header('set-cookie', 'b=1', never), undefined);
  });
});

describe('patterns', () => {
  const masking = maskingOf(`allow: [x.free, http.request.header.x-free]
patterns:
  - { name: everywhere, match: 'A-[0-9]+', do: mask }
  - { name: path, match: 'B-[0-9]+', do: "replace:$1", in: [url.path, fields, http.response.header.x-b] }
  - { name: query, match: 'C-[0-9]+', do: hash, in: [url.query, x.field] }`);

  test('are looked for where they say', () => {
    const text = 'A-1 B-2 C-3';
    assert.equal(masking.path(text), '*** $1 C-3');
    assert.equal(masking.query(text, 0), `*** B-2 ${KEY.hash('url.query', 'C-3')}`);
    assert.equal(masking.text('user_agent.original', text), '*** B-2 C-3');
    assert.equal(masking.field('x.other', text, undefined), '*** $1 C-3');
    assert.equal(masking.field('x.field', text, undefined), `*** $1 ${KEY.hash('x.field', 'C-3')}`);
    assert.equal(masking.header('x-b', text, never), '*** $1 C-3');
    assert.equal(masking.text('x.free', text), text);
    assert.equal(masking.header('x-free', `${text} ${CARD}`, never), `${text} ${CARD}`);
  });

  test('do not see what other rules have made of a text, in whatever order', () => {
    const rules = [
      "{ name: a, match: 'a+', do: 'replace:bbb' }",
      "{ name: b, match: 'b+', do: 'replace:aaa' }",
    ];
    for (const ordered of [rules, rules.toReversed()]) {
      const both = maskingOf(`patterns: [${ordered.join(', ')}]`);
      assert.equal(both.text('x', 'a-b'), 'bbb-aaa');
    }
  });

  test('of overlapping findings the earliest counts, and nothing of the others is shown', () => {
    const both = maskingOf(
      "patterns: [{ name: a, match: 'abc', do: 'replace:X' }, { name: b, match: 'bcde', do: keep:1:1 }]",
    );
    assert.equal(both.text('x', '-abcdef'), '-X**f');
  });

  test('characters of two units are not divided', () => {
    const one = maskingOf("patterns: [{ name: a, match: '[^-]', do: mask }]");
    assert.equal(one.text('x', '-\u{1f600}-'), '-**-');
  });

  test('count how often they have matched; a rule that never did has no count', () => {
    const counts = new MaskingCounts();
    const { path, query, rules } = maskingOf(
      'query: { a: mask, b: mask, c: show }\npaths: { "/x/{y}": { y: mask } }\npatterns: [{ name: p, match: z+, do: mask }]',
      counts,
    );
    path('/x/1');
    query('a=zz&a=1&q=zzz', 0);
    assert.deepEqual(
      rules.map((rule) => [rule, counts.hitsOf(rule)]),
      [
        ...['jwt', 'bearer', 'card', 'phone-cn'].map((name) => [name, 0]),
        ['query.a', 2],
        ['query.b', 0],
        ['paths./x/{y}', 1],
        ['patterns.p', 2],
      ],
    );
  });
});

describe('what goes wrong', () => {
  test('a value that could not be masked is not written, and counted', () => {
    const counts = new MaskingCounts();
    const masking = maskingOf('', counts);
    const value = { length: 5 } as unknown as string;
    const failed = '[MASKING FAILED]';
    assert.equal(masking.path(value), failed);
    assert.equal(masking.query(value, 0), failed);
    assert.equal(masking.text('a', value), failed);
    assert.equal(masking.field('a', value, undefined), failed);
    assert.equal(masking.header('a', value, never), failed);
    assert.equal(counts.failed, 5);
  });

  test('patterns that have used 50 ms of a second look at short values only', () => {
    let now = 0;
    const counts = new MaskingCounts();
    const masking = maskingOf("patterns: [{ name: p, match: 'ORD-[0-9]+', do: mask }]", counts, () => {
      now += 13;
      return now;
    });
    const long = 'x '.repeat(129);
    // Of each scan the clock is read before and after: 13 ms.
    for (let scans = 0; scans < 4; scans++) assert.equal(masking.text('a', long), long);
    assert.equal(masking.text('a', long), '[NOT SCANNED]');
    assert.equal(masking.query(long, 0), '[NOT SCANNED]');
    assert.equal(masking.text('a', `${long.slice(0, 240)} ORD-1`), `${long.slice(0, 240)} *****`);
    assert.equal(counts.notScanned, 2);
    now += 1000;
    assert.equal(masking.text('a', long), long);
    assert.equal(counts.notScanned, 2);
  });

  test('without a key nothing is hashed', async () => {
    const { compileMasking } = await import('../../../src/record/masking/compile-masking.ts');
    const { NO_RULES } = await import('../../../src/options/rules/masking-rules.ts');
    const { TimeBudget } = await import('../../../src/record/masking/time-budget.ts');
    const masking = compileMasking({
      rules: NO_RULES,
      detect: [],
      key: undefined,
      counts: new MaskingCounts(),
      budget: new TimeBudget(() => 0),
    });
    assert.equal(masking.canHash, false);
    assert.throws(() => masking.hash('a', 'b'), /no key/);
    assert.equal(masking.field('a', 'b', { kind: 'hash' }), 'REDACTED');
    assert.equal(masking.text('a', CARD), CARD);
  });
});

describe('fields', () => {
  const masking = maskingOf();

  test('have a strategy of their own, or are masked as any text', () => {
    assert.equal(masking.field('a', 'abcdefgh', { kind: 'keep', first: 1, last: 1 }), 'a******h');
    assert.equal(masking.field('a', 'abc', { kind: 'hash' }), KEY.hash('a', 'abc'));
    assert.equal(masking.field('a', 'abc', { kind: 'remove' }), undefined);
    assert.equal(masking.field('a', CARD, { kind: 'show' }), '*'.repeat(16));
    assert.equal(masking.field('a', CARD, undefined), '*'.repeat(16));
  });
});
