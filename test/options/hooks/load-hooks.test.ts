import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { HooksError, loadHooks } from '../../../src/options/hooks/load-hooks.ts';

const directory = mkdtempSync(join(tmpdir(), 'hooks-'));
after(() => rmSync(directory, { recursive: true }));

/** Node 22.18 and later; `false` in others. */
const hasTypes = Boolean(Reflect.get(process.features, 'typescript'));

function write(name: string, text: string): string {
  const file = join(directory, name);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  return name;
}

describe('a module of hooks', () => {
  const names = ['skip', 'attributes', 'onLost', 'onMode'];
  const object = `{ ${names.map((name) => `${name}() {}`).join(', ')} }`;
  const modules: readonly [name: string, text: string][] = [
    ['named.mjs', names.map((name) => `export function ${name}() {}`).join('\n')],
    ['default.mjs', `export default ${object};`],
    ['whole.cjs', `module.exports = ${object};`],
    ['named.cjs', names.map((name) => `exports.${name} = () => {};`).join('\n')],
    [
      'transpiled.cjs',
      `Object.defineProperty(exports, '__esModule', { value: true }); exports.default = ${object};`,
    ],
    ['package/hooks.js', `export default ${object};`],
  ];
  before(() => write('package/package.json', '{ "type": "module" }'));

  for (const [name, text] of modules) {
    test(`${name}: all that it exports, relative to the working directory`, () => {
      const hooks = loadHooks(`./${write(name, text)}`, directory);
      assert.deepEqual(Object.keys(hooks).sort(), [...names].sort());
      for (const hook of Object.values(hooks)) assert.equal(typeof hook, 'function');
      assert.ok(Object.isFrozen(hooks));
    });
  }

  test('by its absolute path, as often as it is asked for, runs once', () => {
    const file = join(
      directory,
      write('once.mjs', 'globalThis.hooksRuns ??= 0; hooksRuns++; export const skip = () => false;'),
    );
    assert.equal(loadHooks(file).skip, loadHooks(file, '/').skip);
    assert.equal(Reflect.get(globalThis, 'hooksRuns'), 1);
  });

  test('what it leaves undefined is no hook', () => {
    const hooks = loadHooks(
      write('partial.mjs', 'export const skip = undefined; export const onMode = () => {};'),
      directory,
    );
    assert.deepEqual([hooks.skip, typeof hooks.onMode], [undefined, 'function']);
  });
});

test('in TypeScript, where Node strips types', { skip: !hasTypes && 'Node does not strip types' }, () => {
  const text = 'const hooks: object = { skip: (): boolean => true };\nexport default hooks;';
  assert.deepEqual(Object.keys(loadHooks(write('hooks.mts', text), directory)), ['skip']);
});

describe('a module that cannot be used is refused with the reason', () => {
  const refused: readonly [name: string, text: string, reason: string | RegExp][] = [
    [
      'syntax.mjs',
      'export const skip = () => true;\nexport const = 5;',
      /^SyntaxError: Unexpected token '=' \(syntax\.mjs(?::2)?\)$/,
    ],
    ['syntax.cjs', '\n\nexports.skip = (;', "SyntaxError: Unexpected token ';' (syntax.cjs:3)"],
    ['throws.mjs', '\nthrow new RangeError("no plan\\nsecond line");', 'RangeError: no plan (throws.mjs:2)'],
    ['throws.cjs', 'throw "a text";', 'throws.cjs threw "a text"'],
    [
      'waits.mjs',
      'await null; export const skip = () => true;',
      'waits.mjs, or a module that it imports, has a top-level await, which no access log waits for',
    ],
    ['needs.cjs', 'require("no-such-package");', "Error: Cannot find module 'no-such-package' (needs.cjs:1)"],
    [
      'needs.mjs',
      'import "no-such-package";',
      /^Error: Cannot find package 'no-such-package' imported from .*needs\.mjs \(needs\.mjs\)$/,
    ],
    [
      'typo.mjs',
      'export const skips = () => true;',
      'typo.mjs exports skips, which is no hook (did you mean skip?)',
    ],
    [
      'mixed.mjs',
      'export const skip = () => true; export default { onLost() {} };',
      'mixed.mjs exports default, which is no hook',
    ],
    [
      'many.cjs',
      'module.exports = { a: 1, b: 1, c: 1, d: 1 };',
      'many.cjs exports a, which is no hook; b, which is no hook; c, which is no hook; and 1 more',
    ],
    [
      'wrong.mjs',
      'export default { skip: "/healthz" };',
      'wrong.mjs: skip: expected a function, got "/healthz"',
    ],
    ['empty.mjs', '', 'empty.mjs exports no hook: skip, attributes, onLost, onMode'],
    [
      'function.cjs',
      'module.exports = () => true;',
      'function.cjs exports no hook: skip, attributes, onLost, onMode',
    ],
    ['function.mjs', 'export default () => true;', 'function.mjs exports default, which is no hook'],
    ['data.json', '[]', 'data.json exports no hook: skip, attributes, onLost, onMode'],
    [
      'getter.cjs',
      'module.exports = { get skip() { throw new Error("not yet"); } };',
      'Error: not yet (getter.cjs:1)',
    ],
  ];
  for (const [name, text, reason] of refused) {
    test(name, () => {
      assert.throws(
        () => loadHooks(write(name, text), directory),
        (error) => {
          assert.ok(error instanceof HooksError);
          if (typeof reason === 'string') assert.equal(error.message, reason);
          else assert.match(error.message, reason);
          return true;
        },
      );
    });
  }

  test('no file, a directory, a pipe that nothing writes to', () => {
    const refuse = (path: string, message: string): void =>
      assert.throws(() => loadHooks(path, directory), new HooksError(message));
    refuse('nowhere.mjs', `there is no such file in ${directory}`);
    refuse(join(directory, 'nowhere.mjs'), 'there is no such file');
    refuse(`${write('file.mjs', '')}/below`, `there is no such file in ${directory}`);
    refuse('.', 'it is no regular file');
    execFileSync('mkfifo', [join(directory, 'pipe.mjs')]);
    refuse('pipe.mjs', 'it is no regular file');
    refuse('x'.repeat(300), 'ENAMETOOLONG');
  });
});
