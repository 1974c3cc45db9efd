import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { InstrumentationScope } from '@opentelemetry/core';
import { type Resource, resourceFromAttributes } from '@opentelemetry/resources';
import type { ReadableLogRecord } from '@opentelemetry/sdk-logs';
import fc from 'fast-check';
import { OtlpEnvelope } from '../../../src/delivery/otlp/envelope.ts';
import { RecordEncoder } from '../../../src/delivery/otlp/record-encoder.ts';
import { type DecodedRequest, decodeRequest, requestOf, serializeOfficially } from './support/official.ts';

function recordOf(
  resource: Resource,
  instrumentationScope: InstrumentationScope,
  body: string,
): ReadableLogRecord {
  return {
    hrTime: [1_795_457_109, 0],
    hrTimeObserved: [1_795_457_109, 0],
    body,
    attributes: {},
    droppedAttributesCount: 0,
    resource,
    instrumentationScope,
  };
}

function encode(resource: Resource, scope: InstrumentationScope, bodies: readonly string[]): Buffer {
  const encoder = new RecordEncoder();
  const appends = bodies.map(
    (body) => (writer: Parameters<RecordEncoder['append']>[0]) =>
      encoder.append(writer, recordOf(resource, scope, body)),
  );
  return requestOf(resource, scope, appends);
}

const text = fc.string({ unit: 'grapheme', maxLength: 20 });
const attributes = fc.dictionary(
  text,
  fc.oneof(text, fc.integer(), fc.double(), fc.boolean(), fc.array(text, { maxLength: 3 })),
  { maxKeys: 8 },
);
const schemaUrl = fc.constantFrom('', 'https://opentelemetry.io/schemas/1.44.0');
const anyEnvelope = fc.record({
  resource: fc
    .tuple(attributes, schemaUrl)
    .map(([all, url]) => resourceFromAttributes(all, url === '' ? {} : { schemaUrl: url })),
  scope: fc.record({
    name: text,
    version: text,
    schemaUrl,
    attributes,
    droppedAttributesCount: fc.constantFrom(0, 3),
  }),
  // From no record to one whose length takes three bytes.
  bodies: fc.array(fc.oneof(text, fc.constant('x'.repeat(20_000))), { minLength: 1, maxLength: 3 }),
});

test('several envelopes one after the other mean what the official serializer makes of all the records', () => {
  fc.assert(
    fc.property(fc.array(anyEnvelope, { minLength: 1, maxLength: 3 }), (envelopes) => {
      const ours = envelopes.map(({ resource, scope, bodies }) => encode(resource, scope, bodies));
      const records = envelopes.flatMap(({ resource, scope, bodies }) =>
        bodies.map((body) => recordOf(resource, scope, body)),
      );
      assert.deepEqual(decodeRequest(Buffer.concat(ours)), decodeRequest(serializeOfficially(records)));
    }),
  );
});

function resourceOf(request: DecodedRequest): object | undefined {
  return request.resourceLogs[0]?.resource;
}
const stringEntry = (key: string, stringValue: string): object => ({ key, value: { stringValue } });

describe('the resource', () => {
  const scope = { name: 'otel-access-log' };
  const prefixOf = (envelope: OtlpEnvelope): Buffer => {
    const prefix = Buffer.alloc(envelope.prefixLength(0));
    envelope.writePrefix(prefix, 0, 0);
    return prefix;
  };

  test('what is still looked for is told once it is there', async () => {
    let settle: (value: string) => void = () => {};
    const name = new Promise<string>((resolve) => {
      settle = resolve;
    });
    const resource = resourceFromAttributes({ 'service.name': 'shop', 'host.name': name });
    const envelope = new OtlpEnvelope(resource, scope);
    const told = (): object | undefined => resourceOf(decodeRequest(prefixOf(envelope)));
    const service = stringEntry('service.name', 'shop');
    assert.deepEqual(told(), { attributes: [service], droppedAttributesCount: 0, entityRefs: [] });
    settle('host-1');
    await resource.waitForAsyncAttributes?.();
    assert.deepEqual(told(), {
      attributes: [service, stringEntry('host.name', 'host-1')],
      droppedAttributesCount: 0,
      entityRefs: [],
    });
  });

  test('however long', () => {
    const long = 'x'.repeat(100_000);
    const envelope = new OtlpEnvelope(resourceFromAttributes({ long }), scope);
    assert.deepEqual(resourceOf(decodeRequest(prefixOf(envelope))), {
      attributes: [stringEntry('long', long)],
      droppedAttributesCount: 0,
      entityRefs: [],
    });
  });

  test('without end: left out', () => {
    const endless = resourceFromAttributes({});
    Object.defineProperty(endless, 'attributes', { value: { endless: new Array(2 ** 32 - 1) } });
    assert.equal(resourceOf(decodeRequest(prefixOf(new OtlpEnvelope(endless, scope)))), null);
  });
});

test('a prefix that has no room is an error', () => {
  const envelope = new OtlpEnvelope(resourceFromAttributes({}), { name: 'otel-access-log' });
  const room = Buffer.alloc(envelope.prefixLength(300));
  envelope.writePrefix(room, 0, 300);
  assert.throws(() => envelope.writePrefix(room, 1, 300), RangeError);
});
