import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { Ajv } from 'ajv';
import fc from 'fast-check';
import { parse, stringify } from 'yaml';
import { type GivenOptions, resolveOptions } from '../../../src/options/options.ts';
import { configJsonSchema } from '../../../src/options/published/json-schema.ts';
import { type Option, optionNames, optionSchema, variableOf } from '../../../src/options/schema.ts';
import type { JsonSchema } from '../../../src/options/values/values.ts';
import { DEFAULTS } from '../support/defaults.ts';
import { optionSource } from '../support/option-source.ts';
import { problemsOf } from '../support/problems-of.ts';

// The package root is the working directory of every npm script.
const committed = JSON.parse(readFileSync('otel-access-log.schema.json', 'utf8'));
const isValid = new Ajv({ allowUnionTypes: true }).compile(committed);

/** Does the resolver take a file of that content? */
function isTaken(text: string): boolean {
  const env = { ACCESS_LOG_CONFIG: 'a.yaml' };
  const problems = problemsOf(() => resolveOptions({}, env, () => Buffer.from(text)));
  // The key may be named elsewhere than in the file, so its schema cannot ask for it.
  return problems.every((problem) => problem.includes('so it needs hashKeyFile'));
}

/** Schema and resolver say the same of a document; what they say. */
function agreeOn(text: string): 'valid' | 'refused' {
  const valid = isValid(parse(text, { uniqueKeys: false }));
  assert.equal(valid, isTaken(text), `${text}\n${JSON.stringify(isValid.errors)}`);
  return valid ? 'valid' : 'refused';
}

describe('the committed JSON Schema', () => {
  test('is that of the options, keys in their order', () => {
    assert.equal(
      JSON.stringify(committed),
      JSON.stringify(configJsonSchema()),
      'otel-access-log.schema.json: run write-json-schema on it, then npm run format',
    );
  });

  test('has the options and $schema, nothing else', () => {
    assert.deepEqual(Object.keys(committed.properties), ['$schema', ...optionNames]);
    assert.equal(committed.additionalProperties, false);
  });

  test('has the defaults of the resolver', () => {
    const { skip: _skip, attributes: _attributes, onLost: _onLost, onMode: _onMode, ...defaults } = DEFAULTS;
    const inSchema = Object.fromEntries(
      optionNames.map((name) => [name, committed.properties[name].default]),
    );
    assert.deepEqual(inSchema, defaults);
    assert.deepEqual(resolveOptions({}, {}), DEFAULTS);
    assert.equal(agreeOn(JSON.stringify(inSchema)), 'valid');
  });

  test('says the same as the table of docs/options.md', () => {
    const rows = readFileSync('docs/options.md', 'utf8').matchAll(
      /^\| `(ACCESS_LOG_\w+)` \| `(\w+)` \| (.+?) \| (.+) \|$/gm,
    );
    const table = Array.from(rows, ([, variable, name, byDefault, meaning]) => ({
      name,
      byDefault: byDefault?.replaceAll('\\|', '|'),
      description: `${meaning?.replaceAll('\\|', '|')}.`,
      variable: `In the environment: ${variable}.`,
    }));
    const schema = optionNames.map((name) => {
      const { default: value, description } = committed.properties[name];
      const [, text, unit, variable] =
        /^(.*?\.)(?: Unit: ([^,.]*)[^.]*\.)? (In the environment: \w+\.)$/.exec(description) ?? [];
      const shown = Array.isArray(value) ? value.join(',') : String(value);
      const byDefault = shown === '' ? 'empty' : `\`${shown}\`${unit === undefined ? '' : ` ${unit}`}`;
      return { name, byDefault, description: text, variable };
    });
    assert.deepEqual(schema, table);
  });

  test('has the types of the options in code', () => {
    const source = optionSource();
    const aliases = new Map(
      Array.from(source.matchAll(/^(?:export )?type (\w+) = (.*);$/gm), ([, name, type]) => [name, type]),
    );
    /** The parts of a union, aliases resolved. */
    const parts = (type: string): string[] =>
      type.split(' | ').flatMap((part) => {
        // The schema has the words of a list as an enumeration of its items.
        if (/^readonly \w+\[\]$/.test(part)) return ['readonly string[]'];
        const meant = aliases.get(part);
        return meant === undefined ? [part] : parts(meant);
      });
    const types = Array.from(
      source.matchAll(/^ {2}(\w+): option\(.*?^ {2}\}\) as Option<(.*?)>,$/gms),
      ([, name, type]) => [name, parts(type ?? '').sort()],
    );
    const typeOf = ({ type }: JsonSchema): string =>
      type === 'array' ? 'readonly string[]' : type === 'integer' ? 'number' : String(type);
    const isWithUnit = ({ pattern }: JsonSchema): boolean => pattern?.startsWith('^[0-9]{1,15}') ?? false;
    const typesOf = (schema: JsonSchema): string[] =>
      schema.enum === undefined ? [typeOf(schema)] : schema.enum.map((word) => `'${word}'`);
    const ofSchema = optionNames.map((name) => {
      const { type, enum: words, anyOf } = committed.properties[name];
      // In code a time or a size is a number.
      if (anyOf !== undefined) {
        const alternatives: readonly JsonSchema[] = anyOf;
        return [
          name,
          alternatives
            .filter((one) => !isWithUnit(one))
            .flatMap(typesOf)
            .sort(),
        ];
      }
      if (Array.isArray(words)) return [name, words.map((word) => `'${word}'`).sort()];
      return [name, [typeOf({ type })]];
    });
    assert.deepEqual(types, ofSchema);
  });
});

describe('the JSON Schema and the resolver', () => {
  const documents: readonly [want: 'valid' | 'refused', text: string][] = [
    ['valid', ''],
    ['valid', '# only a comment'],
    ['valid', '{"$schema": "x", "rate": 0.5}'],
    ['valid', 'enabled: false\nstdout: off\ntracing: spans'],
    ['valid', 'trustedProxies: [LoopBack, 10.0.0.0/08, "::ffff:10.0.0.0/104", FE80::/10]'],
    ['valid', 'trustedProxies: 2\noriginHeaders: [X-Forwarded-Host, forwarded]'],
    ['valid', 'trustedProxies: [UNIX]'],
    ['valid', 'rollout: shadow\nshare: 1\ncanary: x-canary:true'],
    ['valid', 'rollout: 0.1'],
    ['valid', 'slowMs: 250ms\nlongAfterMs: 1.5m\nmemoryLimitMib: 16MiB\nspoolLimitMib: 1GiB'],
    ['refused', 'slowMs: "250"'],
    ['refused', 'slowMs: 16MiB'],
    ['refused', 'memoryLimitMib: 16MB'],
    ['refused', 'rollout: 101'],
    ['refused', 'rollout: half'],
    ['refused', 'share: 0'],
    ['refused', 'degrade: maybe'],
    ['refused', 'canary: x-canary'],
    ['refused', 'trustedProxies: 65'],
    ['refused', 'trustedProxies: -1'],
    ['refused', 'trustedProxies: 1.5'],
    ['refused', 'trustedProxies: "2"'],
    ['refused', 'trustedProxies: [2, loopback]'],
    ['refused', 'originHeaders: [host]'],
    ['valid', 'ignore: ["  GET /a  ", "*.css"]\nburst: 9007199254740991'],
    ['refused', '[]'],
    ['refused', 'rate: -1'],
    ['refused', 'rate: .nan'],
    ['refused', 'burst: 0.5'],
    ['refused', 'burst: 9007199254740993'],
    ['refused', 'shutdownTimeoutMs: 2147483648'],
    ['refused', 'level: WARN'],
    ['refused', 'skip: true'],
    ['refused', 'rates: 5'],
    ['refused', '__proto__: 5'],
    ['refused', '$schema: 5'],
    // The Kelvin sign: a k in lower case.
    ['refused', 'trustedProxies: ["loopbac\u{212a}"]'],
    ['refused', 'trustedProxies: ["::ffff:10.0.0.0/95"]'],
    ['refused', 'trustedProxies: ["::10.0.0.0/95"]'],
    ['refused', 'trustedProxies: [fe80::1%eth0]'],
    ['refused', 'requestHeaders: ["x y"]'],
  ];
  for (const [want, text] of documents) {
    test(`${JSON.stringify(text)} is ${want} for both`, () => assert.equal(agreeOn(text), want));
  }

  const lists = {
    trustedProxies: networkText(),
    ignore: fc.oneof(
      stringOf(...'/*?.aZ \t{}[]\\\u{a0}\u{1f600}', 'GET ', '/**', '/a'),
      fc.integer({ min: 500, max: 520 }).map((length) => `/${'\u{1f600}'.repeat(length)}`),
    ),
    originHeaders: fc
      .constantFrom('x-forwarded-proto', 'X-Forwarded-Host', 'X-FORWARDED-PORT', 'Forwarded')
      .chain((name) => fc.constantFrom(name, name, ` ${name}`, name.slice(1))),
    user: stringOf('field', 'cookie:', 'header:', 'baggage:', 'Cookie', 'AUTHORIZATION', 'x-user', 'a', ' '),
    requestHeaders: stringOf(...'xX-_.~! :\n\u{fc}', 'x-id'),
  } satisfies { [Name in keyof GivenOptions]?: fc.Arbitrary<string> };
  for (const [name, item] of Object.entries(lists)) {
    test(`agree on any item of ${name}`, () => {
      const seen = { valid: 0, refused: 0 };
      fc.assert(
        fc.property(fc.oneof(item, item, fc.string()), (text) => {
          seen[agreeOn(JSON.stringify({ [name]: [text] }))]++;
        }),
        { numRuns: 3000 },
      );
      assert.ok(seen.valid > 150 && seen.refused > 150, JSON.stringify(seen));
    });
  }

  test('agree on any document, in YAML and JSON', () => {
    const number = fc.oneof(
      fc.double(),
      fc.integer(),
      fc.constantFrom(0, 1, 0.5, 2 ** 31 - 1, 2 ** 31, 2 ** 53 - 1, 2 ** 53),
    );
    const list = fc.array(fc.constantFrom('/a', 'GET /b', 'x-id', 'loopback', '::1', 'a b', ''), {
      maxLength: 2,
    });
    const words = optionNames.flatMap((name) => committed.properties[name].enum ?? []);
    const anyValue = fc.oneof(number, list, fc.boolean(), fc.constantFrom(null, ...words), fc.jsonValue());
    // Mostly of the right type, or no document with several keys would ever be valid.
    const ofType = (name: keyof typeof optionSchema): fc.Arbitrary<unknown> => {
      const { default: byDefault }: Option<unknown> = optionSchema[name];
      const own = committed.properties[name].enum;
      return fc.oneof(
        { weight: 6, arbitrary: own === undefined ? fc.constant(byDefault) : fc.constantFrom(...own) },
        { weight: 3, arbitrary: typeof byDefault === 'number' ? number : list },
        { weight: 1, arbitrary: anyValue },
      );
    };
    const entry = fc.oneof(
      {
        weight: 20,
        arbitrary: fc.constantFrom(...optionNames).chain((name) => fc.tuple(fc.constant(name), ofType(name))),
      },
      {
        weight: 1,
        arbitrary: fc.tuple(
          fc.oneof(fc.string(), fc.constantFrom('$schema', 'skip', variableOf('rate'))),
          anyValue,
        ),
      },
    );
    const document = fc.array(entry, { maxLength: 4 }).map((entries) => Object.fromEntries(entries));
    const seen = { valid: 0, refused: 0 };
    fc.assert(
      fc.property(
        fc.oneof({ weight: 9, arbitrary: document }, { weight: 1, arbitrary: fc.jsonValue() }),
        fc.boolean(),
        (value, asYaml) => {
          seen[agreeOn(asYaml ? stringify(value) : JSON.stringify(value, null, '\t'))]++;
        },
      ),
      { numRuns: 2000 },
    );
    assert.ok(seen.valid > 300 && seen.refused > 300, JSON.stringify(seen));
  });
});

function stringOf(...parts: readonly string[]): fc.Arbitrary<string> {
  return fc.array(fc.constantFrom(...parts), { minLength: 1, maxLength: 4 }).map((chosen) => chosen.join(''));
}

/** Addresses and networks, and what nearly is one. */
function networkText(): fc.Arbitrary<string> {
  const pieces = fc.constantFrom(
    '0',
    '0000',
    'ffff',
    'FFFF',
    'fffe',
    '1',
    'a1',
    '10.0.0.1',
    '',
    '',
    '12345',
    '256.1.1.1',
  );
  const host = fc.oneof(
    fc.ipV4(),
    fc.ipV4Extended(),
    fc.ipV6(),
    fc.array(pieces, { minLength: 2, maxLength: 9 }).map((groups) => groups.join(':')),
    fc
      .tuple(
        fc.constantFrom('::', '0::', '0:0::0:', '0:0:0:0:0:', '::0:0000:'),
        fc.constantFrom('ffff', 'FfFf'),
        fc.constantFrom(':1.2.3.4', ':1:2', '::', '::1', ':1::', ':1'),
      )
      .map((parts) => parts.join('')),
  );
  const prefixLength = fc.oneof(
    fc.nat({ max: 140 }).map(String),
    fc.constantFrom('08', '008', '0008', '+8', '', '032', '095', '096'),
  );
  return fc.oneof(
    host,
    fc.tuple(host, prefixLength).map((parts) => parts.join('/')),
  );
}
