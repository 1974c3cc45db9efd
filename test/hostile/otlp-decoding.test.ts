// The receiver's own decoders: against a slow and obvious one, and against bytes that no exporter sends.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { decodeJson } from '../../src/cli/receiver/otlp-json.ts';
import { Allowance } from '../../src/cli/receiver/otlp-limits.ts';
import { decodeProtobuf } from '../../src/cli/receiver/otlp-protobuf.ts';
import type { ReceivedRecord } from '../../src/cli/receiver/otlp-record.ts';
import { exportRequest } from '../support/otlp-arbitrary.ts';
import { jsonOf, referenceRecords } from '../support/otlp-reference.ts';
import { ExportLogsServiceRequest } from '../support/otlp-schema.ts';
import { attribute, exportOf, field, nested, pair, recordOf } from '../support/protobuf-bytes.ts';
import { fuzz } from './support/fuzz.ts';
import { assertLinear } from './support/growth.ts';

function encoded(request: object): Buffer {
  const message = ExportLogsServiceRequest.fromObject(request);
  return Buffer.from(ExportLogsServiceRequest.encode(message).finish());
}

/** `undefined` where they cannot be read; anything but an Error of ours fails the test. */
function readOf(decode: () => readonly ReceivedRecord[]): readonly ReceivedRecord[] | undefined {
  try {
    return decode();
  } catch (error) {
    const isExpected =
      error instanceof RangeError || error instanceof TypeError || error instanceof SyntaxError;
    assert.ok(isExpected, String(error));
    assert.doesNotMatch(error.message, /call stack|Cannot read|undefined/);
    return undefined;
  }
}

describe('what an exporter sends', () => {
  test('is read as by the reference, in protobuf and in JSON', () => {
    let records = 0;
    fuzz(
      fc.property(exportRequest, (request) => {
        const bytes = encoded(request);
        const expected = referenceRecords(bytes);
        assert.deepEqual(decodeProtobuf(bytes), expected);
        assert.deepEqual(decodeJson(jsonOf(request)), expected);
        records += expected.length;
      }),
      0.03,
    );
    assert.ok(records > 100, String(records));
  });

  test('may have its fields in any order, and unknown ones between them', () => {
    const unknown = Buffer.concat([field(15, 'x'), Buffer.of(0x70, 0xff, 0x01), Buffer.of(0x7d, 1, 2, 3, 4)]);
    const [record, ...others] = decodeProtobuf(
      Buffer.concat([
        unknown,
        field(
          1,
          unknown,
          field(
            2,
            recordOf(attribute('a', 'b'), unknown),
            unknown,
            field(1, field(2, '1.2'), field(1, 'scope')),
          ),
          field(1, pair(1, 'service.name', 'till')),
          field(1, pair(1, 'service.name', 'shop'), unknown),
        ),
      ]),
    );
    assert.deepEqual(others, []);
    assert.deepEqual(record, {
      timeUnixNano: 0n,
      observedTimeUnixNano: 0n,
      severityNumber: 0,
      severityText: undefined,
      body: undefined,
      eventName: undefined,
      traceId: undefined,
      spanId: undefined,
      flags: 0,
      attributes: { a: 'b' },
      // Of a field that is there twice the last one counts.
      resource: { 'service.name': 'shop' },
      scope: { name: 'scope', version: '1.2' },
    });
  });
});

describe('what no exporter sends', () => {
  const bytes = fc.uint8Array({ maxLength: 200 }).map((array) => Buffer.from(array));
  const changes = fc.array(fc.tuple(fc.nat(), fc.nat(255), fc.constantFrom('set', 'cut', 'insert')), {
    minLength: 1,
    maxLength: 4,
  });

  function changed(
    original: Buffer,
    edits: readonly (readonly [at: number, byte: number, how: string])[],
  ): Buffer {
    return edits.reduce<Buffer>((current, [at, byte, how]) => {
      const place = current.length === 0 ? 0 : at % current.length;
      if (how === 'cut') return current.subarray(0, place);
      const rest = current.subarray(how === 'set' ? place + 1 : place);
      return Buffer.concat([current.subarray(0, place), Buffer.of(byte), rest]);
    }, original);
  }

  test('is read or refused, and nothing else', () => {
    const seen = { read: 0, refused: 0 };
    fuzz(
      fc.property(exportRequest, changes, bytes, (request, edits, garbage) => {
        for (const read of [
          readOf(() => decodeProtobuf(changed(encoded(request), edits))),
          readOf(() => decodeProtobuf(garbage)),
          readOf(() => decodeJson(changed(jsonOf(request), edits))),
          readOf(() => decodeJson(garbage)),
        ]) {
          seen[read === undefined ? 'refused' : 'read']++;
        }
      }),
      0.03,
    );
    assert.ok(seen.read > 0 && seen.refused > 0, JSON.stringify(seen));
  });

  const tooLong = Buffer.from('0affffffffffffffffff01', 'hex');
  const rows: readonly (readonly [name: string, bytes: Buffer])[] = [
    ['an integer of eleven bytes', Buffer.from('70ffffffffffffffffffff01', 'hex')],
    ['a length that is negative', tooLong],
    ['a length beyond the end', Buffer.from('0aff01', 'hex')],
    ['a length beyond the end of the message around it', field(1, Buffer.from('1205', 'hex'))],
    ['a field without a number', Buffer.from('0200', 'hex')],
    ['a group', Buffer.from('0b0c', 'hex')],
    ['half a number', exportOf(recordOf(Buffer.from('090102', 'hex')))],
    ['65 levels', nested(65)],
    ['100,000 levels', exportOf(recordOf(field(5, Buffer.alloc(2 * 100_000, 0x0a))))],
  ];
  for (const [name, hostile] of rows) {
    test(`${name} is refused`, () => {
      assert.equal(
        readOf(() => decodeProtobuf(hostile)),
        undefined,
      );
    });
  }

  test('64 levels are read', () => assert.equal(decodeProtobuf(nested(64)).length, 1));

  const withValue = (value: string): Buffer =>
    Buffer.from(`{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":${value}}]}]}]}`);
  for (const value of [
    '{"intValue":"1e5"}',
    `{"intValue":"${'9'.repeat(1000)}"}`,
    '{"intValue":1.5}',
    '{"intValue":{}}',
    '{"stringValue":5}',
    '{"arrayValue":[]}',
    '{"arrayValue":{"values":{}}}',
    '[]',
    '5',
  ]) {
    test(`${value.slice(0, 40)} is refused`, () => {
      assert.equal(
        readOf(() => decodeJson(withValue(value))),
        undefined,
      );
    });
  }
});

test('limits are those of all of an export, and what is beyond them is counted', () => {
  const allowance = new Allowance();
  const record = recordOf(...Array.from({ length: 300 }, (_, index) => attribute(`k${index}`, 'x')));
  const [first] = decodeProtobuf(exportOf(record, record), allowance);
  assert.equal(Object.keys(first?.attributes ?? {}).length, 256);
  assert.deepEqual([allowance.recordsLeftOut, allowance.valuesLeftOut], [0, 88]);
});

describe('takes time as it is long', () => {
  const pairs = (length: number): Buffer[] =>
    Array.from({ length: Math.floor(length / 14) }, (_, index) => attribute(index.toString(36), 'x'));
  const shapes: Readonly<Record<string, (length: number) => Buffer>> = {
    'empty records': (length) => exportOf(Buffer.alloc(length, Buffer.of(0x12, 0))),
    'empty groups': (length) => Buffer.alloc(length, Buffer.of(0x0a, 0)),
    attributes: (length) => exportOf(recordOf(...pairs(length))),
    'the same attribute': (length) => exportOf(recordOf(Buffer.alloc(length, attribute('k', 'x')))),
    'unknown fields': (length) => Buffer.alloc(length, Buffer.of(0x78, 0)),
    'a long text': (length) => exportOf(recordOf(attribute('k', 'x'.repeat(length)))),
  };
  for (const [name, make] of Object.entries(shapes)) {
    test(name, () => assertLinear(make, (input) => readOf(() => decodeProtobuf(input))));
  }

  const documents: Readonly<Record<string, (length: number) => Buffer>> = {
    'open brackets': (length) => Buffer.from('['.repeat(length)),
    quotes: (length) => Buffer.from('"'.repeat(length)),
    backslashes: (length) => Buffer.from(`"${'\\'.repeat(length)}`),
  };
  for (const [name, make] of Object.entries(documents)) {
    test(name, () => assertLinear(make, (input) => readOf(() => decodeJson(input))));
  }
});
