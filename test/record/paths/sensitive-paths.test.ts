import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { compileSensitivePaths } from '../../../src/record/paths/sensitive-paths.ts';

describe('compileSensitivePaths', () => {
  const rules = ['/login', '/oauth/**', 'POST /Reset/*', '/Mixed', 'GET /only', '/caf%C3%A9', '/größe'];
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
    // Some servers remove only the dot segments that are not encoded, or decode after that.
    ['GET', '/a/../oauth/%2e%2e/x', true],
    ['GET', '/a/../%6fauth/%2e%2e', true],
    ['GET', '/x//../oauth/a', true],
    ['GET', '/x/y//../../oauth/a', true],
    ['GET', '/%2e/login', true],
    ['GET', '/a/../b', false],
    ['GET', '/a//b/./c', false],
    // Fastify 4 takes what follows a semicolon for the query, `new URL()` what follows `//` for the host.
    ['GET', '/login;x/y', true],
    ['GET', '/login;x/../y', true],
    ['GET', '/orders;v=1', false],
    ['GET', '//shop/login', true],
    ['GET', '//orders', false],
    ['GET', '/login%3Fx', true],
    ['GET', '/login%2523', true],
    ['GET', '/login#', true],
    ['GET', '/orders#', false],
    ['GET', '/@scope%2Fname', false],
    ['GET', '/50%25-off', false],
    ['GET', '/100%/x', false],
    ['GET', '/my%20orders', false],
    // Obfuscated: what it is, cannot be said.
    ['GET', '/a/..;/b', true],
    ['GET', '/a/..%2fb', true],
    ['GET', '/a%5Cb', true],
    ['GET', '/a%01', true],
    ['GET', '/%c0%ae', true],
    // In bytes, however they are written.
    ['GET', '/caf%C3%A9', true],
    ['GET', '/caf%c3%a9', true],
    ['GET', '/caf\u00c3\u00a9', true],
    ['GET', '/CAF%C3%A9', true],
    ['GET', '/gr%C3%B6%C3%9Fe', true],
    ['GET', '/gr%C3%B6%C3%9Fer', false],
    // Routers answer HEAD by the handler for GET.
    ['HEAD', '/only', true],
    ['HEAD', '/x/../Only', true],
    ['POST', '/only', false],
    ['HEAD', '/reset/42', false],
    ['GET', `/a/../${'b'.repeat(506)}`, false],
    ['GET', `/a/../${'b'.repeat(507)}`, true],
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

  test('of a request whose method is not known, rules of every method are asked', () => {
    assert.deepEqual([isSensitive(undefined, '/reset/42'), isSensitive(undefined, '/x')], [true, false]);
  });

  test('what is cut off may have been all that was encoded', () => {
    const isBelow = compileSensitivePaths(['/b/?']);
    assert.deepEqual([isBelow?.('GET', '/b/%3b;x'), isBelow?.('GET', '/b/%3bc;x')], [true, false]);
  });

  test('there is nothing to ask without rules', () => {
    assert.equal(compileSensitivePaths([]), undefined);
  });

  test('a malformed rule is refused', () => {
    assert.throws(() => compileSensitivePaths(['login']), TypeError);
  });
});
