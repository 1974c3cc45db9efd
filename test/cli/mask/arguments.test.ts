import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseMaskArguments } from '../../../src/cli/mask/arguments.ts';

describe('the arguments of mask', () => {
  const none = {
    rules: '',
    hashKeyFile: '',
    detect: ['jwt', 'bearer', 'card', 'phone-cn'],
    explain: false,
  };
  const rows: readonly (readonly [args: readonly string[], expected: unknown])[] = [
    [[], none],
    [['--rules', 'rules.yaml', '--hash-key-file=key'], { ...none, rules: 'rules.yaml', hashKeyFile: 'key' }],
    [['--detect', 'email, key', '--explain'], { ...none, detect: ['email', 'key'], explain: true }],
    [['--detect', 'off'], { ...none, detect: [] }],
    [['--help', '--rules', 'x'], undefined],
    [['-h'], undefined],
  ];
  for (const [args, expected] of rows) {
    test(args.join(' ') || '(none)', () => assert.deepEqual(parseMaskArguments(args), expected));
  }

  const wrong: readonly (readonly [args: readonly string[], message: RegExp])[] = [
    [['--detect', 'jwt,emial'], /^--detect: expected a list of: jwt, .*, got "jwt,emial"$/],
    [['--detect', ''], /^--detect: expected a list of/],
    [['--rules', ''], /^--rules: expected the path of a file, got ""$/],
    [['--hash-key-file', ' '], /^--hash-key-file: expected the path of a file, got " "$/],
    [['sample.txt'], /Unexpected argument 'sample\.txt'/],
    [['--rule', 'x'], /Unknown option '--rule'/],
  ];
  for (const [args, message] of wrong) {
    test(`refused: ${args.join(' ')}`, () =>
      assert.throws(() => parseMaskArguments(args), { name: 'TypeError', message }));
  }
});
