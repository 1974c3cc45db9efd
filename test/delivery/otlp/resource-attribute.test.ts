import assert from 'node:assert/strict';
import { test } from 'node:test';
import { resourceFromAttributes } from '@opentelemetry/resources';
import fc from 'fast-check';
import { OtlpEnvelope, StoredEnvelope } from '../../../src/delivery/otlp/envelope.ts';
import { withResourceAttribute } from '../../../src/delivery/otlp/resource-attribute.ts';
import { type DecodedRequest, decodeRequest } from './support/official.ts';

const text = fc.string({ unit: 'grapheme', maxLength: 20 });
const attributes = fc.dictionary(
  text.filter((name) => name !== '__proto__'),
  fc.oneof(
    text,
    fc.integer(),
    fc.boolean(),
    fc.array(text, { maxLength: 3 }),
    fc.constant('x'.repeat(20_000)),
  ),
  { maxKeys: 8 },
);

/** The resource, scope and schema URLs of a message with these heads, as the official schema decodes them. */
function decoded(resourceLogs: Uint8Array, scopeLogs: Uint8Array): DecodedRequest {
  const envelope = new StoredEnvelope({ resourceLogs, scopeLogs });
  const bytes = Buffer.alloc(envelope.prefixLength(0));
  envelope.writePrefix(bytes, 0, 0);
  return decodeRequest(bytes);
}

function attributesOf({ resourceLogs: [group] }: DecodedRequest): readonly object[] {
  assert.ok(group !== undefined && 'attributes' in group.resource);
  return group.resource.attributes as readonly object[];
}

test('an attribute more, for a receiver, and everything else as it was', () => {
  fc.assert(
    fc.property(attributes, fc.boolean(), text, text, (all, hasUrl, name, value) => {
      const resource = resourceFromAttributes(all, hasUrl ? { schemaUrl: 'https://example.com/1' } : {});
      const { resourceLogs, scopeLogs } = new OtlpEnvelope(resource, { name: 'scope' }).heads();
      const before = decoded(resourceLogs, scopeLogs);
      const after = decoded(withResourceAttribute(resourceLogs, name, value), scopeLogs);
      const [group] = before.resourceLogs;
      const expected = [...attributesOf(before), { key: name, value: { stringValue: value } }];
      assert.deepEqual(after, {
        resourceLogs: [{ ...group, resource: { ...group?.resource, attributes: expected } }],
      });
    }),
  );
});

test('what begins with no resource gets one', () => {
  for (const resourceLogs of [Uint8Array.of(), Buffer.from('1a0475726c31', 'hex')]) {
    const request = decoded(withResourceAttribute(resourceLogs, 'a', 'b'), Uint8Array.of());
    assert.deepEqual(attributesOf(request), [{ key: 'a', value: { stringValue: 'b' } }]);
  }
});

test('no bytes throw', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      const longer = withResourceAttribute(bytes, 'name', 'value');
      assert.ok(longer.length > bytes.length);
    }),
  );
});
