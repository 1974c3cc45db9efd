import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { compileExcludedPaths } from '../../../src/record/paths/excluded-paths.ts';

/** Paths below a folder that is left out, and whether they really are. */
const BELOW_STATIC: readonly [path: string, excluded: boolean][] = [
  ['/static/app.css', true],
  ['/static', true],
  ['/static/', true],
  ['/static/.env', true],
  ['/static/.../x', true],
  ['/static/my%20file.png', true],
  ['/static/caf%C3%A9.png', true],
  ['/static/a+b,c;d', false],
  // Dot segments that stay below the folder, and those that leave it (RFC 3986 section 5.2.4).
  ['/static/a/../b.css', true],
  ['/static/./b.css', true],
  ['/static/a/%2e%2E/b.css', true],
  ['/static//b.css', true],
  ['/static//', true],
  ['/static/../admin/2', false],
  ['/static/..', false],
  ['/static/../..', false],
  ['/static/%2e%2e/admin/2', false],
  ['/static/.%2E/admin/2', false],
  ['/static/%2e./admin/2', false],
  ['/static/x/../../admin/2', false],
  ['/static/../admin/../static/x', true],
  // What removes only some of them lands elsewhere.
  ['/static/../admin/%2e%2e/static/x', false],
  ['/static/../admin//../static/x', false],
  ['/static//../../admin/2', false],
  // Backslashes and blanks, which `new URL()` and Windows read otherwise.
  ['/static/..\\admin\\2', false],
  ['/static\\..\\admin', false],
  ['/static/a\\b', false],
  ['/static/..%5cadmin', false],
  ['/static/..%20/admin', false],
  ['/static/%20../admin', false],
  ['/static/\t../admin', false],
  // Encoded slashes, in one layer and in two.
  ['/static/..%2fadmin/2', false],
  ['/static/..%2Fadmin/2', false],
  ['/static/%2e%2e%2fadmin', false],
  ['/static/..%252fadmin', false],
  ['/static/%252e%252e/admin', false],
  ['/static/a%2fb', false],
  // Overlong UTF-8: the dot of old decoders.
  ['/static/%c0%ae%c0%ae/admin', false],
  // What ends the path for some.
  ['/static/..;/admin/2', false],
  ['/static/x%00', false],
  ['/static/x%0a', false],
  ['/static/x%3f', false],
  ['/static/x%23', false],
  ['/static/x#', false],
  ['/static/100%', false],
  ['/static/%zz', false],
  ['/Static/app.css', false],
  ['/%73tatic/app.css', false],
  ['//static/app.css', false],
  ['/x/../static/app.css', false],
  ['', false],
  ['*', false],
  [`/static/${'x'.repeat(2040)}`, true],
  [`/static/${'x'.repeat(2041)}`, false],
  [`/static/${'x'.repeat(3000)}/../../admin/2`, false],
  [`/static/a/../${'x'.repeat(499)}`, true],
  [`/static/a/../${'x'.repeat(500)}`, false],
];

/** The same with wildcards, and with rules that are not as plain. */
const OTHERS: readonly [rule: string, method: string, path: string, excluded: boolean][] = [
  ['*.css', 'GET', '/admin/2;x.css', false],
  ['*.css', 'GET', '/admin/2;/x.css', false],
  ['*.css', 'GET', '/admin/2%3Fx.css', false],
  ['*.css', 'GET', '/admin/2%00.css', false],
  ['*.css', 'GET', '/a%2ecss', false],
  ['*.css', 'GET', '/a/b%20c.css', true],
  ['/*/health', 'GET', '/x%2fy/health', false],
  // `new URL('//x/admin/2', base)` is of the host x.
  ['/**/x/**', 'GET', '//x/admin/2', false],
  ['/a/*', 'GET', '/a/.', false],
  ['/a/*', 'GET', '/a/..', false],
  ['/a/**/b', 'GET', '/a/../b', false],
  ['/a/**/b', 'GET', '/a//b', true],
  ['/a/???', 'GET', '/a/%62', false],
  ['/caf%C3%A9/**', 'GET', '/caf%C3%A9/x', true],
  ['/~user/**', 'GET', '/~user/x', true],
  ['/', 'GET', '/', true],
  ['/', 'CONNECT', '', false],
  ['/**', 'CONNECT', '', false],
  ['GET /health', 'GET', '/health', true],
  ['GET /health', 'HEAD', '/health', false],
  ['GET /health', 'get', '/health', false],
  ['GET /health', '', '/health', false],
  ['OPTIONS *', 'OPTIONS', '*', true],
];

describe('a rule that leaves out', () => {
  const cases = [
    ...BELOW_STATIC.map(([path, excluded]) => ['/static/**', 'GET', path, excluded] as const),
    ...OTHERS,
  ];
  for (const [rule, method, path, excluded] of cases) {
    const shown = path.length > 60 ? `${path.slice(0, 20)}… of ${path.length}` : path;
    test(`${rule} ${excluded ? 'leaves out' : 'does not leave out'} ${method} ${JSON.stringify(shown)}`, () => {
      assert.equal(compileExcludedPaths([rule])?.(method, path), excluded);
    });
  }

  test('the readings of one path may be matched by several rules', () => {
    const excludes = compileExcludedPaths(['/static/**', '/assets/*']);
    assert.deepEqual(
      [excludes?.('GET', '/static/../assets/x'), excludes?.('GET', '/static/../assets/x/y')],
      [true, false],
    );
  });

  test('there is nothing to ask without rules, and a malformed one is refused', () => {
    assert.equal(compileExcludedPaths([]), undefined);
    assert.throws(() => compileExcludedPaths(['static']), TypeError);
  });
});
