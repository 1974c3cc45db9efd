import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseRulesFile, type RulesFile } from '../../../src/options/rules/rules-file.ts';
import { problemsOf } from '../support/problems-of.ts';

function parse(text: string, hasHashKey = true): RulesFile {
  return parseRulesFile(Buffer.from(text), 'rules.yaml', hasHashKey);
}

function problemsIn(text: string, hasHashKey = true): readonly string[] {
  return problemsOf(() => parse(text, hasHashKey));
}

const REPLACE = { kind: 'replace', text: 'REDACTED' };
const EXAMPLE = `version: 1
allow: [http.route, tenant.id]
detect: { card: keep:6:4, email: hash, jwt: off }
query: { Code: replace, "utm_*": remove, "utm_source*": show, "*": replace:x }
cookies: { sid: hash, "*": remove }
headers: { X-Api-Key: hash }
paths: { "/reset/{token}": { token: replace }, "/u/*/{id}/{name}": { name: mask } }
patterns: [{ name: order, match: 'ORD-\\d{8}', do: mask, in: [url.path, fields] }]
runtime: { level: debug, rate: 0.5, burst: 2, ignore: [GET /a] }
`;

describe('parseRulesFile', () => {
  test('reads all parts', () => {
    const { masking, runtime, hash } = parse(EXAMPLE);
    assert.deepEqual(masking, {
      allow: new Set(['http.route', 'tenant.id']),
      detect: new Map<string, unknown>([
        ['card', { kind: 'keep', first: 6, last: 4 }],
        ['email', { kind: 'hash' }],
        ['jwt', 'off'],
      ]),
      query: {
        exact: new Map([['code', REPLACE]]),
        prefixes: [
          ['utm_source', { kind: 'show' }],
          ['utm_', { kind: 'remove' }],
        ],
        rest: { kind: 'replace', text: 'x' },
      },
      cookies: { exact: new Map([['sid', { kind: 'hash' }]]), prefixes: [], rest: { kind: 'remove' } },
      headers: { exact: new Map([['x-api-key', { kind: 'hash' }]]), prefixes: [], rest: undefined },
      paths: [
        {
          template: '/reset/{token}',
          segments: [
            { kind: 'text', text: 'reset' },
            { kind: 'named', name: 'token', strategy: REPLACE },
          ],
        },
        {
          template: '/u/*/{id}/{name}',
          segments: [
            { kind: 'text', text: 'u' },
            { kind: 'any' },
            { kind: 'any' },
            { kind: 'named', name: 'name', strategy: { kind: 'mask' } },
          ],
        },
      ],
      patterns: [
        { name: 'order', match: 'ORD-\\d{8}', strategy: { kind: 'mask' }, in: ['url.path', 'fields'] },
      ],
    });
    assert.deepEqual(runtime, { level: 'debug', rate: 0.5, burst: 2, ignore: ['GET /a'] });
    assert.match(hash, /^[0-9a-f]{8}$/);
    assert.notEqual(parse(`${EXAMPLE}# another content`).hash, hash);
  });

  test('parts may be left out, be empty, and come in JSON', () => {
    const { masking, runtime } = parse('version: 1\nquery:\npaths:\npatterns:\nruntime:\ndetect:\n');
    assert.deepEqual(parse('{"version": 1, "$schema": "x"}').masking, masking);
    assert.deepEqual(runtime, {});
  });

  const refused: readonly [text: string, ...problems: string[]][] = [
    // A file that was just emptied, to be written anew.
    ['', '1: version: expected 1, got nothing'],
    ['# only a comment', '1: version: expected 1, got nothing'],
    ['{}', '1: version: expected 1, got nothing'],
    ['version: "1"', '1: version: expected 1, got "1"'],
    ['version: 2', '1: version: expected 1, got 2'],
    ['- a', '1: rules: expected parts by their names, got a list'],
    ['s3cret', '1: rules: expected parts by their names, got a text'],
    ['version: 1\nqueri: {}', '2: queri: no such part of rules, did you mean query?'],
    ['version: 1\ns3cret=x: {}', '2: what is no name: no such part of rules'],
    ['version: 1\nquery: {\n  a: mask,\n  a: hash }', '4: a: is already set in line 3'],
    ['version: 1\nquery: { A: mask, a: hash }', '2: query.a: is already set in other capitals'],
    ['version: 1\nquery: { 5: mask }', '2: expected a name as a text, in quotes, got 5'],
    [
      'version: 1\nquery: [a]',
      '2: query: expected names of parameters, each with what becomes of its value, got an array',
    ],
    [
      'version: 1\nquery:\n  a: replac',
      '3: query.a: expected one of show, hash, keep:F:L, mask, replace, replace:TEXT, remove, got "replac", did you mean replace?',
    ],
    [
      'version: 1\nquery: { "a*b": mask }',
      '2: query."a*b": expected names of parameters, at most 128 characters, with * only at the end, got another name',
    ],
    [
      'version: 1\nheaders: { Cookie: mask }',
      '2: headers.Cookie: belongs into the part cookies, by the name of the cookie',
    ],
    [
      'version: 1\nheaders: { authorization: keep:2:2 }',
      '2: headers.authorization: expected one of hash, mask, replace, remove (credentials are never written, not even in part), got "keep:2:2"',
    ],
    ['version: 1\ndetect: { emial: mask }', '2: detect.emial: no such detector, did you mean email?'],
    [
      'version: 1\ndetect: { email: show }',
      '2: detect.email: expected one of hash, keep:F:L, mask, replace, replace:TEXT, remove, off, got "show"',
    ],
    ['version: 1\nallow: [a b]', '2: allow: expected a list of names of attributes, got "a b"'],
    [
      'version: 1\npaths: { reset: { a: mask } }',
      '2: paths.reset: expected a template such as /reset/{token}, with * for any segment, got another text',
    ],
    [
      'version: 1\npaths:\n  /a/{b}:\n    b: mask\n    c: mask',
      '5: paths."/a/{b}".c: the template has no {c}',
    ],
    [
      'version: 1\npaths: { "/a/{b}": mask }',
      '2: paths."/a/{b}": expected names of the template, each with what becomes of the segment, got none',
    ],
    ['version: 1\nruntime: { slowMs: 5 }', '2: runtime.slowMs: no such option that a rules file can set'],
    ['version: 1\nruntime: { rate: -1 }', '2: runtime.rate: expected a number ≥ 0, got -1'],
    [
      'version: 1\nruntime:\n  ignore:\n    - /a\n    - a b c',
      '5: runtime.ignore: expected a list of "[METHOD ]glob", the glob beginning with / or *, got "a b c"',
    ],
    [
      'version: 1\nquery: &a { x: *a }',
      '2: neither YAML nor JSON: nested too deeply',
      '2: query.x: expected one of show, hash, keep:F:L, mask, replace, replace:TEXT, remove, got an object',
    ],
    ['version: 1\nquery: { x: *a }', '2: neither YAML nor JSON: an alias without an anchor before it'],
    [
      'version: 2\nqueri: {}\ndetect: { card: show }',
      '1: version: expected 1, got 2',
      '2: queri: no such part of rules, did you mean query?',
      '3: detect.card: expected one of hash, keep:F:L, mask, replace, replace:TEXT, remove, off, got "show"',
    ],
  ];
  for (const [text, ...problems] of refused) {
    test(`${JSON.stringify(text)} is refused`, () => {
      assert.deepEqual(
        problemsIn(text),
        problems.map((problem) => `rules.yaml:${problem} (from the file)`),
      );
    });
  }

  test('nothing can be hashed without a key, wherever it stands', () => {
    const text = `version: 1
detect: { card: hash }
query: { a: hash }
cookies: { "*": hash }
headers: { authorization: hash }
paths: { "/a/{b}": { b: hash } }
patterns: [{ name: p, match: x, do: hash }]
`;
    assert.deepEqual(problemsIn(text), []);
    assert.deepEqual(
      problemsIn(text, false),
      [
        'detect.card',
        'query.a',
        'cookies."*"',
        'headers.authorization',
        'paths."/a/{b}".b',
        'patterns.p.do',
      ].map(
        (key, at) =>
          `rules.yaml:${at + 2}: ${key}: hash needs a key: set hashKeyFile (ACCESS_LOG_HASH_KEY_FILE) (from the file)`,
      ),
    );
  });

  test('a file that is too large, or no text, is refused', () => {
    const large = `version: 1 #${'x'.repeat(64 * 1024)}`;
    assert.deepEqual(problemsIn(large), ['rules.yaml: expected at most 64 KiB, got more (from the file)']);
    assert.deepEqual(
      problemsOf(() => parseRulesFile(Buffer.from([0xff]), 'r', true)),
      ['r: expected a text in UTF-8, got something else (from the file)'],
    );
  });

  test('of many problems the first are shown', () => {
    const text = `version: 1\n${Array.from({ length: 30 }, (_, at) => `x${at}y: {}`).join('\n')}`;
    const problems = problemsIn(text);
    assert.equal(problems.length, 21);
    assert.equal(problems.at(-1), 'rules.yaml: and 10 more problems (from the file)');
  });

  test('aliases of aliases end', () => {
    const levels = Array.from({ length: 9 }, (_, at) => `a${at}: &a${at} [${`*a${at - 1},`.repeat(9)}]`);
    assert.equal(problemsIn(`version: 1\na: &a-1 [x]\n${levels.join('\n')}`).length > 0, true);
  });
});

describe('patterns', () => {
  const pattern = (match: string): string =>
    `version: 1\npatterns:\n  - name: p\n    match: '${match}'\n    do: mask`;
  const refused: readonly [match: string, mistake: string][] = [
    ['(?=a)b', 'look-ahead, (?=…), cannot be matched in linear time'],
    ['(?!a)b', 'look-ahead, (?!…), cannot be matched in linear time'],
    ['(?<=a)b', 'look-behind, (?<=…), cannot be matched in linear time'],
    ['(?<!a)b', 'look-behind, (?<!…), cannot be matched in linear time'],
    ['(a)\\1', 'a back-reference, \\1, cannot be matched in linear time'],
    ['(?<n>a)\\k<n>', 'a back-reference, \\k, cannot be matched in linear time'],
    ['(?P<n>a)(?P=n)', 'a back-reference, (?P=…), cannot be matched in linear time'],
    ['(?>a)', 'an atomic group, (?>…), cannot be matched in linear time'],
    ['a++', 'a possessive quantifier cannot be matched in linear time'],
    ['a{2}+', 'a possessive quantifier cannot be matched in linear time'],
    ['(?(1)a|b)', 'a condition, (?(…), cannot be matched in linear time'],
    // In these the engine takes the letter for itself.
    ['a\\Z', 'the escape \\Z is not known'],
    ['\\Ga', 'the escape \\G is not known'],
    ['a{101}', 'it repeats more than 100 times'],
    ['a{1,101}', 'it repeats more than 100 times'],
    ['(a{100}){100}', 'invalid repeat count'],
    ['a*', 'it matches the empty text'],
    ['a|', 'it matches the empty text'],
    ['[a', 'missing closing ]'],
    ['(a', 'missing closing )'],
    ['a**', 'invalid nested repetition operator'],
  ];
  for (const [match, mistake] of refused) {
    test(`${match} is refused`, () => {
      assert.deepEqual(problemsIn(pattern(match)), [
        `rules.yaml:4: patterns.p.match: ${mistake} (from the file)`,
      ]);
    });
  }

  for (const match of [
    '[(?=]a',
    '\\(?=a',
    '[\\](?=]x',
    'a{100}',
    '(?i)abc',
    '(?<n>a)',
    '\\p{L}+',
    '\\u0041',
    '[^]]',
  ]) {
    test(`${match} is taken`, () => assert.deepEqual(problemsIn(pattern(match)), []));
  }

  test('keys, names and places are checked, in the style of the other parts', () => {
    const text = `version: 1
patterns:
  - { match: a, do: show, in: [] }
  - { name: p, do: mask, foo: 1 }
  - { name: q, match: a, do: mask }
  - { name: q, match: a, do: mask }
  - text
`;
    assert.deepEqual(problemsIn(text), [
      'rules.yaml:3: patterns.name: expected a name of letters, digits and _ . -, at most 64, got nothing (from the file)',
      'rules.yaml:3: patterns.name.do: expected one of hash, keep:F:L, mask, replace, replace:TEXT, remove, got "show" (from the file)',
      'rules.yaml:3: patterns.name.in: names no attribute (from the file)',
      'rules.yaml:4: patterns.foo: no such key of a pattern (from the file)',
      'rules.yaml:4: patterns.p.match: expected a regular expression of 1 to 1000 characters, got nothing (from the file)',
      'rules.yaml:6: patterns.q: is already set (from the file)',
      'rules.yaml:7: patterns: expected a pattern with name, match and do, got "text" (from the file)',
    ]);
  });

  test('more than 50, and one of more than 1,000 characters, are refused', () => {
    const many = Array.from({ length: 51 }, (_, at) => `  - { name: p${at}, match: a, do: mask }`).join('\n');
    assert.deepEqual(problemsIn(`version: 1\npatterns:\n${many}`), [
      'rules.yaml:2: patterns: expected at most 50 patterns, got 51 (from the file)',
    ]);
    assert.deepEqual(problemsIn(pattern('a'.repeat(1000))), []);
    assert.equal(problemsIn(pattern('a'.repeat(1001))).length, 1);
  });
});
