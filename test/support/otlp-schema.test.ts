import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import official from 'otlp-schema/build/src/generated/root.js';
import { ExportLogsServiceRequest, ExportLogsServiceResponse } from '../../src/cli/otlp-schema.ts';

interface Message {
  decode(bytes: Uint8Array): object;
  encode(message: object): { finish(): Uint8Array };
  fromObject(plain: object): object;
  toObject(message: object, options: object): object;
}
interface Official {
  readonly opentelemetry: {
    readonly proto: {
      readonly collector: { readonly logs: { readonly v1: Readonly<Record<string, Message>> } };
    };
  };
}

/** The official generated code: its type declarations say nothing about what is in it. */
function officialMessage(name: string): Message {
  const root: unknown = official;
  assert.ok(isOfficial(root));
  const message = root.opentelemetry.proto.collector.logs.v1[name];
  assert.ok(message !== undefined);
  return message;
}
function isOfficial(value: unknown): value is Official {
  return typeof value === 'object' && value !== null && 'opentelemetry' in value;
}

const text = fc.string({ unit: 'grapheme', maxLength: 20 });
const bytes = fc.uint8Array({ maxLength: 20 }).map((array) => Buffer.from(array));
/** Up to where `fromObject` of the official version agrees with itself on the sign. */
const unsigned = fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }).map(String);
const signed = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String);
const { anyValue } = fc.letrec((tie) => ({
  anyValue: fc.oneof(
    { maxDepth: 3 },
    fc.constant({}),
    fc.record({ stringValue: text }),
    fc.record({ boolValue: fc.boolean() }),
    fc.record({ intValue: signed }),
    fc.record({ doubleValue: fc.double() }),
    fc.record({ bytesValue: bytes }),
    fc.record({
      arrayValue: fc.record({ values: fc.array(tie('anyValue'), { minLength: 1, maxLength: 3 }) }),
    }),
    fc.record({
      kvlistValue: fc.record({
        values: fc.array(fc.record({ key: text, value: tie('anyValue') }), { minLength: 1, maxLength: 3 }),
      }),
    }),
  ),
}));
const some = <T>(one: fc.Arbitrary<T>): fc.Arbitrary<T[]> => fc.array(one, { minLength: 1, maxLength: 3 });
const attributes = some(fc.record({ key: text, value: anyValue }));
const logRecord = fc.record(
  {
    timeUnixNano: unsigned,
    observedTimeUnixNano: unsigned,
    severityNumber: fc.integer({ min: 0, max: 24 }),
    severityText: text,
    body: anyValue,
    attributes,
    flags: fc.nat(2 ** 31),
    traceId: bytes,
    spanId: bytes,
    eventName: text,
  },
  { requiredKeys: [] },
);
const scope = fc.record({ name: text, version: text }, { requiredKeys: [] });
const scopeLogs = fc.record({ scope, logRecords: some(logRecord) }, { requiredKeys: [] });
const resource = fc.record({ attributes }, { requiredKeys: [] });
const request = fc.record({
  resourceLogs: some(fc.record({ resource, scopeLogs: some(scopeLogs) }, { requiredKeys: [] })),
});
const response = fc.record(
  { partialSuccess: fc.record({ rejectedLogRecords: signed, errorMessage: text }, { requiredKeys: [] }) },
  { requiredKeys: [] },
);

const CASES: readonly (readonly [name: string, ours: Message, plain: fc.Arbitrary<object>])[] = [
  ['ExportLogsServiceRequest', ExportLogsServiceRequest, request],
  ['ExportLogsServiceResponse', ExportLogsServiceResponse, response],
];

/** With defaults: proto3 does not tell a field that is absent from one that is empty. */
const TOLD = { longs: String, defaults: true };

/** A field that one side does not know is missed where the other side reads both. */
describe('our schema and the official one', () => {
  for (const [name, ours, plain] of CASES) {
    const theirs = officialMessage(name);
    for (const [told, from, to] of [
      ['we read what the official code writes', theirs, ours],
      ['the official code reads what we write', ours, theirs],
    ] as const) {
      test(`${name}: ${told}`, () => {
        fc.assert(
          fc.property(plain, (object) => {
            const readBy = (writer: Message): object =>
              to.toObject(to.decode(writer.encode(writer.fromObject(object)).finish()), TOLD);
            assert.deepEqual(readBy(from), readBy(to));
          }),
        );
      });
    }
  }
});
