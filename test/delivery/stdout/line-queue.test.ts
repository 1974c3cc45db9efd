import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { LineQueue } from '../../../src/delivery/stdout/line-queue.ts';

test('lines come out in their order, in pieces of whole lines up to 4 KiB, however they are taken', () => {
  const line = fc.string({ unit: 'grapheme', maxLength: 2_000 }).map((text) => text.replaceAll('\n', ' '));
  const step = fc.oneof(
    fc.record({ line }),
    fc.record({ share: fc.double({ min: 0, max: 1, noNaN: true }) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const queue = new LineQueue();
      const [given, taken]: [string[], Buffer[]] = [[], []];
      for (const next of steps) {
        if ('line' in next) {
          assert.ok(queue.add(next.line));
          given.push(`${next.line}\n`);
        } else if (!queue.isEmpty) {
          const bytes = queue.next();
          assert.ok(bytes.length <= 4096 || bytes.indexOf('\n') === bytes.length - 1);
          const length = Math.ceil(bytes.length * next.share);
          taken.push(bytes.subarray(0, length));
          queue.take(length);
        }
      }
      const written = Buffer.concat(taken);
      const all = Buffer.from(given.join(''));
      assert.deepEqual(written, all.subarray(0, written.length));
      let end = 0;
      const whole = given.filter((text) => {
        end += Buffer.byteLength(text);
        return end <= written.length;
      });
      assert.equal(queue.clear(), given.length - whole.length);
      assert.ok(queue.isEmpty);
    }),
  );
});

test('a MiB may wait; what is taken makes room', () => {
  const queue = new LineQueue();
  const line = 'x'.repeat(1023);
  for (let lines = 0; lines < 1024; lines++) assert.ok(queue.add(line));
  assert.equal(queue.add(''), false);
  queue.take(1);
  assert.ok(queue.add(''));
  assert.equal(queue.add(''), false);
  assert.equal(queue.clear(), 1025);
  assert.ok(queue.add(line));
});

test('a line with line feeds in it is one', () => {
  const queue = new LineQueue();
  queue.add('a\nb\nc');
  queue.add('d');
  queue.take(4);
  assert.equal(queue.clear(), 2);
});
