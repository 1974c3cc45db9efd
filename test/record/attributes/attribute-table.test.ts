import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInThisContext } from 'node:vm';
import * as conventions from '@opentelemetry/semantic-conventions/incubating';
import { attributesOf } from '../../../src/record/attributes/attribute-map.ts';
import { HTTP_SERVER_REQUEST_DURATION } from '../../../src/record/attributes/attribute-names.ts';
import {
  ATTRIBUTE_ROWS,
  ATTRIBUTES,
  type Attribute,
} from '../../../src/record/attributes/attribute-table.ts';
import { addHookAttributes } from '../../../src/record/attributes/hook-attributes.ts';
import { DEFAULT_MASKING } from '../../../src/record/masking/default-masking.ts';
import { RecordWriter } from '../../../src/record/record-writer.ts';

/** Ours; the conventions have the duration as a metric only. */
const OWN_NAMES = new Set<string>([HTTP_SERVER_REQUEST_DURATION]);

const SAMPLES = { string: 'x', int: 300, double: 1.5, 'string[]': ['x', 'y'] } as const;

const ALWAYS = Object.fromEntries(
  ATTRIBUTE_ROWS.filter(([, { isRequired }]) => isRequired).map(([, { name, initial }]) => [name, initial]),
);

/** A record in which every attribute has a value. */
function fullWriter(): RecordWriter {
  const values = ATTRIBUTE_ROWS.map(([field, { type }]) => [field, SAMPLES[type]]);
  return Object.assign(new RecordWriter(), Object.fromEntries(values));
}

test('every attribute without our prefix is one of the semantic conventions', () => {
  const known = new Set<unknown>();
  for (const [key, value] of Object.entries(conventions)) {
    if (key.startsWith('ATTR_')) known.add(value);
  }
  const unknown = ATTRIBUTE_ROWS.map(([, { name }]) => name).filter(
    (name) => !known.has(name) && !OWN_NAMES.has(name) && !name.startsWith('access_log.'),
  );
  assert.deepEqual(unknown, []);
});

test('no two attributes have one name', () => {
  assert.equal(new Set(ATTRIBUTE_ROWS.map(([, { name }]) => name)).size, ATTRIBUTE_ROWS.length);
});

describe('the attribute map', () => {
  for (const [field, { name, type }] of ATTRIBUTE_ROWS) {
    test(`${field}, set alone, becomes ${name} alone`, () => {
      const fields = Object.assign(new RecordWriter(), { [field]: SAMPLES[type] });
      assert.deepEqual(attributesOf(fields), { ...ALWAYS, [name]: SAMPLES[type] });
    });
  }

  test('has nothing else in a new record than what every record has', () => {
    assert.deepEqual(attributesOf(new RecordWriter()), ALWAYS);
  });
});

describe('a hook', () => {
  for (const [field, attribute] of Object.entries(ATTRIBUTES)) {
    const { name, isReplaceable }: Attribute<unknown> = attribute;
    test(`${isReplaceable ? 'may' : 'may not'} replace ${field}`, () => {
      const writer = fullWriter();
      const before = attributesOf(writer);
      addHookAttributes(writer, { [name]: 'other' }, DEFAULT_MASKING);
      assert.deepEqual(attributesOf(writer), isReplaceable ? { ...before, [name]: 'other' } : before);
    });
  }
});

test('a record and its attribute map are no dictionaries, which are slow', () => {
  setFlagsFromString('--allow-natives-syntax');
  const hasFastProperties: (object: object) => boolean = runInThisContext('(o) => %HasFastProperties(o)');
  for (const writer of [new RecordWriter(), fullWriter()]) {
    assert.ok(hasFastProperties(writer));
    assert.ok(hasFastProperties(attributesOf(writer)));
  }
});
