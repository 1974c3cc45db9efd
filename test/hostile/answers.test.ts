// What a receiver answers, as bytes: read as a slow and obvious reader of protobuf reads it, in time that grows with the
// bytes, and without keeping what nobody asks for.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import {
  decodeExportResponse,
  decodeRetryInfo,
  decodeStatusMessage,
} from '../../src/delivery/otlp/export-response.ts';
import { fuzz } from './support/fuzz.ts';
import { assertLinear } from './support/growth.ts';

interface Field {
  readonly number: bigint;
  readonly value: bigint | Buffer;
}

/** All fields as far as the bytes can be read; the content of the last one may be cut off. */
function fieldsOf(bytes: Buffer): Field[] {
  const fields: Field[] = [];
  let rest = bytes;
  const take = (length: number): Buffer => {
    const taken = rest.subarray(0, length);
    rest = rest.subarray(length);
    return taken;
  };
  const varint = (): bigint | undefined => {
    const length = rest.findIndex((byte) => byte < 0x80) + 1;
    if (length < 1 || length > 10) return undefined;
    const digits = [...take(length)].map((byte, index) => BigInt(byte & 0x7f) << BigInt(7 * index));
    return BigInt.asUintN(
      64,
      digits.reduce((sum, digit) => sum + digit, 0n),
    );
  };
  while (rest.length > 0) {
    const tag = varint();
    if (tag === undefined || tag < 8n || tag >= 2n ** 32n) break;
    const number = tag >> 3n;
    // Of no interest, whatever their number is.
    if ((tag & 7n) === 1n) take(8);
    else if ((tag & 7n) === 5n) take(4);
    else if ((tag & 7n) === 0n || (tag & 7n) === 2n) {
      const value = varint();
      if (value === undefined) break;
      fields.push({ number, value: (tag & 7n) === 0n ? value : take(Number(value)) });
    } else break;
  }
  return fields;
}

// Reference: each question is asked of the list of all fields.
const messagesOf = (bytes: Buffer, number: bigint): Buffer[] =>
  fieldsOf(bytes).flatMap((field) =>
    field.number === number && typeof field.value !== 'bigint' ? [field.value] : [],
  );
const integerOf = (messages: readonly Buffer[], number: bigint): number => {
  const values = messages
    .flatMap(fieldsOf)
    .flatMap((field) => (field.number === number && typeof field.value === 'bigint' ? [field.value] : []));
  return Number(BigInt.asIntN(64, values.at(-1) ?? 0n));
};
const slow = {
  exportResponse(bytes: Buffer) {
    const partials = messagesOf(bytes, 1n);
    const message = partials.flatMap((partial) => messagesOf(partial, 2n)).at(-1);
    return { rejected: Math.max(0, integerOf(partials, 1n)), message: message?.toString() ?? '' };
  },
  statusMessage: (bytes: Buffer) => messagesOf(bytes, 2n)[0]?.toString() ?? '',
  retryInfo(bytes: Buffer) {
    const detail = messagesOf(bytes, 3n).find((each) =>
      /^(?:.*\/)?google\.rpc\.RetryInfo$/s.test(messagesOf(each, 1n).at(-1)?.toString() ?? ''),
    );
    if (detail === undefined) return undefined;
    const delays = messagesOf(detail, 2n)
      .slice(-1)
      .flatMap((retryInfo) => messagesOf(retryInfo, 1n));
    return Math.max(0, integerOf(delays, 1n) * 1000 + integerOf(delays, 2n) / 1e6);
  },
};

function varint(value: bigint): Buffer {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, value);
  for (; rest > 0x7fn; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  return Buffer.from([...bytes, Number(rest)]);
}

const delimited = (number: number, content: Uint8Array): Buffer =>
  Buffer.concat([varint(BigInt(number * 8 + 2)), varint(BigInt(content.length)), content]);

/** Messages of fields that mean something somewhere, nested, with anything between them. */
const { message } = fc.letrec<{ message: Buffer; field: Buffer }>((tie) => ({
  message: fc.array(tie('field'), { maxLength: 5 }).map((fields) => Buffer.concat(fields)),
  field: fc.oneof(
    { depthSize: 'medium', withCrossShrink: true },
    fc.uint8Array({ maxLength: 3 }).map((bytes) => Buffer.from(bytes)),
    fc
      .tuple(fc.nat(4), fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }))
      .map(([number, value]) => Buffer.concat([varint(BigInt(number * 8)), varint(value)])),
    fc
      .tuple(fc.nat(4), fc.constantFrom('a', 'ü', '/google.rpc.RetryInfo', 'x/google.rpc.RetryInfo'))
      .map(([number, text]) => delimited(number, Buffer.from(text))),
    fc.tuple(fc.nat(4), tie('message')).map(([number, content]) => delimited(number, content)),
    fc
      .tuple(fc.constantFrom(0x11, 0x15, 0x99), fc.uint8Array({ minLength: 8, maxLength: 8 }))
      .map(([tag, bytes]) => Buffer.from([tag, ...bytes.subarray(0, tag % 8 === 5 ? 4 : 8)])),
    tie('message').map((content) =>
      delimited(
        3,
        Buffer.concat([delimited(1, Buffer.from('x/google.rpc.RetryInfo')), delimited(2, content)]),
      ),
    ),
  ),
}));

/** The same with a byte changed, or its end missing. */
const damaged = fc.oneof(
  message,
  fc.tuple(message, fc.nat(), fc.nat(255)).map(([bytes, at, byte]) => {
    const changed = Buffer.from(bytes);
    if (changed.length > 0) changed[at % changed.length] = byte;
    return changed;
  }),
  fc.tuple(message, fc.nat(30)).map(([bytes, missing]) => bytes.subarray(0, -missing)),
);

test('answers are read as a slow and obvious reader reads them', () => {
  fuzz(
    fc.property(damaged, (bytes) => {
      assert.deepEqual(decodeExportResponse(bytes), slow.exportResponse(bytes));
      assert.deepEqual(decodeStatusMessage(bytes), slow.statusMessage(bytes));
      assert.deepEqual(decodeRetryInfo(bytes), slow.retryInfo(bytes));
    }),
    0.2,
  );
});

/** So often that it has about that length. */
const repeated = (bytes: Uint8Array, length: number): Buffer =>
  Buffer.alloc(Math.ceil(length / bytes.length) * bytes.length, bytes);

const MEANINGLESS: readonly (readonly [name: string, make: (length: number) => Buffer])[] = [
  ['a field of nothing, again and again', (length) => repeated(Buffer.of(0x7a, 0), length)],
  ['an integer, again and again', (length) => repeated(Buffer.of(0x78, 0xff, 0xff, 0x7f), length)],
  ['one long field', (length) => delimited(15, Buffer.alloc(length))],
  ['partial successes of nothing', (length) => repeated(Buffer.of(0x0a, 0), length)],
  [
    'a partial success of nothing but integers',
    (length) => delimited(1, repeated(Buffer.of(0x08, 1), length)),
  ],
  [
    'a partial success of messages',
    (length) => delimited(1, repeated(delimited(2, Buffer.from('no')), length)),
  ],
  ['details of nothing', (length) => repeated(Buffer.of(0x1a, 0), length)],
  [
    'details with long types',
    (length) => repeated(delimited(3, delimited(1, Buffer.alloc(500, '/'))), length),
  ],
  [
    'RetryInfo with delays',
    (length) =>
      delimited(
        3,
        Buffer.concat([
          delimited(1, Buffer.from('google.rpc.RetryInfo')),
          delimited(2, repeated(delimited(1, Buffer.of(8, 1)), length)),
        ]),
      ),
  ],
  ['groups', (length) => Buffer.alloc(length, 0x0b)],
  ['an integer without end', (length) => Buffer.alloc(length, 0xff)],
];

const decodeAll = (bytes: Buffer): unknown => [
  decodeExportResponse(bytes),
  decodeStatusMessage(bytes),
  decodeRetryInfo(bytes),
];

describe('the time that an answer takes grows with its length', () => {
  for (const [name, make] of MEANINGLESS) test(name, () => assertLinear(make, decodeAll));
});

describe('4 MiB of what means nothing cost neither memory nor time', () => {
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  for (const [name, make] of MEANINGLESS) {
    test(name, () => {
      const bytes = make(4 * 1024 * 1024);
      decodeAll(bytes);
      collectGarbage();
      const before = process.memoryUsage().heapUsed;
      const start = performance.now();
      decodeAll(bytes);
      const took = performance.now() - start;
      const grown = process.memoryUsage().heapUsed - before;
      assert.ok(grown < 8 * 1024 * 1024, `${grown} bytes`);
      assert.ok(took < 100, `${took} ms`);
    });
  }
});
