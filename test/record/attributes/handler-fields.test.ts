// Fields and notes of handlers on the record: masking, limits, endings, and beside the attributes of a hook.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { defineField, type FieldOptions } from '../../../src/fields/definition.ts';
import type { Exchange } from '../../../src/http/exchange.ts';
import { ExchangeFields, type KeptValue } from '../../../src/http/fields/exchange-fields.ts';
import { DEFAULT_MASKING } from '../../../src/record/masking/default-masking.ts';
import type { Masking } from '../../../src/record/masking/masking.ts';
import type { RecordOptions } from '../../../src/record/record-options.ts';
import { contentReader, exchange, recordOptions } from '../support/exchange-factory.ts';

type Setting = readonly [name: string, value: KeptValue, options?: FieldOptions];

function fieldsOf(settings: readonly Setting[], notes: readonly string[] = []): ExchangeFields {
  const fields = new ExchangeFields();
  for (const [name, value, options = {}] of settings) fields.set(defineField(name, options), value);
  for (const note of notes) fields.note(note);
  return fields;
}

/** Shows which strategy a value had, and finds `secret` in any text. */
const MASKING: Masking = {
  ...DEFAULT_MASKING,
  canHash: true,
  text: (_attribute, value) => value.replaceAll('secret', '******'),
  field: (attribute, value, strategy) => {
    if (strategy === undefined) return MASKING.text(attribute, value);
    return strategy.kind === 'remove' ? undefined : `${strategy.kind}(${attribute}, ${value})`;
  },
};

interface Made {
  readonly fields: object;
  readonly json: string;
}

function made(
  overrides: Partial<Exchange>,
  options: Partial<RecordOptions> = {},
  hook: Readonly<Record<string, unknown>> | undefined = undefined,
): Made {
  const masking = { current: MASKING };
  const plain = contentReader(recordOptions({ masking }))(exchange()).attributes;
  const read = contentReader(recordOptions({ masking, body: 'json', ...options }));
  const { attributes, body } = read(exchange(overrides), undefined, hook);
  const added = Object.entries(attributes).filter(
    ([name]) => !(name in plain) && name !== 'error.type' && name !== 'access_log.suppressed_before',
  );
  return { fields: Object.fromEntries(added), json: body };
}

const BAD: Partial<Exchange> = { statusCode: 500 };

describe('fields of handlers on the record', () => {
  test('are attributes of their types, and members at the end of a line of JSON', () => {
    const fields = fieldsOf([
      ['app.tenant', 'acme'],
      ['app.items', 3],
      ['app.price', 1.5],
      ['app.premium', false],
      ['app.tags', ['a', 'b"']],
      ['app.none', []],
    ]);
    const values = {
      'app.tenant': 'acme',
      'app.items': 3,
      'app.price': 1.5,
      'app.premium': false,
      'app.tags': ['a', 'b"'],
      'app.none': [],
    };
    const { fields: attributes, json } = made({ fields });
    assert.deepEqual(attributes, values);
    assert.ok(json.endsWith(`,"service":"shop",${JSON.stringify(values).slice(1)}`), json);
  });

  test('take no place of a member of the line', () => {
    const settings = ['time', 'path', 'ip', 'notes', 'service'].map((name): Setting => [name, 'mine']);
    const { fields, json } = made({ fields: fieldsOf([...settings, ['tenant', 'acme']]) });
    assert.deepEqual(Object.keys(fields), ['time', 'path', 'ip', 'notes', 'service', 'tenant']);
    const { tenant, ...others } = JSON.parse(json);
    assert.equal(tenant, 'acme');
    assert.ok(!Object.values(others).includes('mine'), json);
  });

  const cases: readonly [name: string, settings: readonly Setting[], attributes: object][] = [
    ['are scanned as any text', [['a', 'a secret']], { a: 'a ******' }],
    ['are scanned in lists', [['a', ['secret', 'x']]], { a: ['******', 'x'] }],
    ['have their strategy', [['a', 'v', { mask: 'hash' }]], { a: 'hash(a, v)' }],
    [
      'have their strategy in lists',
      [['a', ['v', 'w'], { mask: 'keep:1:1' }]],
      { a: ['keep(a, v)', 'keep(a, w)'] },
    ],
    [
      'are left out where the strategy says so',
      [
        ['a', 'v', { mask: 'remove' }],
        ['b', ['v'], { mask: 'remove' }],
        ['c', 1, { mask: 'remove' }],
      ],
      {},
    ],
    [
      'that are numbers have it too',
      [['a', 4111111111111111, { mask: 'keep:6:4' }]],
      { a: 'keep(a, 4111111111111111)' },
    ],
    ['that are booleans have it too', [['a', true, { mask: 'mask' }]], { a: 'mask(a, true)' }],
    [
      'are cut to 256 characters',
      [['a', 'x'.repeat(257)]],
      { a: 'x'.repeat(256), 'access_log.truncated': ['a'] },
    ],
    [
      'are cut as their definition says',
      [['a', 'xy\ud83d\ude00', { maxLength: 3 }]],
      { a: 'xy', 'access_log.truncated': ['a'] },
    ],
    ['are well-formed', [['a', 'x\ud800']], { a: 'x\ufffd' }],
    [
      'are masked before they are cut',
      [['a', 'xxsecret', { maxLength: 5 }]],
      { a: 'xx***', 'access_log.truncated': ['a'] },
    ],
    [
      'that were longer than masking looks at say so',
      [['a', `${'secret'.repeat(341)}abc`]],
      { a: '*'.repeat(256), 'access_log.truncated': ['a'] },
    ],
    [
      'have 16 texts at most',
      [['a', new Array(17).fill('x')]],
      { a: new Array(16).fill('x'), 'access_log.truncated': ['a'] },
    ],
    [
      'that are for bad endings are left out of others',
      [
        ['a', 'v', { when: 'bad' }],
        ['b', 'w'],
      ],
      { b: 'w' },
    ],
  ];
  for (const [name, settings, attributes] of cases) {
    test(name, () => assert.deepEqual(made({ fields: fieldsOf(settings) }).fields, attributes));
  }

  test('whose strategy comes from a later version of the package are left out, and listed', () => {
    const fields = new ExchangeFields();
    fields.set({ ...defineField('a', {}), mask: 'tokenize' }, 'v');
    assert.deepEqual(made({ fields }).fields, { 'access_log.truncated': ['a'] });
  });

  for (const [name, masking] of [
    ['with rules', { ...MASKING, canHash: false }],
    ['without rules', DEFAULT_MASKING],
  ] as const) {
    test(`that are to be hashed are left out without a key, ${name}`, () => {
      const fields = fieldsOf([['a', 'v', { mask: 'hash' }]]);
      const attributes = made({ fields }, { masking: { current: masking } }).fields;
      assert.deepEqual(attributes, { 'access_log.truncated': ['a'] });
    });
  }

  test('with any strategy do not show their value where no rules apply it', () => {
    const fields = fieldsOf([
      ['a', 'v', { mask: 'mask' }],
      ['b', 'w', { mask: 'show' }],
    ]);
    assert.deepEqual(made({ fields }, { masking: { current: DEFAULT_MASKING } }).fields, { b: 'w' });
  });

  test('that are for bad endings are there then', () => {
    const fields = fieldsOf([['a', 'v', { when: 'bad' }]]);
    assert.deepEqual(made({ fields, ...BAD }).fields, { a: 'v' });
  });

  test('come before headers, whatever a client sends', () => {
    const fields = fieldsOf(Array.from({ length: 32 }, (_, index) => [`app.${index}`, 'x'.repeat(256)]));
    const requestHeaders = ['a', 'b', 'c'];
    const { fields: attributes } = made(
      { fields, requestHeaders: Object.fromEntries(requestHeaders.map((name) => [name, 'y'.repeat(1024)])) },
      { requestHeaders },
    );
    const names = Object.keys(attributes).filter((name) => name.startsWith('app.'));
    assert.equal(names.length, 32);
  });

  test('are not replaced by a hook, whose attribute is listed as left out', () => {
    const fields = fieldsOf([['user.id', 'v', { mask: 'hash' }]]);
    const hook = { 'user.id': 'raw', 'app.other': 1 };
    assert.deepEqual(made({ fields }, {}, hook).fields, {
      'user.id': 'hash(user.id, v)',
      'app.other': 1,
      'access_log.truncated': ['user.id'],
    });
    assert.deepEqual(made({}, {}, hook).fields, { 'user.id': 'raw', 'app.other': 1 });
  });
});

describe('notes', () => {
  const fields = fieldsOf([], ['found a secret', 'x'.repeat(300)]);

  test('are on the record of an exchange that ended badly, masked and cut', () => {
    const notes = ['found a ******', 'x'.repeat(256)];
    const { fields: attributes, json } = made({ fields, ...BAD });
    assert.deepEqual(attributes, { 'access_log.notes': notes, 'access_log.truncated': ['access_log.notes'] });
    assert.deepEqual(JSON.parse(json).notes, notes);
  });

  test('are on no other', () => {
    const { fields: attributes, json } = made({ fields });
    assert.deepEqual(attributes, {});
    assert.equal(JSON.parse(json).notes, undefined);
  });
});

describe('headers that are detail', () => {
  const ended: Partial<Exchange> = {
    requestHeaders: { 'x-a': '1', 'x-b': '2', authorization: 'Bearer abc' },
    responseHead: 'HTTP/1.1 200 OK\r\nX-C: 3\r\nX-D: 4\r\n\r\n',
  };
  const options: Partial<RecordOptions> = {
    requestHeaders: ['x-a'],
    responseHeaders: ['x-c'],
    detailRequestHeaders: ['x-a', 'x-b', 'authorization'],
    detailResponseHeaders: ['x-c', 'x-d'],
  };
  const always = { 'http.request.header.x-a': ['1'], 'http.response.header.x-c': ['3'] };
  const whole = {
    ...always,
    'http.request.header.x-b': ['2'],
    'http.request.header.authorization': ['Bearer REDACTED'],
    'http.response.header.x-d': ['4'],
  };
  const cases: readonly [
    name: string,
    Partial<Exchange>,
    when: RecordOptions['detailWhen'] | undefined,
    isThere: boolean,
  ][] = [
    ['a success', {}, undefined, false],
    ['404', { statusCode: 404 }, undefined, false],
    ['404, asked for', { statusCode: 404 }, ['4xx'], true],
    ['500', { statusCode: 500 }, undefined, true],
    ['500, not asked for', { statusCode: 500 }, ['4xx', 'aborted'], false],
    ['an error of gRPC', { grpcStatus: 13 }, undefined, true],
    ['a timeout', { outcome: 'timeout', statusCode: undefined }, undefined, true],
    ['a crash', { outcome: 'crashed' }, undefined, true],
    ['an abort', { outcome: 'aborted' }, undefined, false],
    ['an abort, asked for', { outcome: 'aborted' }, ['aborted'], true],
    ['a slow one', { timeToHeadersMs: 1001 }, undefined, true],
  ];
  for (const [name, overrides, when, isThere] of cases) {
    test(`${isThere ? 'are there with' : 'are not there with'} ${name}`, () => {
      const detailWhen = when === undefined ? {} : { detailWhen: when };
      const { fields } = made({ ...ended, ...overrides }, { ...options, ...detailWhen });
      const { 'rpc.status_code': _status, ...headers }: Record<string, unknown> = { ...fields };
      assert.deepEqual(headers, isThere ? whole : always);
    });
  }
});
