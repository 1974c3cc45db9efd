import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type EchoField, extendHead } from '../../../src/http/echo/extended-head.ts';

const ID: EchoField = { name: 'x-trace-id', value: 'id', isList: false };
const TIMING: EchoField = { name: 'server-timing', value: 'trace', isList: true };
const FIELDS = [ID, TIMING];

describe('headers that were given', () => {
  const both = { 'x-trace-id': 'id', 'server-timing': 'trace' };
  const rows: readonly [what: string, given: unknown, extended: unknown][] = [
    ['nothing', undefined, both],
    ['null', null, both],
    ['an object', { a: '1' }, { a: '1', ...both }],
    ['names in two cases', { A: '1', a: '2' }, { A: '1', a: '2', ...both }],
    ['a flat array', ['a', '1'], ['a', '1', 'x-trace-id', 'id', 'server-timing', 'trace']],
    ['no pairs', [], ['x-trace-id', 'id', 'server-timing', 'trace']],
    [
      'pairs',
      [['a', '1']],
      [
        ['a', '1'],
        ['x-trace-id', 'id'],
        ['server-timing', 'trace'],
      ],
    ],
    [
      'own fields, in an object',
      { 'X-TRACE-ID': '', 'Server-Timing': 'db' },
      { 'X-TRACE-ID': '', 'Server-Timing': 'db, trace' },
    ],
    [
      'own fields, flat, the last of several',
      ['Server-Timing', 'a', 'server-timing', 'b', 'x-trace-id', 'mine'],
      ['Server-Timing', 'a', 'server-timing', 'b, trace', 'x-trace-id', 'mine'],
    ],
    [
      'own fields, in pairs',
      [
        ['Server-Timing', ['a', 'b']],
        ['X-Trace-Id', 'mine'],
      ],
      [
        ['Server-Timing', ['a', 'b', 'trace']],
        ['X-Trace-Id', 'mine'],
      ],
    ],
    ['a value that Node refuses', { 'server-timing': null }, { 'server-timing': null, 'x-trace-id': 'id' }],
    ['no value', { 'x-trace-id': undefined }, { 'x-trace-id': undefined, 'server-timing': 'trace' }],
    ['no value, flat', ['x-trace-id', undefined], ['x-trace-id', undefined, 'server-timing', 'trace']],
    ['no value, in a pair', [['x-trace-id']], [['x-trace-id'], ['server-timing', 'trace']]],
    [
      'values that look like names',
      ['a', 'x-trace-id'],
      ['a', 'x-trace-id', 'x-trace-id', 'id', 'server-timing', 'trace'],
    ],
  ];
  for (const [what, given, extended] of rows) {
    test(what, () => {
      const before = structuredClone(given);
      assert.deepEqual(extendHead(given, FIELDS, undefined), extended);
      assert.deepEqual(given, before);
    });
  }

  test('an array that Node refuses is given back', () => {
    const odd = ['a', '1', 'b'];
    assert.equal(extendHead(odd, FIELDS, undefined), odd);
  });

  test('what HTTP/2 keeps under a symbol stays', () => {
    const sensitive = Symbol('sensitive');
    for (const given of [{ a: '1' }, ['a', '1']]) {
      const marked = Object.assign(given, { [sensitive]: ['a'] });
      assert.deepEqual(Reflect.get(extendHead(marked, FIELDS, undefined) as object, sensitive), ['a']);
    }
  });
});

test('headers that were set before count too, unless those that were given replace them', () => {
  const before = {
    getHeader: (name: string) => (name === 'server-timing' ? 'set' : undefined),
    getHeaderNames: () => ['server-timing'],
  };
  assert.deepEqual(extendHead(undefined, [TIMING], before), { 'server-timing': 'set, trace' });
  assert.deepEqual(extendHead(['a', '1'], [TIMING], before), ['a', '1', 'server-timing', 'set, trace']);
  assert.deepEqual(extendHead({ 'Server-Timing': 'new' }, [TIMING], before), {
    'Server-Timing': 'new, trace',
  });
  const pairs = [['a', '1']];
  assert.equal(extendHead(pairs, [TIMING], before), pairs);
});
