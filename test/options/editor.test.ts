// What an editor shows of the options in code. The declarations are those of the package, so it must be built.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import * as v from 'valibot';
import { hookMeanings } from '../../src/options/hooks/hooks.ts';
import { type InCode, inCodeOf } from '../../src/options/published/in-code.ts';
import { optionsType } from '../../src/options/published/options-type.ts';
import {
  type Option,
  type OptionName,
  optionNames,
  optionSchema,
  variableOf,
} from '../../src/options/schema.ts';
import { inRepo } from '../support/repo-root.ts';
import { Editor } from './support/editor.ts';

const IMPORT = `import {
  HttpAccessLogInstrumentation, OtlpStreamLogRecordProcessor, TokenBucketLogRecordProcessor, type AccessLogOptions,
} from 'otel-access-log';`;
const HERE = {
  instrumentation: 'new HttpAccessLogInstrumentation({',
  stream: 'new OtlpStreamLogRecordProcessor({',
};
const BUCKET = 'new TokenBucketLogRecordProcessor({';

/** Without an effect in code, as docs/options.md says. */
const REGISTER_ONLY = ['canary', 'stdout', 'propagate', 'shutdownTimeoutMs', 'freeze', 'pipeline', 'hooks'];

const offered = optionNames.flatMap((name): [OptionName, Option<unknown>, InCode<unknown>][] => {
  const shown = inCodeOf(name);
  return shown === undefined ? [] : [[name, optionSchema[name], shown]];
});

const WHOLE = `${IMPORT}
${HERE.instrumentation}
${[...offered.map(([name]) => name), ...Object.keys(hookMeanings)].map((name) => `  ${name}: undefined,`).join('\n')}
});`;

const withCursorAt = (name: string): string => WHOLE.replace(`  ${name}:`, `  ¦${name}:`);

/** A value as TypeScript has it, but for its quotes. */
const literal = (value: unknown): string =>
  JSON.stringify(value).replaceAll('"', "'").replaceAll("','", "', '");

test('the type is that of the schema', () => {
  const file = 'src/options/access-log-options.ts';
  assert.equal(readFileSync(inRepo(file), 'utf8'), optionsType(), `${file}: npm run generate`);
});

describe('in an editor', () => {
  const editor = new Editor();

  for (const [name, option, shown] of offered) {
    test(`${name}: meaning, default, unit, variable, parts and an example`, () => {
      const { declaration, text, tags } = editor.hover(withCursorAt(name));
      assert.match(
        declaration,
        new RegExp(`^\\(property\\) AccessLogOptions\\.${name}\\?: .+ \\| undefined$`),
      );
      const [meaning = '', , ...about] = text.replaceAll('\n', ' ').split(/ {2}/);
      assert.ok(meaning.length > 10 && meaning.endsWith('.'), text);
      if (shown.words === undefined && !/\]\(|^with `stream`/.test(option.meaning)) {
        assert.equal(meaning.slice(1), `${option.meaning.slice(1)}.`);
      }
      const parts = shown.parts.map((part) => `\`${part}\``).join(' and ');
      const unit = option.unit === undefined ? '' : `Unit: ${option.unit}. `;
      assert.equal(
        text.replaceAll('\n', ' ').slice(meaning.length).trim(),
        `${unit}In the environment: \`${variableOf(name)}\`. Taken by ${parts}.`,
        String(about),
      );
      assert.deepEqual(tags, {
        defaultValue: `\`${literal(option.default)}\`${option.unit === undefined ? '' : ` ${option.unit}`}`,
        example: `${name}: ${literal(shown.example)}`,
      });
    });

    test(`${name}: the example is a value, and not the default`, () => {
      assert.deepEqual(v.parse(option.schema, shown.example), shown.example);
      assert.notDeepEqual(shown.example, option.default);
    });
  }

  test('all examples together compile', () => {
    const examples = offered
      .map(([name]) => `  ${editor.hover(withCursorAt(name)).tags.example},`)
      .join('\n');
    assert.deepEqual(
      editor.mistakes(`${IMPORT}\nexport const options: AccessLogOptions = {\n${examples}\n};
new HttpAccessLogInstrumentation(options);
new OtlpStreamLogRecordProcessor(options);
export const bucket = new TokenBucketLogRecordProcessor(options, new OtlpStreamLogRecordProcessor(options));`),
      [],
    );
  });

  test('each has the type of its values', () => {
    const text = `import type { AccessLogOptions } from '../../src/options/access-log-options.ts';
import type { OptionValues } from '../../src/options/schema.ts';
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
type InCode = Omit<Required<AccessLogOptions>, ${Object.keys(hookMeanings).map(literal).join(' | ')}>;
type Other = { [Name in keyof InCode]: Same<InCode[Name], OptionValues[Name] | undefined> extends true ? never : Name }[keyof InCode];
export const others: readonly Other[] = ['tracing'];`;
    assert.deepEqual(editor.mistakes(text), []);
    assert.notDeepEqual(editor.mistakes(text.replace("'tracing'", "'slowMs'")), []);
  });

  for (const [part, here] of Object.entries({ ...HERE, bucket: BUCKET })) {
    test(`${part}: what has no effect in code is not offered`, () => {
      const names = editor.completions(`${IMPORT}\n${here} ¦ })`);
      assert.deepEqual(
        names.toSorted(),
        [
          ...optionNames.filter((name) => !REGISTER_ONLY.includes(name)),
          ...Object.keys(hookMeanings),
          ...(part === 'bucket' ? ['select'] : []),
        ].toSorted(),
      );
    });
  }

  test('what has no effect in code does not compile', () => {
    for (const name of REGISTER_ONLY) {
      const [mistake = '', ...others] = editor.mistakes(
        `${IMPORT}\n${HERE.instrumentation} ${name}: undefined })`,
      );
      assert.match(mistake, new RegExp(`'${name}' does not exist in type 'AccessLogOptions'`));
      assert.deepEqual(others, []);
    }
  });

  test('the values of an option are offered', () => {
    assert.deepEqual(editor.completions(`${IMPORT}\n${HERE.instrumentation} clientIp: '¦' })`).toSorted(), [
      'full',
      'hash',
      'none',
      'truncated',
    ]);
    assert.deepEqual(editor.completions(`${IMPORT}\n${HERE.instrumentation} tracing: '¦' })`).toSorted(), [
      'auto',
      'off',
    ]);
  });

  test('hooks have their meaning', () => {
    for (const hook of Object.keys(hookMeanings)) {
      const { text } = editor.hover(withCursorAt(hook));
      assert.match(text, /\w+ .* Default: /s, hook);
    }
  });
});
