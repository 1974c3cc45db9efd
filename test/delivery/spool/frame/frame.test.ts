import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import {
  countsOf,
  decodeFrame,
  encodeFrame,
  type FrameContent,
} from '../../../../src/delivery/spool/frame/frame.ts';
import { HEADER_BYTES, readHeader, writeHeader } from '../../../../src/delivery/spool/frame/frame-header.ts';
import type { ExchangeReceipt } from '../../../../src/record/receipt/receipt.ts';
import { content, contentWith, shown } from '../support/contents.ts';

const KIB = 1024;
const MIB = 1024 * KIB;

const bytesOf = (frame: FrameContent): Buffer => Buffer.concat(encodeFrame(frame));

/** Makes the checksums of changed metadata match. */
function reseal(head: Buffer): void {
  const header = readHeader(head);
  if (header === undefined) assert.fail();
  writeHeader(head, { ...header, metadataCheck: crc32(head.subarray(HEADER_BYTES)) });
}

describe('a frame', () => {
  test('is read as it was written', () => {
    fc.assert(
      fc.property(content, (written) => {
        assert.deepEqual(shown(decodeFrame(bytesOf(written))), shown(written));
      }),
    );
  });

  test('begins with a header that says what is in it', () => {
    fc.assert(
      fc.property(content, (written) => {
        const parts = encodeFrame(written);
        const [head = Buffer.alloc(0)] = parts;
        const header = readHeader(head);
        const recordsLength = written.ends[written.ends.length - 1] ?? 0;
        assert.deepEqual(
          { ...header, metadataCheck: 0, recordsCheck: 0, check: 0 },
          {
            length: head.length + recordsLength,
            metadataLength: head.length - HEADER_BYTES,
            recordsLength,
            records: written.ends.length,
            exchanges: written.receipts.filter((receipt) => receipt !== undefined).length,
            oldestMs: written.oldestMs,
            newestMs: written.newestMs,
            metadataCheck: 0,
            recordsCheck: 0,
            check: 0,
          },
        );
        assert.deepEqual(parts.slice(1), written.records, 'the records are not copied');
      }),
    );
  });

  test('is not read where any one of its bytes is another', () => {
    fc.assert(
      fc.property(content, fc.integer({ min: 1, max: 255 }), (written, change) => {
        const bytes = bytesOf(written);
        for (const [at, byte] of bytes.entries()) {
          bytes[at] = byte ^ change;
          assert.equal(decodeFrame(bytes), undefined, `byte ${at}`);
          bytes[at] = byte;
        }
      }),
      { numRuns: 30 },
    );
  });

  test('is not read where it is cut off at any length, or something follows', () => {
    fc.assert(
      fc.property(content, (written) => {
        const bytes = bytesOf(written);
        for (let length = 0; length < bytes.length; length += 1)
          assert.equal(decodeFrame(bytes.subarray(0, length)), undefined, `${length} bytes`);
        assert.equal(decodeFrame(Buffer.concat([bytes, Buffer.alloc(1)])), undefined);
      }),
      { numRuns: 30 },
    );
  });

  test('is never found in other bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2 * KIB }), (bytes) => {
        assert.deepEqual(
          [readHeader(bytes), decodeFrame(bytes), countsOf(bytes)],
          [undefined, undefined, undefined],
        );
      }),
    );
  });

  test('causes no error and shows no other records where changed metadata has matching checksums', () => {
    fc.assert(
      fc.property(
        content,
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 5 }),
        (written, changes) => {
          const [head = Buffer.alloc(0), ...records] = encodeFrame(written);
          const bytes = Buffer.from(head);
          for (const [at, value] of changes)
            bytes[HEADER_BYTES + (at % (bytes.length - HEADER_BYTES))] = value;
          reseal(bytes);
          const frame = Buffer.concat([bytes, ...records]);
          const read = decodeFrame(frame);
          if (read === undefined) return;
          assert.equal(read.ends[read.ends.length - 1], read.records[0]?.length);
          assert.equal(read.receipts.length, written.receipts.length);
        },
      ),
      { numRuns: 1_000 },
    );
  });

  test('counts its exchanges by key without its records', () => {
    const shop: ExchangeReceipt = {
      kind: 'exchange',
      route: '/shop',
      method: 'GET',
      statusCode: 200,
      outcome: 'completed',
      suppressedBefore: 0,
    };
    const suppressed = { ...shop, suppressedBefore: 3 };
    const aborted = { ...shop, route: undefined, statusCode: undefined, outcome: 'aborted' };
    const written: FrameContent = {
      ...contentWith(['1', '2', '3', '4', '5', '6']),
      receipts: [shop, undefined, suppressed, { ...shop }, aborted, shop],
    };
    const [head = Buffer.alloc(0)] = encodeFrame(written);
    assert.deepEqual(countsOf(head), [
      { receipt: shop, count: 3 },
      { receipt: suppressed, count: 1 },
      { receipt: aborted, count: 1 },
    ]);
    assert.equal(countsOf(head.subarray(0, -1)), undefined);
  });

  test('stores heads once that groups share', () => {
    const [resourceLogs, scopeLogs] = [Buffer.alloc(2 * KIB, 'r'), Buffer.alloc(KIB, 's')];
    const written: FrameContent = {
      ...contentWith(Array.from({ length: 100 }, (_, index) => `record ${index}`)),
      groups: Array.from({ length: 100 }, (_, from) => ({ resourceLogs, scopeLogs, from })),
    };
    const [head] = encodeFrame(written);
    assert.ok(head !== undefined && head.length < 5 * KIB);
    assert.deepEqual(shown(decodeFrame(bytesOf(written))), shown(written));
  });

  test('cuts a route that is far too long', () => {
    const read = decodeFrame(bytesOf(contentWith(['1'], 'ä'.repeat(100_000))));
    assert.equal(read?.receipts[0]?.route, 'ä'.repeat(4_096));
  });

  const base = contentWith(['1', '22']);
  const receipt = base.receipts[0];
  const outOfBounds: readonly (readonly [string, FrameContent])[] = [
    ['no records', { ...base, ends: [], receipts: [], records: [] }],
    ['an empty record', { ...base, ends: [0, 3] }],
    ['records that end before they begin', { ...base, ends: [4, 3] }],
    ['fewer bytes than its records', { ...base, ends: [1, 4] }],
    ['fewer receipts than records', { ...base, receipts: [receipt] }],
    ['no groups', { ...base, groups: [] }],
    [
      'records before the first group',
      { ...base, groups: base.groups.map((group) => ({ ...group, from: 1 })) },
    ],
    ['groups without records', { ...base, groups: [...base.groups, ...base.groups] }],
    [
      'a group behind its records',
      { ...base, groups: base.groups.flatMap((group) => [group, { ...group, from: 2 }]) },
    ],
    ['no time', { ...base, oldestMs: Number.NaN }],
    [
      'a record of more than 4 MiB',
      { ...base, ends: [1, 4 * MIB + 2], records: [Buffer.alloc(4 * MIB + 2)] },
    ],
    [
      'more than 16 MiB',
      {
        ...base,
        ends: [1, 2, 3, 4].map((each) => each * 4 * MIB),
        receipts: [1, 2, 3, 4].map(() => receipt),
        records: [Buffer.alloc(16 * MIB)],
      },
    ],
    [
      'more than 65,536 records',
      {
        ...base,
        ends: Array.from({ length: 65_537 }, (_, index) => index + 1),
        receipts: new Array<undefined>(65_537).fill(undefined),
        records: [Buffer.alloc(65_537)],
      },
    ],
  ];
  for (const [title, wrong] of outOfBounds)
    test(`is not written with ${title}`, () => assert.throws(() => encodeFrame(wrong), RangeError));

  test('is read with as many and as large records as it may have', () => {
    const most: FrameContent = {
      ...base,
      ends: Array.from({ length: 65_536 }, (_, index) => index + 1),
      receipts: Array.from({ length: 65_536 }, (_, index) => ({
        ...(receipt ?? assert.fail()),
        suppressedBefore: index,
      })),
      records: [Buffer.alloc(65_536)],
    };
    assert.equal(decodeFrame(bytesOf(most))?.receipts[65_535]?.suppressedBefore, 65_535);
    const large = { ...base, ends: [4 * MIB, 8 * MIB], records: [Buffer.alloc(8 * MIB)] };
    assert.deepEqual(decodeFrame(bytesOf(large))?.ends, large.ends);
  });
});
