import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { sizeOfVarint } from '../../../src/delivery/otlp/tags.ts';
import { writerOf } from './support/official.ts';

function written(write: (writer: ReturnType<typeof writerOf>) => void, size = 2000): Buffer {
  const writer = writerOf(size);
  write(writer);
  assert.equal(writer.overflow, false);
  return writer.bytes.subarray(0, writer.at);
}

/** The varint of a number of 64 bits, by definition. */
function varint(value: bigint): Buffer {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, value);
  for (; rest > 0x7fn; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  return Buffer.from([...bytes, Number(rest)]);
}

describe('varint', () => {
  const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(Number);
  const edges = [0, 7, 14, 21, 28, 31, 32, 35, 42, 49, 53, 56, 62].flatMap((power) => [
    2 ** power - 1,
    2 ** power,
    -(2 ** power),
  ]);
  test('any integer that a number can hold', () => {
    fc.assert(
      fc.property(fc.oneof(int64, fc.integer(), fc.maxSafeInteger(), fc.constantFrom(...edges)), (value) => {
        const expected = varint(BigInt(value));
        assert.deepEqual(
          written((writer) => writer.varint(value)),
          expected,
        );
        assert.equal(sizeOfVarint(value), expected.length);
      }),
    );
  });

  for (const value of [2 ** 63, 1.5, Number.NaN, Number.POSITIVE_INFINITY, -0]) {
    test(`${value} is harmless`, () => {
      const writer = writerOf(20);
      writer.varint(value);
      assert.ok(writer.at <= 10);
    });
  }
});

describe('time', () => {
  const nanosOf = (seconds: number, nanos: number): bigint =>
    written((writer) => writer.time(seconds, nanos)).readBigUInt64LE();

  test('any time from 1970 to 2554', () => {
    const seconds = fc.oneof(
      fc.nat(18_446_744_072),
      fc.integer({ min: 1_700_000_000, max: 5_000_000_000 }),
      fc.constantFrom(2 ** 31 - 1, 2 ** 31, 2 ** 32, 4_611_686_017, 4_611_686_018, 4_611_686_019),
    );
    fc.assert(
      fc.property(seconds, fc.nat(999_999_999), (whole, nanos) => {
        assert.equal(nanosOf(whole, nanos), BigInt(whole) * 1_000_000_000n + BigInt(nanos));
      }),
    );
  });

  test('what is no time is "unknown"', () => {
    for (const [seconds, nanos] of [
      [-1, 0],
      [0, -1],
      [Number.NaN, 0],
      [1, Number.NaN],
      [Number.POSITIVE_INFINITY, 0],
    ] as const) {
      assert.equal(nanosOf(seconds, nanos), 0n, `${seconds}, ${nanos}`);
    }
  });

  test('nanoseconds of more than a second count', () => {
    assert.equal(nanosOf(1, 1_500_000_000), 2_500_000_000n);
  });
});

describe('text', () => {
  /** Every length of every kind of text: what one way of writing is good for the next one need not be. */
  const KINDS: readonly (readonly [name: string, unit: string])[] = [
    ['ASCII', 'a'],
    ['Latin-1', 'é'],
    ['three bytes', '漢'],
    ['four bytes', '😀'],
    ['the first half of a pair', '\ud83d'],
    ['the second half of a pair', '\ude00'],
  ];
  const asUtf8 = (text: string): Buffer => {
    // The official serializer uses this one.
    const bytes = Buffer.from(new TextEncoder().encode(text));
    return Buffer.concat([varint(BigInt(bytes.length)), bytes]);
  };

  for (const [name, unit] of KINDS) {
    test(`${name}, after and before ASCII`, () => {
      for (let length = 0; length <= 140; length++) {
        for (const text of [`${'x'.repeat(length)}${unit}`, `${unit.repeat(length)}x`]) {
          assert.deepEqual(
            written((writer) => writer.text(text)),
            asUtf8(text),
          );
        }
      }
    });
  }

  test('any text', () => {
    const units = fc.uint16Array({ maxLength: 100 }).map((codes) => String.fromCharCode(...codes));
    fc.assert(
      fc.property(fc.oneof(fc.string({ maxLength: 100 }), units), (value) =>
        assert.deepEqual(
          written((writer) => writer.text(value)),
          asUtf8(value),
        ),
      ),
    );
  });

  for (const length of [127, 128, 16_383, 16_384]) {
    test(`${length} units, some of which take more bytes than one`, () => {
      for (const text of ['x'.repeat(length), 'é漢'.padEnd(length, 'x'), 'é'.repeat(length)]) {
        assert.deepEqual(
          written((writer) => writer.text(text), 50_000),
          asUtf8(text),
        );
      }
    });
  }

  test('the same once the code is optimised', () => {
    const text = `${'x'.repeat(90)}é`;
    const expected = asUtf8(text);
    const writer = writerOf(200);
    for (let count = 0; count < 20_000; count++) {
      writer.at = 0;
      writer.text(text);
    }
    assert.deepEqual(writer.bytes.subarray(0, writer.at), expected);
  });
});

test('hexadecimal of either case', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), fc.boolean(), (bytes, isUpper) => {
      const hex = Buffer.from(bytes).toString('hex');
      assert.deepEqual(
        written((writer) => writer.hex(isUpper ? hex.toUpperCase() : hex)),
        Buffer.concat([varint(BigInt(bytes.length)), bytes]),
      );
    }),
  );
});

test('a length before what it is the length of, whatever was reserved for it', () => {
  for (const length of [0, 1, 127, 128, 16_383, 16_384]) {
    const content = Buffer.alloc(length, 'x');
    for (const reserved of [1, 2, 3]) {
      assert.deepEqual(
        written((writer) => {
          const start = writer.open(reserved);
          writer.raw(content);
          writer.close(start, reserved);
        }, 20_000),
        Buffer.concat([varint(BigInt(length)), content]),
      );
    }
  }
});

describe('what does not fit', () => {
  const WRITES: Readonly<Record<string, (writer: ReturnType<typeof writerOf>) => void>> = {
    byte: (writer) => writer.byte(1),
    varint: (writer) => writer.varint(-1),
    fixed32: (writer) => writer.fixed32(1),
    double: (writer) => writer.double(1),
    time: (writer) => writer.time(1, 1),
    raw: (writer) => writer.raw(Buffer.from('raw')),
    'short text': (writer) => writer.text('text'),
    'text that is not ASCII': (writer) => writer.text('é漢😀'),
    'long text': (writer) => writer.text('x'.repeat(200)),
    'long text that is not ASCII': (writer) => writer.text('漢'.repeat(100)),
    hex: (writer) => writer.hex('0af7651916cd43dd'),
    'a length that needs more than was reserved': (writer) => {
      const start = writer.open(1);
      writer.raw(Buffer.alloc(200));
      writer.close(start, 1);
    },
  };
  for (const [name, write] of Object.entries(WRITES)) {
    test(`${name}: nothing is written beyond the end, and it is noted`, () => {
      const { length } = written(write);
      for (let room = 0; room <= length; room++) {
        const writer = writerOf(length + 20);
        writer.bytes.fill(0xaa);
        writer.at = 5;
        writer.end = 5 + room;
        write(writer);
        assert.equal(writer.overflow, room < length);
        assert.deepEqual(writer.bytes.subarray(writer.end), Buffer.alloc(15 + length - room, 0xaa));
        assert.ok(writer.at <= writer.end);
      }
    });
  }
});
