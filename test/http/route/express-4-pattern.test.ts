// What the regular expressions of Express 4 layers say, as path-to-regexp 0.1.7 and 0.1.13 make them. The Express 4 that
// is installed here has the newer; test/lanes tries the older.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { express4Patterns } from '../../../src/http/route/express-4-pattern.ts';

type Case = readonly [
  source: string,
  written: readonly (string | undefined)[],
  names?: readonly (string | number)[],
];

const { raw } = String;

describe('the paths behind the regular expression of an Express 4 mount layer', () => {
  const cases: Readonly<Record<string, readonly Case[]>> = {
    'text, with what means something else in a regular expression': [
      [raw`^\/api\/?(?=\/|$)`, ['/api']],
      [raw`^\/a\.b-c_d~e%20@f\/?(?=\/|$)`, ['/a.b-c_d~e%20@f']],
      [raw`^\/é\/?(?=\/|$)`, ['/é']],
      [raw`^\/a\:b\/?(?=\/|$)`, ['/a:b']],
    ],
    parameters: [
      [raw`^\/t\/(?:([^\/]+?))\/?(?=\/|$)`, ['/t/:tenant'], ['tenant']],
      [raw`^\/t(?:\/([^/]+?))\/?(?=\/|$)`, ['/t/:tenant'], ['tenant']],
      [raw`^\/(?:([^\/]+?))-(?:([^\/]+?))\/?(?=\/|$)`, ['/:a-:b'], ['a', 'b']],
      [raw`^(?:\/([^/]+?))-(?:((?:(?!\/|-).)+?))\/?(?=\/|$)`, ['/:a-:b'], ['a', 'b']],
      [raw`^\/(?:([^\/]+?))(?:\.([^\/\.]+?))\/?(?=\/|$)`, ['/:a.:b'], ['a', 'b']],
      [raw`^(?:\/([^/]+?))(?:\.([^/\.]+?))\/?(?=\/|$)`, ['/:a.:b'], ['a', 'b']],
      [raw`^\/v(?:((?:(?!\/|\/v).)+?))\/?(?=\/|$)`, ['/v:n'], ['n']],
      [raw`^\/x\/(?:(\d+))\/?(?=\/|$)`, [raw`/x/:id(\d+)`], ['id']],
      [raw`^\/x(?:\/([^/]+?))?\/?(?=\/|$)`, ['/x/:id?'], ['id']],
    ],
    'the rest of a path': [
      [raw`^\/x\/(.*)\/?(?=\/|$)`, ['/x/*'], [0]],
      [raw`^(.*)\/?(?=\/|$)`, ['*'], [0]],
    ],
    lists: [
      [raw`(?:^\/v1\/?(?=\/|$)|^\/v2\/?(?=\/|$))`, ['/v1', '/v2']],
      [raw`^\/v1(?:\/([^/]+?))\/?(?=\/|$)|^\/v2(?:\/([^/]+?))\/?(?=\/|$)`, ['/v1/:a', '/v2/:b'], ['a', 'b']],
      [raw`^\/x\/?(?=\/|$)|^\/y`, ['/x', raw`/^\/y/i`]],
    ],
    'a regular expression of the application': [
      [raw`^\/\d+`, [raw`/^\/\d+/i`]],
      [raw`^\/(\d+)\/x|^\/y`, [raw`/^\/(\d+)\/x|^\/y/i`], [0]],
    ],
    'text with parts of regular expressions in it: not certain': [
      [raw`^\/ab?c\/?(?=\/|$)`, [undefined]],
      [raw`^\/(?:a|b)\/?(?=\/|$)`, [undefined]],
      [raw`^\/a(bc)?d\/?(?=\/|$)`, [undefined], [0]],
      [raw`^(?:\/([^/]+?)((?:[/].+?)?))\/?(?=\/|$)`, [undefined], ['a', 0]],
      [raw`^\/v\d+\/?(?=\/|$)`, [undefined]],
    ],
  };

  for (const [title, rows] of Object.entries(cases)) {
    test(title, () => {
      for (const [source, expected, names = []] of rows) {
        const keys = names.map((name) => ({ name }));
        const written = express4Patterns(new RegExp(source, 'i'), keys).map((pattern) => pattern.written(''));
        assert.deepEqual(written, expected, source);
      }
    });
  }

  test('each path of a list takes its own', () => {
    const list = new RegExp(raw`^\/v1\/?(?=\/|$)|^\/v2\/?(?=\/|$)`, 'i');
    const taken = express4Patterns(list, []).map((pattern) => pattern.take?.('/V2/items'));
    assert.deepEqual(taken, [undefined, '/V2']);
  });

  test('one with a state is not asked', () => {
    assert.deepEqual(
      express4Patterns(/^\/\d+/g, []).map(({ take, written }) => [take, written('/4711')]),
      [[undefined, undefined]],
    );
  });
});
