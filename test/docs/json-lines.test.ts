import assert from 'node:assert/strict';
import { test } from 'node:test';
import { renderJson } from '../../src/record/body/json.ts';
import { RecordWriter } from '../../src/record/record-writer.ts';
import { codeSpans, tableRows } from './support/markdown.ts';

test('docs/record.md has every member of a JSON line, in the order of the line', () => {
  const source = Object.assign(new RecordWriter(), {
    severityText: 'WARN',
    method: 'GET',
    path: '/',
    query: 'a=1',
    statusCode: 200,
    outcome: 'aborted',
    errorType: 'ECONNRESET',
    responseBodySize: 1,
    clientAddress: '203.0.113.7',
    userAgent: 'curl',
    traceId: '0af7651916cd43dd8448eb211c80319c',
    spanId: 'b7ad6b7169203331',
    route: '/',
    suppressedBefore: 1,
    additions: { 'access_log.notes': ['a note'] },
  });
  const documented = tableRows('docs/record.md', 'JSON lines').flatMap(([member = '']) => codeSpans(member));
  assert.deepEqual(documented, Object.keys(JSON.parse(renderJson(source, 'shop'))));
});
