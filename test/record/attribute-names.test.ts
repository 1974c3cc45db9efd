import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as conventions from '@opentelemetry/semantic-conventions/incubating';
import * as names from '../../src/record/attribute-names.ts';

/** Ours; the conventions have the duration as a metric only. */
const OWN = new Set<string>([names.HTTP_SERVER_REQUEST_DURATION]);

test('every attribute without our prefix is one of the semantic conventions', () => {
  const known = new Set<unknown>();
  for (const [key, value] of Object.entries(conventions)) {
    if (key.startsWith('ATTR_'))
      known.add(typeof value === 'function' ? value('x').slice(0, -'x'.length) : value);
  }
  const unknown = Object.values(names).filter(
    (name) => !known.has(name) && !OWN.has(name) && !name.startsWith(names.ACCESS_LOG_PREFIX),
  );
  assert.deepEqual(unknown, []);
});
