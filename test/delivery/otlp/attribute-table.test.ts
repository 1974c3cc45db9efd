// Holds the hand-written encoder to the attribute table.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { RecordEncoder } from '../../../src/delivery/otlp/record-encoder.ts';
import { ATTRIBUTE_ROWS } from '../../../src/record/attributes/attribute-table.ts';
import type { RecordFields } from '../../../src/record/record-fields.ts';
import { RecordWriter } from '../../../src/record/record-writer.ts';
import { instrumentationScope, recordOf, resource } from './support/fields-factory.ts';
import { decodeRecords, type Entry, requestOf, serializeOfficially } from './support/official.ts';

/** No whole doubles: to the official serializer these are integers. */
const SAMPLES = {
  string: ['x', 'é'.repeat(100)],
  int: [1, 300, 70_000, 2 ** 40],
  double: [0.5, 1.25],
  'string[]': [['x', 'é']],
} as const;

function fieldsWith(values: object): RecordFields {
  return Object.assign(new RecordWriter(), { timestampSeconds: 1, duration: 0.0124 }, values);
}

function encoded(encoder: RecordEncoder, fields: RecordFields): readonly Entry[] {
  const request = requestOf(resource, instrumentationScope, [
    (writer) => encoder.appendFields(writer, fields),
  ]);
  return sorted(decodeRecords(request)[0]?.attributes);
}

function sorted(attributes: readonly Entry[] = []): readonly Entry[] {
  return [...attributes].sort((one, other) => (one.key < other.key ? -1 : 1));
}

describe('each attribute, set alone, is encoded as by the official serializer', () => {
  for (const [field, { name, type }] of ATTRIBUTE_ROWS) {
    test(name, () => {
      const encoder = new RecordEncoder();
      for (const value of SAMPLES[type]) {
        const fields = fieldsWith({ [field]: value });
        const expected = sorted(decodeRecords(serializeOfficially([recordOf(fields)]))[0]?.attributes);
        assert.equal(expected.filter(({ key }) => key === name).length, 1);
        // Twice: the second time out of caches.
        assert.deepEqual(encoded(encoder, fields), expected);
        assert.deepEqual(encoded(encoder, fields), expected);
      }
    });
  }
});
