import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { compileSensitivePaths } from '../../src/record/sensitive-paths.ts';

describe('compileSensitivePaths', () => {
  const rules = ['/login', '/oauth/**', 'POST /Reset/*', '/Mixed'];
  const cases: readonly [method: string, path: string, sensitive: boolean][] = [
    ['GET', '/login', true],
    ['GET', '/login/', true],
    ['GET', '/login//', true],
    ['GET', '//login', true],
    ['GET', '/Login', true],
    ['GET', '/LOGIN', true],
    ['GET', '/%6Cogin', true],
    ['GET', '/%256Cogin', true],
    ['GET', '/login%2f', true],
    ['GET', '/login;jsessionid=1', true],
    ['GET', '/./login', true],
    ['GET', '/a/../login', true],
    ['GET', '/a/%2e%2e/login', true],
    ['GET', '\\login', true],
    ['GET', '/login%00', true],
    ['GET', '/login%20', true],
    ['GET', '/oauth/token', true],
    ['GET', '/oauth%2Ftoken', true],
    ['GET', '/OAuth/a/b/c', true],
    ['GET', '/oauth/../x', true],
    ['POST', '/reset/42', true],
    ['POST', '/Reset/42', true],
    ['GET', '/reset/42', false],
    ['GET', '/mixed', true],
    ['GET', '/Mixed', true],
    ['GET', '/login/x', false],
    ['GET', '/logins', false],
    ['GET', '/', false],
    ['GET', '', false],
    ['OPTIONS', '*', false],
    ['GET', `/${'a'.repeat(2047)}`, false],
    ['GET', `/${'a'.repeat(2048)}`, true],
  ];
  const isSensitive = compileSensitivePaths(rules);
  assert.ok(isSensitive);
  for (const [method, path, sensitive] of cases) {
    test(`${method} ${path.slice(0, 40)} ${sensitive ? 'is' : 'is not'} sensitive`, () => {
      assert.equal(isSensitive(method, path), sensitive);
    });
  }

  test('there is nothing to ask without rules', () => {
    assert.equal(compileSensitivePaths([]), undefined);
  });

  test('a malformed rule is refused', () => {
    assert.throws(() => compileSensitivePaths(['login']), TypeError);
  });
});
