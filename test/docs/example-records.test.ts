// The records in the READMEs of the examples have the layout of the console exporter and the order of a record. That their
// content is what the examples give is tested with the examples.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { readReadme } from '../examples/support/readme.ts';
import {
  contentReader,
  exchange,
  RECORD_CONTEXT,
  recordOptions,
} from '../record/support/exchange-factory.ts';
import { inRepo } from '../support/repo-root.ts';

const record = contentReader(recordOptions())(exchange({ target: '/orders/42?page=2' }), RECORD_CONTEXT);
const order = [...Object.keys(record.attributes), 'app.tenant'];

const printed = readdirSync(inRepo('examples')).filter((example) => {
  const readme = inRepo('examples', example, 'README.md');
  return existsSync(readme) && /^```js\n\{$/m.test(readFileSync(readme, 'utf8'));
});

describe('the record in the README of', () => {
  for (const example of printed) {
    test(`${example} is one that is printed`, () => {
      const shown = Object.keys(readReadme(example).record.attributes);
      assert.deepEqual(
        shown,
        order.filter((name) => shown.includes(name)),
      );
    });
  }
});

test('nine READMEs show what is printed', () => {
  assert.equal(printed.length, 9);
});
