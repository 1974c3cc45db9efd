import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { judgedPathOf, parseTarget } from '../../../src/record/reading/target.ts';

describe('parseTarget', () => {
  const cases: readonly [method: string, target: string, path: string, query: string, authority?: string][] =
    [
      ['GET', '/', '/', ''],
      ['GET', '/orders/42', '/orders/42', ''],
      ['GET', '/orders?a=1&b=2', '/orders', 'a=1&b=2'],
      ['GET', '/orders?', '/orders', ''],
      ['GET', '/orders??a', '/orders', '?a'],
      ['GET', '/a#b?c', '/a', ''],
      ['GET', '/a?b#access_token=c', '/a', 'b'],
      ['GET', '//double', '//double', ''],
      ['GET', '/a/http://b/?c', '/a/http://b/', 'c'],
      ['OPTIONS', '*', '*', ''],
      ['CONNECT', 'db.example:5432', '', '', 'db.example:5432'],
      ['CONNECT', 'user:pw@db.example:5432', '', '', 'db.example:5432'],
      ['CONNECT', '[2001:db8::1]:443', '', '', '[2001:db8::1]:443'],
      ['GET', 'http://a.example', '/', '', 'a.example'],
      ['GET', 'http://a.example:8080/x?y', '/x', 'y', 'a.example:8080'],
      ['GET', 'http://a.example?y', '/', 'y', 'a.example'],
      ['GET', 'http://a.example#y', '/', '', 'a.example'],
      ['GET', 'HTTP://user:p@ss@a.example/x', '/x', '', 'a.example'],
      ['GET', 'urn+x-1.0://a/x', '/x', '', 'a'],
      ['GET', 'http:///x', '/x', '', ''],
      ['GET', 'user:pw@a.example/x', 'a.example/x', ''],
      ['GET', 'garbage', 'garbage', ''],
      ['GET', '?a=b', '', 'a=b'],
      ['GET', '', '', ''],
    ];
  for (const [method, target, path, query, authority] of cases) {
    test(`${method} ${target}`, () => {
      assert.deepEqual(parseTarget(method, target), { path, query, authority });
    });
  }

  test('the path that rules judge is that of the record, with a mark where a fragment followed', () => {
    const part = fc.constantFrom('/', '?', '#', '@', ':', 'http://', 'a', '*', '%2f', 'ü');
    fc.assert(
      fc.property(fc.constantFrom('GET', 'CONNECT'), fc.array(part), (method, parts) => {
        const target = parts.join('');
        const { path } = parseTarget(method, target);
        const judged = judgedPathOf(method, target);
        const hasFragment = target.includes('#');
        // Behind a question mark it is of no interest.
        if (hasFragment && target.startsWith('/') && /^[^#]*\?/.test(target)) assert.equal(judged, path);
        else assert.equal(judged, hasFragment ? `${path}#` : path);
      }),
    );
  });
});
