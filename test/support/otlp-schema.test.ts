import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import official from 'otlp-schema/build/src/generated/root.js';
import { exportRequest, exportResponse } from './otlp-arbitrary.ts';
import { ExportLogsServiceRequest, ExportLogsServiceResponse } from './otlp-schema.ts';

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
