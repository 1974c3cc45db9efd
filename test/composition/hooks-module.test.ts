import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HooksModule } from '../../src/composition/hooks-module.ts';
import { HooksError, resolveOptions } from '../../src/options/options.ts';

const FROM = { ACCESS_LOG_HOOKS: './hooks.mjs' };

test('without the option nothing is loaded, and the options stay as they are', () => {
  const options = resolveOptions({}, {});
  const module = new HooksModule(() => assert.fail('loaded'));
  assert.equal(module.withHooks(options, assert.fail), options);
});

test('the hooks of the module are added to the options; it is loaded once', () => {
  const skip = (): boolean => true;
  const loaded: string[] = [];
  const module = new HooksModule((path) => {
    loaded.push(path);
    return { skip };
  });
  for (let turn = 0; turn < 2; turn++) {
    const options = module.withHooks(resolveOptions({}, FROM), assert.fail);
    assert.equal(options.skip, skip);
    assert.equal(options.rate, 1000);
    assert.ok(Object.isFrozen(options));
  }
  assert.deepEqual(loaded, ['./hooks.mjs']);
});

const PREFIX = 'ACCESS_LOG_HOOKS: no hook is called, since';
const told: readonly [what: string, env: NodeJS.ProcessEnv, error: unknown, message: string][] = [
  ['a reason', FROM, new HooksError('it is empty'), `${PREFIX} "./hooks.mjs" cannot be used: it is empty`],
  [
    'a secret in the error',
    FROM,
    new HooksError('Error: refused with Bearer s3cret'),
    `${PREFIX} "./hooks.mjs" cannot be used: Error: refused with Bearer REDACTED`,
  ],
  [
    'contents in the place of a path',
    { ACCESS_LOG_HOOKS: 'token=s3cret' },
    new HooksError('there is no such file'),
    `${PREFIX} something that is not shown (it may not be a path) cannot be used: there is no such file`,
  ],
];
for (const [what, env, error, message] of told) {
  test(`${what} is told in one line, and there are no hooks`, () => {
    let loads = 0;
    const module = new HooksModule(() => {
      loads++;
      throw error;
    });
    const messages: string[] = [];
    for (let turn = 0; turn < 2; turn++) {
      const options = module.withHooks(resolveOptions({}, env), (line) => messages.push(line));
      assert.deepEqual([options.skip, options.attributes], [undefined, undefined]);
    }
    assert.deepEqual(messages, [message, message]);
    assert.equal(loads, 1);
  });
}
