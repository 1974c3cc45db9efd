// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the syntax of the file
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { readDeclarativeFile } from '../../../src/options/declarative/declarative-file.ts';

const ENV = {
  STRING_VALUE: 'value',
  BOOL_VALUE: 'true',
  INT_VALUE: '1',
  FLOAT_VALUE: '1.1',
  HEX_VALUE: '0xdeadbeef',
  INVALID_MAP_VALUE: 'value\nkey:value',
  LIST_VALUE: '[a, b]',
  DO_NOT_REPLACE_ME: 'Never use this value',
  REPLACE_ME: '${DO_NOT_REPLACE_ME}',
  VALUE_WITH_ESCAPE: 'value$$',
  BLANK: ' ',
};

function read(line: string) {
  const env = { ...ENV, OTEL_CONFIG_FILE: '/etc/otel.yaml' };
  return readDeclarativeFile(env, () => Buffer.from(`file_format: "1.0"\n${line}\n`));
}

/** The table of the specification (configuration/data-model.md), and what it leaves open. */
const TABLE: readonly [input: string, value: unknown][] = [
  ['${STRING_VALUE}', 'value'],
  ['${BOOL_VALUE}', true],
  ['${INT_VALUE}', 1],
  ['${FLOAT_VALUE}', 1.1],
  ['${HEX_VALUE}', 3735928559],
  ['"${STRING_VALUE}"', 'value'],
  ['"${BOOL_VALUE}"', 'true'],
  ['"${INT_VALUE}"', '1'],
  ['"${FLOAT_VALUE}"', '1.1'],
  ['"${HEX_VALUE}"', '0xdeadbeef'],
  ["'${INT_VALUE}'", '1'],
  ['|-\n  ${INT_VALUE}', '1'],
  ['${env:STRING_VALUE}', 'value'],
  ['${INVALID_MAP_VALUE}', 'value\nkey:value'],
  ['${LIST_VALUE}', '[a, b]'],
  ['foo ${STRING_VALUE} ${FLOAT_VALUE}', 'foo value 1.1'],
  ['${UNDEFINED_KEY}', null],
  ['"${UNDEFINED_KEY}"', ''],
  ['${BLANK:-fallback}', 'fallback'],
  ['${UNDEFINED_KEY:-fallback}', 'fallback'],
  ['${UNDEFINED_KEY:-12}', 12],
  ['${UNDEFINED_KEY:-}', null],
  ['${REPLACE_ME}', '${DO_NOT_REPLACE_ME}'],
  ['${UNDEFINED_KEY:-${STRING_VALUE}}', '${STRING_VALUE}'],
  ['$${STRING_VALUE}', '${STRING_VALUE}'],
  ['$$${STRING_VALUE}', '$value'],
  ['$$$${STRING_VALUE}', '$${STRING_VALUE}'],
  ['$${STRING_VALUE:-fallback}', '${STRING_VALUE:-fallback}'],
  ['$${STRING_VALUE:-${STRING_VALUE}}', '${STRING_VALUE:-value}'],
  ['${UNDEFINED_KEY:-$${UNDEFINED_KEY}}', '${UNDEFINED_KEY:-${UNDEFINED_KEY}}'],
  ['${VALUE_WITH_ESCAPE}', 'value$$'],
  ['a $$ b', 'a $ b'],
  ['a $ b', 'a $ b'],
];

describe('environment variables in declarative configuration', () => {
  for (const [input, value] of TABLE) {
    test(`key: ${input}`, () => {
      const file = read(`key: ${input}`);
      const tree = file?.root?.entries.get('key');
      assert.deepEqual(
        { value: tree?.kind === 'scalar' && tree.value, problems: file?.problems },
        { value, problems: [] },
      );
    });
  }

  test('a key is no place for one', () =>
    assert.deepEqual(
      [...(read('${STRING_VALUE}: value')?.root?.entries.keys() ?? [])],
      ['file_format', '${STRING_VALUE}'],
    ));

  for (const input of [
    '${STRING_VALUE:?error}',
    '${1API_KEY}',
    '${API_$KEY}',
    '${sys:user.name}',
    '${env:}',
  ]) {
    test(`key: ${input} is a mistake, and nothing of the file is used`, () => {
      const file = read(`key: ${input}`);
      assert.deepEqual(
        { root: file?.root, problems: file?.problems },
        {
          root: undefined,
          problems: [
            'otel.yaml:2: substitution: expected ${NAME} or ${NAME:-default}, got something else (from the file)',
          ],
        },
      );
    });
  }
});
