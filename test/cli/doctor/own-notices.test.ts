import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OwnNotices } from '../../../src/cli/doctor/own-notices.ts';

function linesOf(...texts: string[]): readonly string[] {
  const notices = new OwnNotices();
  for (const text of texts) notices.add(text);
  return notices.lines;
}

test('lines of the access log are kept, each once, however they are cut', () => {
  const texts = ['starting\notel-access-', 'log: a\notel-access-log: b\r\n', 'otel-access-log: a\nthe end'];
  assert.deepEqual(linesOf(...texts), ['a', 'b']);
});

test('what is written without an end takes no memory', () => {
  const notices = new OwnNotices();
  for (let index = 0; index < 100; index += 1) notices.add('x'.repeat(10_000));
  notices.add('\n');
  for (let index = 0; index < 100; index += 1) notices.add(`otel-access-log: ${index}${'x'.repeat(5000)}\n`);
  assert.equal(notices.lines.length, 10);
  assert.equal(Math.max(...notices.lines.map(({ length }) => length)), 2000 - 'otel-access-log: '.length);
});
