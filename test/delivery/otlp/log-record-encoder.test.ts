import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { resourceFromAttributes } from '@opentelemetry/resources';
import type { ReadableLogRecord } from '@opentelemetry/sdk-logs';
import fc from 'fast-check';
import { RecordEncoder } from '../../../src/delivery/otlp/record-encoder.ts';
import {
  type DecodedRecord,
  decodeRecords,
  type Entry,
  requestOf,
  serializeOfficially,
  type Value,
} from './support/official.ts';

const resource = resourceFromAttributes({ 'service.name': 'shop' });
const instrumentationScope = { name: 'otel-access-log', version: '1.2.3' };
const encoder = new RecordEncoder();

/** A record as JavaScript can hold it: it need not be what the interface says. */
function recordWith(fields: object): ReadableLogRecord {
  const record: ReadableLogRecord = {
    hrTime: [1_795_457_109, 12_345],
    hrTimeObserved: [1_795_457_109, 12_346],
    attributes: {},
    droppedAttributesCount: 0,
    resource,
    instrumentationScope,
  };
  return Object.defineProperties(record, Object.getOwnPropertyDescriptors(fields));
}

function encode(...records: ReadableLogRecord[]): DecodedRecord[] {
  const appends = records.map(
    (record) => (writer: Parameters<RecordEncoder['appendLogRecord']>[0]) =>
      encoder.appendLogRecord(writer, record),
  );
  return decodeRecords(requestOf(resource, instrumentationScope, appends));
}

function attributesOf(attributes: object): readonly Entry[] {
  return encode(recordWith({ attributes }))[0]?.attributes ?? [];
}

const text = fc.oneof(
  fc.string({ maxLength: 20 }),
  fc.uint16Array({ maxLength: 8 }).map((codes) => String.fromCharCode(...codes)),
  fc.constantFrom(62, 65, 125, 126, 200).map((length) => 'x'.repeat(length)),
);
const number = fc.oneof(
  fc.integer(),
  fc.double(),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(Number),
  fc.constantFrom(-0, 2 ** 53, 2 ** 62, 2 ** 63, -(2 ** 63), 1e300, Number.NaN, Number.NEGATIVE_INFINITY),
);
const { value } = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, depthIdentifier: 'value' },
    text,
    number,
    fc.boolean(),
    fc.constantFrom(null, undefined, 1n, Symbol('no value'), () => 'no value'),
    fc.uint8Array({ maxLength: 200 }),
    fc.array(tie('value'), { maxLength: 4, depthIdentifier: 'value' }),
    fc.dictionary(text, tie('value'), { maxKeys: 4, depthIdentifier: 'value' }),
  ),
}));
const time = fc.tuple(fc.nat(2 ** 33), fc.nat(999_999_999));
const hex = fc.uint8Array({ maxLength: 16 }).map((bytes) => Buffer.from(bytes).toString('hex'));
const perhaps = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(arbitrary, { nil: undefined });
const anyRecord = fc
  .record({
    hrTime: time,
    hrTimeObserved: time,
    severityNumber: perhaps(fc.integer({ min: 0, max: 24 })),
    severityText: perhaps(text),
    body: value,
    eventName: perhaps(text),
    attributes: fc.dictionary(text, value, { maxKeys: 6 }),
    droppedAttributesCount: fc.nat(),
    spanContext: perhaps(fc.record({ traceId: hex, spanId: hex, traceFlags: fc.nat(255) })),
  })
  .map(recordWith);

test('any record means what the official serializer makes of it', () => {
  fc.assert(
    fc.property(fc.array(anyRecord, { minLength: 1, maxLength: 3 }), (records) => {
      assert.deepEqual(encode(...records), decodeRecords(serializeOfficially(records)));
    }),
    { numRuns: 100 },
  );
});

describe('a value that cannot be read is none', () => {
  const { proxy: revoked, revoke } = Proxy.revocable({}, {});
  revoke();
  const { proxy: revokedArray, revoke: revokeArray } = Proxy.revocable([], {});
  revokeArray();
  const hostile = (): never => {
    throw new Error('hostile');
  };
  const unlisted = new Proxy({}, { ownKeys: hostile });
  const cyclicMap: Record<string, unknown> = { before: 1 };
  Object.assign(cyclicMap, { itself: cyclicMap, after: 2 });
  const cyclicArray: unknown[] = [1];
  cyclicArray.push({ up: cyclicArray }, 2);
  const shared = { a: 1 };

  const NONE = {};
  const one = { intValue: '1' };
  const two = { intValue: '2' };
  const map = (...values: Entry[]): Value => ({ kvlistValue: { values } });
  const array = (...values: Value[]): Value => ({ arrayValue: { values } });

  for (const [name, given, expected] of [
    ['a revoked Proxy', revoked, NONE],
    ['a revoked Proxy of an array', revokedArray, NONE],
    ['a Proxy of bytes', new Proxy(new Uint8Array(3), {}), NONE],
    ['a Proxy that is not to be listed', unlisted, map()],
    ['a Proxy that does nothing', new Proxy({ a: 1 }, {}), map({ key: 'a', value: one })],
    [
      'a map that throws for one name',
      Object.defineProperty({ a: 1, b: 2 }, 'a', { get: hostile }),
      map({ key: 'a', value: NONE }, { key: 'b', value: two }),
    ],
    [
      'an array that throws for one place',
      Object.defineProperty([1, 2], 0, { get: hostile }),
      array(NONE, two),
    ],
    [
      'a map within itself',
      cyclicMap,
      map({ key: 'before', value: one }, { key: 'itself', value: NONE }, { key: 'after', value: two }),
    ],
    ['an array within itself', cyclicArray, array(one, map({ key: 'up', value: NONE }), two)],
    [
      'the same map twice, neither within the other',
      [shared, shared],
      array(map({ key: 'a', value: one }), map({ key: 'a', value: one })),
    ],
    [
      'what has no type in OTLP',
      [Symbol('a'), 1n, () => 1, null, undefined],
      array(NONE, NONE, NONE, NONE, NONE),
    ],
    ['what is inherited', Object.create({ a: 1 }), map()],
  ] as const) {
    test(name, () => {
      assert.deepEqual(attributesOf({ a: 1, given, b: 2 }), [
        { key: 'a', value: one },
        { key: 'given', value: expected },
        { key: 'b', value: two },
      ]);
      assert.deepEqual(encode(recordWith({ body: given }))[0]?.body, expected);
    });
  }

  test('attributes that cannot be listed are none', () => {
    assert.deepEqual([attributesOf(revoked), attributesOf(unlisted)], [[], []]);
  });

  test('a getter among the attributes', () => {
    assert.deepEqual(
      attributesOf({
        get a() {
          return hostile();
        },
        b: 2,
      }),
      [
        { key: 'a', value: NONE },
        { key: 'b', value: two },
      ],
    );
  });

  test('what lies deeper than 30 levels', () => {
    const nested = (levels: number): unknown => (levels === 0 ? 'bottom' : [nested(levels - 1)]);
    const depthOf = (found: unknown): number => {
      assert.ok(typeof found === 'object' && found !== null);
      if (!('arrayValue' in found)) return 'stringValue' in found ? 0 : Number.NaN;
      assert.ok(typeof found.arrayValue === 'object' && found.arrayValue !== null);
      assert.ok('values' in found.arrayValue && Array.isArray(found.arrayValue.values));
      return 1 + depthOf(found.arrayValue.values[0]);
    };
    const [within, beyond] = attributesOf({ within: nested(30), beyond: nested(31) });
    assert.deepEqual([depthOf(within?.value), depthOf(beyond?.value)], [30, Number.NaN]);
  });
});

describe('a record that is not what the interface says', () => {
  const plain = { timeUnixNano: '1795457109000012345', observedTimeUnixNano: '1795457109000012346' };
  const told = (fields: object): object => {
    const [record] = encode(recordWith(fields));
    assert.ok(record !== undefined);
    const { timeUnixNano, observedTimeUnixNano, severityNumber, severityText, body, eventName, attributes } =
      record;
    return { timeUnixNano, observedTimeUnixNano, severityNumber, severityText, body, eventName, attributes };
  };
  const empty = {
    ...plain,
    severityNumber: 0,
    severityText: '',
    body: null,
    eventName: '',
    attributes: [],
  };

  test('fields of other types are left out', () => {
    const wrong = {
      severityNumber: '9',
      severityText: 9,
      eventName: {},
      attributes: 'none',
      droppedAttributesCount: -1,
      spanContext: { traceId: 1, spanId: null, traceFlags: 'sampled' },
    };
    assert.deepEqual(told(wrong), empty);
    assert.deepEqual(told({ spanContext: 'none', attributes: null }), empty);
  });

  test('times that are none', () => {
    assert.deepEqual(told({ hrTime: undefined, hrTimeObserved: ['1', 2] }), {
      ...empty,
      timeUnixNano: '0',
      observedTimeUnixNano: '0',
    });
  });

  test('a field that throws: what stands before it is told', () => {
    const fields = {
      severityText: 'INFO',
      get body(): string {
        throw new Error('hostile');
      },
      eventName: 'later',
    };
    assert.deepEqual(told(fields), { ...empty, severityText: 'INFO', observedTimeUnixNano: '0' });
  });
});
