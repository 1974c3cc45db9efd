import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { attributesOf } from '../../../src/record/attributes/attribute-map.ts';
import { addHookAttributes } from '../../../src/record/attributes/hook-attributes.ts';
import { DEFAULT_MASKING } from '../../../src/record/masking/default-masking.ts';
import type { Masking } from '../../../src/record/masking/masking.ts';
import { RecordWriter } from '../../../src/record/record-writer.ts';
import { KEY, maskingOf } from '../masking/support/masking-of.ts';

function added(additions: Readonly<Record<string, unknown>>, masking: Masking = DEFAULT_MASKING): unknown {
  const writer = new RecordWriter();
  writer.path = '/reset/s3cret';
  addHookAttributes(writer, additions, masking);
  return attributesOf(writer);
}

const SEEN = {
  'http.request.method': '',
  'url.path': '/reset/s3cret',
  'url.scheme': 'http',
  'http.server.request.duration': 0,
  'access_log.outcome': 'completed',
};

describe('addHookAttributes', () => {
  const cases: readonly [name: string, additions: Readonly<Record<string, unknown>>, attributes: object][] = [
    ['adds nothing', {}, SEEN],
    [
      'adds what attributes can hold',
      { a: 'b', c: 1.5, d: false, e: '' },
      { ...SEEN, a: 'b', c: 1.5, d: false, e: '' },
    ],
    [
      'adds arrays',
      { a: ['b'], c: [1, 2], d: [true], e: [] },
      { ...SEEN, a: ['b'], c: [1, 2], d: [true], e: [] },
    ],
    ['writes bigints as text', { a: 12345678901234567890n }, { ...SEEN, a: '12345678901234567890' }],
    ['leaves out nothing quietly', { a: undefined, b: null }, SEEN],
    [
      'leaves out what attributes cannot hold, and says so',
      {
        a: {},
        b: Number.NaN,
        c: () => 1,
        d: [1, 'x'],
        e: [{}],
        f: Symbol('x'),
        g: [Number.POSITIVE_INFINITY],
      },
      { ...SEEN, 'access_log.truncated': ['a', 'b', 'c', 'd', 'e', 'f', 'g'] },
    ],
    ['may replace the path', { 'url.path': '/reset/-' }, { ...SEEN, 'url.path': '/reset/-' }],
    ['may not replace the path by a number', { 'url.path': 1 }, SEEN],
    ['may name the client', { 'client.address': 'x' }, { ...SEEN, 'client.address': 'x' }],
    [
      'may not say what was not seen',
      {
        'http.response.status_code': 499,
        'http.route': '/x',
        'error.type': 'x',
        'server.port': 1,
        'access_log.outcome': 'x',
        'access_log.event': 'heartbeat',
        '': 1,
      },
      SEEN,
    ],
    ['does not touch the prototype', JSON.parse('{"__proto__": ["x"]}'), SEEN],
    [
      'does not show a session where it cannot be hashed',
      { 'session.id': 's3cret' },
      { ...SEEN, 'access_log.truncated': ['session.id'] },
    ],
    ['mends texts', { a: '\ud83d', '\ud83d': 1 }, { ...SEEN, a: '\ufffd', '\ufffd': 1 }],
  ];
  for (const [name, additions, attributes] of cases) {
    test(name, () => assert.deepEqual(added(additions), attributes));
  }

  test('masks numbers as their texts', () => {
    assert.deepEqual(
      added(
        { a: 4111111111111111, b: 13800138000, c: [1, 4111111111111111], d: 4111111111111112 },
        maskingOf(),
      ),
      { ...SEEN, a: '*'.repeat(16), b: '*'.repeat(11), c: ['1', '*'.repeat(16)], d: 4111111111111112 },
    );
  });

  test('masks path, query and headers by names, as those of the request', () => {
    const rules = `paths: { "/reset/{token}": { token: replace } }
query: { seat: remove }
headers: { x-plan: mask }`;
    assert.deepEqual(
      added(
        {
          'url.path': '/reset/s3cret',
          'url.query': 'seat=7&%74oken=s3cret&a=1',
          'http.request.header.cookie': ['sid=s3cret'],
          'http.request.header.authorization': 'Token s3cret',
          'http.request.header.Referer': 'https://me:s3cret@shop.example/reset/s3cret?seat=7',
          'http.response.header.x-plan': 'gold',
          'http.response.header.x-api-key': 12,
        },
        maskingOf(rules),
      ),
      {
        ...SEEN,
        'url.path': '/reset/REDACTED',
        'url.query': '%74oken=REDACTED&a=1',
        'http.request.header.cookie': ['sid=REDACTED'],
        'http.request.header.authorization': 'REDACTED',
        'http.request.header.Referer': 'https://shop.example/reset/REDACTED?',
        'http.response.header.x-plan': '****',
        'http.response.header.x-api-key': 'REDACTED',
      },
    );
  });

  test('hashes a session, as that of a field', () => {
    const sessions = (value: unknown): unknown => added({ 'session.id': value }, maskingOf());
    assert.deepEqual(sessions('s3cret'), { ...SEEN, 'session.id': KEY.hash('session.id', 's3cret') });
    assert.deepEqual(sessions(7), { ...SEEN, 'session.id': KEY.hash('session.id', '7') });
    assert.deepEqual(sessions(['s3cret']), { ...SEEN, 'access_log.truncated': ['session.id'] });
  });

  test('adds at most 32, of bounded name and size', () => {
    const many = Object.fromEntries(Array.from({ length: 33 }, (_, index) => [`a${index}`, index]));
    const { a32, ...first } = many;
    assert.equal(a32, 32);
    assert.deepEqual(added(many), { ...SEEN, ...first, 'access_log.truncated': ['a32'] });
    assert.deepEqual(added({ ['n'.repeat(65)]: 1 }), { ...SEEN, 'access_log.truncated': ['n'.repeat(64)] });
    assert.deepEqual(added({ a: 'x'.repeat(4097), b: Array(65).fill(1), c: Array(65).fill('x') }), {
      ...SEEN,
      a: 'x'.repeat(4096),
      b: Array(64).fill(1),
      c: Array(64).fill('x'),
      'access_log.truncated': ['a', 'b', 'c'],
    });
  });
});
