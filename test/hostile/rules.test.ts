// Path rules against all that a server may take a path for, found by trying everything that servers do to paths, in
// every combination: slow, and obviously right.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { compileExcludedPaths } from '../../src/record/paths/excluded-paths.ts';
import { decodeOnce, foldingsOf, traitsOf } from '../../src/record/paths/path-readings.ts';
import { compileSensitivePaths } from '../../src/record/paths/sensitive-paths.ts';
import { fuzz } from './support/fuzz.ts';
import { assertLinear } from './support/growth.ts';

/** What a server may do to a path, or leave. The order is that of most; decoding may also come last. */
const STEPS: readonly ((path: string) => readonly string[])[] = [
  (path) => [path, decoded(path), decoded(decoded(path)), decoded(decoded(decoded(path)))],
  (path) => [path, path.replaceAll('\\', '/')],
  (path) => [path, path.replace(/[\0\t\r\n]/g, ''), path.replace(/\0.*$/s, '')],
  (path) => [path, path.replace(/;[^/]*/g, ''), path.replace(/[;?#].*$/s, '')],
  (path) => [path, path.replace(/^\/\/[^/]*/, '')],
  // Windows.
  (path) => [path, path.replace(/(?<=\/) +| +(?=\/|$)/g, '').replace(/(?<=\/)[ .]*(?=\/|$)/g, trimmedDots)],
  (path) => [path, path.replace(/\/{2,}/g, '/')],
  (path) => [path, resolved(path, /^\.$/, /^\.\.$/), resolved(path, /^(?:\.|%2e)$/i, /^(?:\.|%2e){2}$/i)],
  (path) => [path, decoded(path)],
];

function decoded(path: string): string {
  return path.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

function trimmedDots(segment: string): string {
  const dots = segment.replaceAll(' ', '');
  return dots.length <= 2 ? dots : segment;
}

function resolved(path: string, one: RegExp, two: RegExp): string {
  const kept: string[] = [];
  for (const segment of path.replace(/^\//, '').split('/')) {
    if (two.test(segment)) kept.pop();
    else if (!one.test(segment)) kept.push(segment);
  }
  return `/${kept.join('/')}`;
}

function readingsOf(path: string): ReadonlySet<string> {
  let readings = new Set([path]);
  for (const step of STEPS) readings = new Set([...readings].flatMap(step));
  return readings;
}

/** A glob as a regular expression: none of these is nested, and the paths are short. */
function expressionOf(glob: string): RegExp {
  const rooted = glob.startsWith('/') ? glob : `**/${glob}`;
  const parts = rooted.split('/').map((part) => {
    if (part === '**') return '(?:[^/]*/)*';
    if (part === '*') return '[^/]+/';
    return `${part.replaceAll('.', '\\.').replaceAll('?', '[^/]').replaceAll('*', '[^/]*')}/`;
  });
  return new RegExp(`^${parts.join('')}$`, 's');
}

function matchesByReference(rules: readonly string[], path: string): boolean {
  const whole = path.endsWith('/') ? path : `${path}/`;
  return rules.some((rule) => expressionOf(rule).test(whole));
}

const RULES = ['/a/**', '/b', '*.c', '/a/*/c', '/**/b/?', '/a/?*/b*', '/.c/**', '/???/a', '**/a/b'];
const PIECES = [
  ...['/', '/', '/', 'a', 'b', 'c', 'A', '.', '..', '/../', '/./', '//', '.c', '%2e', '%2E', '%2e%2e', '%2f'],
  ...[
    '\\',
    '%5c',
    ';',
    ';x',
    '%3b',
    '%3f',
    '#',
    '%00',
    '%20',
    ' ',
    '%25',
    '%252e',
    '%252f',
    '%25252e',
    '%61',
  ],
  ...[
    '/a/../',
    '/%2e%2e/',
    '/b/%2e%2E/',
    '/%61/',
    ';/',
    '%62',
    '%c0%ae',
    '%',
    '%2',
    '%zz',
    '\t',
    '%0a',
    'é',
    '%C3%A9',
  ],
];
const rules = fc.uniqueArray(fc.constantFrom(...RULES), { minLength: 1, maxLength: 3 });
const path = fc
  .tuple(
    fc.constantFrom('/', '/a/', '/a/', '/b', '/a/b/c', '//', '/%61/'),
    fc.array(fc.constantFrom(...PIECES), { maxLength: 8 }),
  )
  .map(([start, pieces]) => start + pieces.join(''));

describe('rules against all that a path may be', () => {
  test('what is left out matches, whatever the server takes it for', () => {
    const seen = { excluded: 0, matchedAsSent: 0 };
    fuzz(
      fc.property(rules, path, (globs, sent) => {
        const excluded = compileExcludedPaths(globs)?.('GET', sent);
        const asSent = matchesByReference(globs, sent);
        if (asSent) seen.matchedAsSent++;
        if (!excluded) {
          // And what all read the same is left out where a rule matches it.
          if (asSent && !/%(?!61|62)| /.test(sent)) assert.notEqual(readingsOf(sent).size, 1, sent);
          return;
        }
        seen.excluded++;
        for (const reading of readingsOf(sent)) {
          assert.ok(matchesByReference(globs, reading), `${globs} on ${sent}, read as ${reading}`);
        }
      }),
      0.08,
    );
    assert.ok(seen.excluded > 0 && seen.matchedAsSent > seen.excluded, JSON.stringify(seen));
  });

  test('what may be sensitive to a server is sensitive', () => {
    const seen = { sensitive: 0, other: 0 };
    fuzz(
      fc.property(rules, path, (globs, sent) => {
        const isSensitive = compileSensitivePaths(globs)?.('GET', sent);
        seen[isSensitive ? 'sensitive' : 'other']++;
        const meant = [...readingsOf(sent)].find((reading) =>
          matchesByReference(globs, reading.toLowerCase()),
        );
        if (!isSensitive) assert.equal(meant, undefined, `${globs} on ${sent}`);
        // And no more than that, where nothing is obscure.
        else if (/^(?:[/.ab]|%6[12])*$/.test(sent) && !sent.startsWith('//'))
          assert.notEqual(meant, undefined, sent);
      }),
      0.07,
    );
    assert.ok(seen.sensitive > 0 && seen.other > 0, JSON.stringify(seen));
  });
});

describe('what rules cost', () => {
  const makers: Readonly<Record<string, (length: number) => string>> = {
    'dot segments': (length) => '/a/..'.repeat(length / 5),
    slashes: (length) => '/'.repeat(length),
    'encoded dots': (length) => '/%2e%2e'.repeat(length / 7),
    'percent signs': (length) => '%'.repeat(length),
    parameters: (length) => '/;'.repeat(length / 2),
    'nothing special': (length) => '/abc'.repeat(length / 4),
  };
  const excludes = compileExcludedPaths(['/**']);
  const protects = compileSensitivePaths(['/**/never/**/b']);
  for (const [name, make] of Object.entries(makers)) {
    test(`${name}: grows with the length, and what is long is not read`, () => {
      assertLinear(make, traitsOf);
      assertLinear(make, decodeOnce);
      assertLinear(make, (sent) => foldingsOf(sent, traitsOf(sent)));
      assertLinear(make, (sent) => excludes?.('GET', sent));
      assertLinear(make, (sent) => protects?.('GET', sent));
    });
  }
});
