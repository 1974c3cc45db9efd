import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { type Message, officialMessage } from './official-otlp.ts';
import { exportRequest, exportResponse } from './otlp-arbitrary.ts';
import { ExportLogsServiceRequest, ExportLogsServiceResponse } from './otlp-schema.ts';

const CASES: readonly (readonly [name: string, ours: Message, plain: fc.Arbitrary<object>])[] = [
  ['ExportLogsServiceRequest', ExportLogsServiceRequest, exportRequest],
  ['ExportLogsServiceResponse', ExportLogsServiceResponse, exportResponse],
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
