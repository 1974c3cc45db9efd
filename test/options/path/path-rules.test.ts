import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { compilePathRules } from '../../../src/options/path/path-rules.ts';

describe('compilePathRules', () => {
  const cases: readonly [rule: string, matching: readonly string[], others: readonly string[]][] = [
    ['/health', ['/health', '/health/'], ['/healthz', '/Health', '/a/health', '/health/live', '/', '']],
    ['/health/', ['/health', '/health/'], ['/healthz', '/health/live']],
    ['/', ['/'], ['/a', '//', '*']],
    [
      '/static/**',
      ['/static', '/static/', '/static/a/b', '/static/.env', '/static//'],
      ['/statics', '/a/static/b'],
    ],
    ['/**', ['/', '/a', '/a/b'], ['*']],
    ['**', ['/', '/a/b', '*'], []],
    ['*', ['/a', '/a/b', '*'], ['/']],
    ['/*', ['/a', '/a/', '/.a'], ['/', '/a/b', '*']],
    ['/a/*/c', ['/a/b/c', '/a/.b/c'], ['/a//c', '/a/c', '/a/b/b/c']],
    ['/a/**/c', ['/a/c', '/a/b/c', '/a/c/c', '/a/b/c/b/c'], ['/c', '/a/b/cc', '/a/b/c/d']],
    ['/**/a/**/b', ['/a/b', '/x/a/y/b', '/a/a/b/b'], ['/b/a', '/a/c']],
    ['/v?/x', ['/v1/x'], ['/v/x', '/v12/x', '/v//x']],
    ['/a*', ['/a', '/ab', '/a*'], ['/b', '/a/b']],
    ['/a**b', ['/ab', '/axb'], ['/a/b']],
    ['/*a*b', ['/ab', '/xaxb', '/abab'], ['/aba', '/ba']],
    ['*.css', ['/a.css', '/x/y/a.css', '/.css'], ['/a.css/b', '/a.scss.map']],
    ['**/favicon.ico', ['/favicon.ico', '/a/favicon.ico'], ['/xfavicon.ico']],
    ['/a.b', ['/a.b'], ['/axb']],
    ['/a+(b)|!$^', ['/a+(b)|!$^'], ['/ab']],
  ];
  for (const [rule, matching, others] of cases) {
    test(rule, () => {
      const matches = compilePathRules([rule]);
      assert.ok(matches !== undefined);
      for (const path of matching) assert.ok(matches('GET', path), `${path} should match`);
      for (const path of others) assert.ok(!matches('GET', path), `${path} should not match`);
    });
  }

  test('a rule with a method is for that method only', () => {
    const matches = compilePathRules(['get  /health', 'OPTIONS *', '/metrics']);
    const seen = [
      'GET /health',
      'POST /health',
      'OPTIONS *',
      'OPTIONS /a',
      'POST /metrics',
      'get /health',
    ].map((request) => {
      const [method = '', path = ''] = request.split(' ');
      return matches?.(method, path);
    });
    assert.deepEqual(seen, [true, false, true, true, true, false]);
  });

  test('no rules, no function', () => {
    assert.equal(compilePathRules([]), undefined);
  });

  for (const rule of [
    '',
    'health',
    '/a b',
    '/{a,b}',
    '/[a]',
    '/a\\*',
    'GET',
    '/a\nb',
    `/${'a'.repeat(512)}`,
  ]) {
    test(`${JSON.stringify(rule.slice(0, 20))} is refused`, () => {
      assert.throws(() => compilePathRules(['/ok', rule]), {
        name: 'TypeError',
        message: `path rule: expected "[METHOD ]glob", the glob beginning with / or *, got ${JSON.stringify(rule)}`,
      });
    });
  }

  test('paths of which a backtracking engine never comes back', () => {
    // picomatch 4 needs more than two minutes for the first and over a second for the second.
    const matches = compilePathRules(['/**/a/**/a/**/a/**/b', '/*a*a*a*a*a*a*a*b', '/**/*a*a*a*/**/*a*a*b']);
    for (const path of [
      '/a'.repeat(1024),
      `/${'a'.repeat(2047)}`,
      '/'.repeat(2048),
      `/${'a/aa'.repeat(500)}`,
    ]) {
      assert.equal(matches?.('GET', path), false);
    }
  });

  test('of more than 2048 characters none matches: a cut path would be judged by its beginning', () => {
    const matches = compilePathRules(['/a/**', '/**/b', '**']);
    for (const path of [`/a/${'x'.repeat(2045)}`, `/${'x'.repeat(2045)}/b`]) {
      assert.deepEqual([path.length, matches?.('GET', path)], [2048, true]);
      assert.equal(matches?.('GET', `/${path}`), false);
    }
  });

  test('no path at all, as CONNECT has it, is not the root', () => {
    assert.deepEqual(
      ['/', '/**', '/*', '*', '**'].map((rule) => compilePathRules([rule])?.('CONNECT', '')),
      [false, false, false, false, true],
    );
  });

  test('where the method is not known, rules of every method are asked', () => {
    const matches = compilePathRules(['POST /reset']);
    assert.deepEqual(
      [matches?.(undefined, '/reset'), matches?.(undefined, '/other'), matches?.('', '/reset')],
      [true, false, false],
    );
  });

  test('agrees with the definition of the wildcards, tried in every way', () => {
    const glob = fc.string({ unit: fc.constantFrom('a', 'b', '.', '*', '**', '?', '/', '/'), maxLength: 10 });
    const path = fc.string({ unit: fc.constantFrom('a', 'b', '.', '/'), maxLength: 10 });
    const seen = { matching: 0, other: 0 };
    fc.assert(
      fc.property(glob, path, (globText, pathText) => {
        const expected = defined(segmentsOf(`/${globText}`), segmentsOf(`/${pathText}`));
        const matches = compilePathRules([`/${globText}`]);
        assert.equal(matches?.('GET', `/${pathText}`), expected, `/${globText} on /${pathText}`);
        seen[expected ? 'matching' : 'other']++;
      }),
      { numRuns: 10_000 },
    );
    assert.ok(seen.matching > 500, JSON.stringify(seen));
  });

  test('never throws', () => {
    const matches = compilePathRules(['*a*', '/**/b?/*', 'GET /c']);
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (method, path) => {
        assert.equal(typeof matches?.(method, path), 'boolean');
      }),
    );
  });
});

function segmentsOf(text: string): readonly string[] {
  return text.replace(/\/$/, '').split('/');
}

/** Does the glob match? By trying all that a `**` could take. */
function defined(glob: readonly string[], path: readonly string[]): boolean {
  const [part, ...rest] = glob;
  if (part === undefined) return path.length === 0;
  if (part === '**') return defined(rest, path) || (path.length > 0 && defined(glob, path.slice(1)));
  const [segment, ...others] = path;
  if (segment === undefined) return false;
  const pattern =
    part === '*' ? '.+' : part.replaceAll('.', '\\.').replaceAll('*', '.*').replaceAll('?', '.');
  return new RegExp(`^${pattern}$`).test(segment) && defined(rest, others);
}
