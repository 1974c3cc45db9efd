import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { Ajv } from 'ajv';
import fc from 'fast-check';
import { parse, stringify } from 'yaml';
import { parseRulesFile } from '../../../src/options/rules/rules-file.ts';
import { rulesJsonSchema } from '../../../src/options/rules/rules-json-schema.ts';
import { parseStrategy } from '../../../src/options/rules/strategy.ts';
import { problemsOf } from '../support/problems-of.ts';

// The package root is the working directory of every npm script.
const committed = JSON.parse(readFileSync('otel-access-log-rules.schema.json', 'utf8'));
const isValid = new Ajv({ allowUnionTypes: true }).compile(committed);

/** Schema and reader say the same of a document; what they say. */
function agreeOn(text: string): 'valid' | 'refused' {
  const isTaken = problemsOf(() => parseRulesFile(Buffer.from(text), 'r', true)).length === 0;
  const valid = isValid(parse(text, { uniqueKeys: false }));
  assert.equal(valid, isTaken, `${text}\n${JSON.stringify(isValid.errors)}`);
  return valid ? 'valid' : 'refused';
}

test('the committed JSON Schema of rules is that of the reader', () => {
  assert.equal(
    JSON.stringify(committed),
    JSON.stringify(rulesJsonSchema()),
    'otel-access-log-rules.schema.json: run npm run generate',
  );
});

describe('the JSON Schema and the reader of rules', () => {
  const documents: readonly [want: 'valid' | 'refused', text: string][] = [
    ['valid', 'version: 1'],
    ['refused', ''],
    ['refused', 'version: 2'],
    ['refused', 'version: "1"'],
    ['refused', 'version: 1\nfoo: 1'],
    ['valid', 'version: 1\n$schema: x\nquery:\npaths:\npatterns:\nruntime:\ndetect:'],
    ['refused', 'version: 1\nallow:'],
    ['refused', 'version: 1\n$schema: 5'],
    ['valid', 'version: 1\nquery: { "a*": show, "*": "replace:x-y", ü: keep:1:1 }'],
    ['refused', 'version: 1\nquery: { "a b": show }'],
    ['refused', 'version: 1\nquery: { a: "replace:x=y" }'],
    ['valid', 'version: 1\nheaders: { Authorization: hash, "*": replace }'],
    ['refused', 'version: 1\nheaders: { AUTHORIZATION: show }'],
    ['refused', 'version: 1\nheaders: { Set-Cookie: hash }'],
    ['refused', 'version: 1\nheaders: { "a b": hash }'],
    ['valid', 'version: 1\npaths: { "/a/{b}": { b: mask } }'],
    ['refused', 'version: 1\npaths: { "/a/{b}": { b: show } }'],
    ['refused', 'version: 1\npaths: { "/a/{b}": {} }'],
    ['refused', 'version: 1\npaths: { "a/{b}": { b: mask } }'],
    ['valid', 'version: 1\npatterns: [{ name: a, match: b, do: mask }]'],
    ['refused', 'version: 1\npatterns: [{ name: a b, match: b, do: mask }]'],
    ['refused', 'version: 1\npatterns: [{ name: a, match: b }]'],
    ['refused', 'version: 1\npatterns: {}'],
    ['valid', 'version: 1\nruntime: { level: warn, ignore: [/a] }'],
    ['refused', 'version: 1\nruntime: { level: WARN }'],
    ['refused', 'version: 1\nruntime: { slowMs: 5 }'],
    ['valid', 'version: 1\ndetect: { card: off, email: keep:1:1 }'],
    ['refused', 'version: 1\ndetect: { card: show }'],
  ];
  for (const [want, text] of documents) {
    test(`${JSON.stringify(text)} is ${want} for both`, () => assert.equal(agreeOn(text), want));
  }

  test('agree on any strategy', () => {
    const schema = new Ajv().compile(committed.properties.query.patternProperties[names('query')]);
    const pieces = fc.constantFrom(
      ...[
        'show',
        'hash',
        'keep',
        'mask',
        'replace',
        'remove',
        ':',
        '6',
        '12',
        '123',
        'x',
        ' ',
        '&',
        '"',
        '~',
        '-',
        ']',
      ],
    );
    fc.assert(
      fc.property(fc.oneof(fc.array(pieces, { maxLength: 5 }), fc.array(fc.string())), (parts) => {
        const text = parts.join('');
        assert.equal(schema(text), parseStrategy(text) !== undefined, text);
      }),
      { numRuns: 5000 },
    );
  });

  test('agree on any document, in YAML and JSON', () => {
    const strategy = fc.constantFrom(
      ...'show hash mask remove replace replace:x keep:6:4 keep: off'.split(' '),
    );
    const name = fc.constantFrom(
      'a',
      'x-api-key',
      'utm_*',
      '*',
      'a b',
      'authorization',
      'cookie',
      'a*b',
      '',
      'ü',
    );
    const named = fc.dictionary(name, strategy, { maxKeys: 3 });
    const template = fc.constantFrom('/a/{b}', '/*/{b}', 'a', '/a?{b}', '/{b}/{b}');
    const oneName = fc.oneof(
      strategy.map((text) => ({ b: text })),
      fc.constantFrom({}, 'mask', null),
    );
    const pattern = fc.record(
      {
        name: fc.constantFrom('p', 'p q'),
        match: fc.constantFrom('a', 'b+', ''),
        do: strategy,
        in: fc.constantFrom(['a'], [], [' ']),
        other: fc.constant(1),
      },
      { requiredKeys: [] },
    );
    const parts = fc.record(
      {
        version: fc.oneof({ weight: 9, arbitrary: fc.constant(1) }, fc.constantFrom(0, '1', null)),
        allow: fc.array(fc.constantFrom('a', 'a b', 5)),
        detect: fc.dictionary(fc.constantFrom('card', 'email', 'x'), strategy, { maxKeys: 2 }),
        query: fc.oneof(named, fc.constantFrom(null, [], 5)),
        cookies: named,
        headers: named,
        paths: fc.dictionary(template, oneName, { maxKeys: 2 }),
        patterns: fc.array(pattern, { maxLength: 1 }),
        runtime: fc.record(
          { level: fc.constantFrom('warn', 'Warn'), rate: fc.constantFrom(0.5, -1), x: fc.constant(1) },
          { requiredKeys: [] },
        ),
        other: fc.anything({ maxDepth: 1 }),
      },
      { requiredKeys: ['version'], noNullPrototype: true },
    );
    // Mostly of few parts, or no document would be valid.
    const document = fc
      .tuple(
        parts,
        fc.subarray(['allow', 'detect', 'query', 'cookies', 'headers', 'paths', 'patterns', 'runtime']),
      )
      .map(([all, keys]) =>
        Object.fromEntries(
          Object.entries(all).filter(([key]) => key === 'version' || keys.slice(0, 2).includes(key)),
        ),
      );
    const seen = { valid: 0, refused: 0 };
    fc.assert(
      fc.property(document, fc.boolean(), (value, asYaml) => {
        seen[agreeOn(asYaml ? stringify(value) : JSON.stringify(value, null, '\t'))]++;
      }),
      { numRuns: 1500 },
    );
    assert.ok(seen.valid > 150 && seen.refused > 150, JSON.stringify(seen));
  });
});

/** The pattern of names of a part. */
function names(part: string): string {
  return Object.keys(committed.properties[part].patternProperties)[0] ?? '';
}
