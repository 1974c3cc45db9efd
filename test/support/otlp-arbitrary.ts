import fc from 'fast-check';

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
/** What an exporter may send, as `fromObject` of protobufjs takes it. */
export const exportRequest: fc.Arbitrary<object> = fc.record({
  resourceLogs: some(fc.record({ resource, scopeLogs: some(scopeLogs) }, { requiredKeys: [] })),
});
/** What a receiver may answer. */
export const exportResponse: fc.Arbitrary<object> = fc.record(
  { partialSuccess: fc.record({ rejectedLogRecords: signed, errorMessage: text }, { requiredKeys: [] }) },
  { requiredKeys: [] },
);
