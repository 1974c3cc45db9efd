import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { encodingOf, LineSplitter } from '../../../src/cli/mask/lines.ts';

const KIB = 1024;

function linesOf(chunks: readonly Uint8Array[]): (readonly [text: string, end: string, isCut: boolean])[] {
  const splitter = new LineSplitter();
  const lines = chunks.flatMap((chunk) => [...splitter.push(Buffer.from(chunk))]);
  return [...lines, ...splitter.end()].map(({ bytes, end, isCut }) => [bytes.toString('latin1'), end, isCut]);
}

test('every byte comes out again, however the input is cut into chunks', () => {
  const bytes = fc.array(fc.constantFrom(0x0a, 0x0d, 0x61, 0xff), { maxLength: 40 });
  fc.assert(
    fc.property(fc.array(bytes, { maxLength: 5 }), (chunks) => {
      const whole = Buffer.from(chunks.flat()).toString('latin1');
      const lines = linesOf(chunks.map((chunk) => Uint8Array.from(chunk)));
      assert.equal(lines.map(([text, end]) => text + end).join(''), whole);
      assert.deepEqual(lines, linesOf([Buffer.from(whole, 'latin1')]));
    }),
  );
});

test('a line ends with \\n, \\r\\n, or the input', () => {
  const lines = linesOf([Buffer.from('a\r\n\nb\rc')]);
  assert.deepEqual(lines, [
    ['a', '\r\n', false],
    ['', '\n', false],
    ['b\rc', '', false],
  ]);
  assert.deepEqual(linesOf([]), []);
});

test('of a line the first 64 KiB are held, and the next line is whole', () => {
  const part = Buffer.alloc(40 * KIB, 'x');
  const lines = linesOf([part, part, part, Buffer.from('\r\nnext\n')]);
  assert.deepEqual(lines, [
    ['x'.repeat(64 * KIB), '\n', true],
    ['next', '\n', false],
  ]);
});

test('bytes that are no UTF-8 are characters of Latin-1, as Node reads those of a head', () => {
  assert.equal(encodingOf(Buffer.from('１')), 'utf8');
  assert.equal(encodingOf(Buffer.from([0x61, 0xff])), 'latin1');
});
