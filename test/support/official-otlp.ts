import assert from 'node:assert/strict';
import official from 'otlp-schema/build/src/generated/root.js';

export interface Message {
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

/** A message of the official generated code: its type declarations say nothing about what is in it. */
export function officialMessage(name: string): Message {
  const root: unknown = official;
  assert.ok(isOfficial(root));
  const message = root.opentelemetry.proto.collector.logs.v1[name];
  assert.ok(message !== undefined);
  return message;
}
function isOfficial(value: unknown): value is Official {
  return typeof value === 'object' && value !== null && 'opentelemetry' in value;
}
