import fc from 'fast-check';
import { encodeFrame, type FrameContent } from '../../../../src/delivery/spool/frame/frame.ts';
import type { ExchangeReceipt } from '../../../../src/record/receipt/receipt.ts';

const text = fc.string({ unit: 'grapheme', maxLength: 20 });

const receipt: fc.Arbitrary<ExchangeReceipt> = fc.record(
  {
    kind: fc.constant('exchange' as const),
    route: fc.option(text, { nil: undefined }),
    method: text,
    statusCode: fc.option(fc.oneof(fc.integer({ min: 100, max: 599 }), fc.double({ noNaN: true })), {
      nil: undefined,
    }),
    outcome: fc.constantFrom('completed', 'aborted', '_OTHER'),
    suppressedBefore: fc.nat(),
  },
  { noNullPrototype: true },
);

const bytes = (maxLength: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ minLength: 1, maxLength });
const wallTime = fc.integer({ min: 0, max: 4_000_000_000_000 });

interface Record {
  readonly bytes: Uint8Array;
  readonly receipt: number;
  readonly beginsGroup: boolean;
  readonly head: number;
}

/** Content of a frame: some groups and receipts that its records share, its bytes in one part for each record. */
export const content: fc.Arbitrary<FrameContent> = fc
  .record({
    receipts: fc.array(receipt, { maxLength: 4 }),
    heads: fc.array(fc.uint8Array({ maxLength: 30 }), { minLength: 1, maxLength: 3 }),
    records: fc.array(
      fc.record({ bytes: bytes(60), receipt: fc.nat(4), beginsGroup: fc.boolean(), head: fc.nat(2) }),
      { minLength: 1, maxLength: 12 },
    ),
    oldestMs: wallTime,
    newestMs: wallTime,
  })
  .map(({ receipts, heads, records, oldestMs, newestMs }) => ({
    ...contentOf(receipts, heads, records),
    oldestMs,
    newestMs,
  }));

function contentOf(
  receipts: readonly ExchangeReceipt[],
  heads: readonly Uint8Array[],
  records: readonly Record[],
): Omit<FrameContent, 'oldestMs' | 'newestMs'> {
  const headAt = (index: number): Uint8Array => heads[index % heads.length] ?? new Uint8Array();
  let end = 0;
  return {
    groups: records.flatMap(({ beginsGroup, head }, from) =>
      beginsGroup || from === 0 ? [{ resourceLogs: headAt(head), scopeLogs: headAt(head + 1), from }] : [],
    ),
    ends: records.map((record) => {
      end += record.bytes.length;
      return end;
    }),
    receipts: records.map((record) => receipts[record.receipt]),
    records: records.map((record) => record.bytes),
  };
}

/** What a frame holds, comparable: bytes as text, the records in one piece. */
export function shown(frame: FrameContent | undefined): unknown {
  if (frame === undefined) return undefined;
  return {
    ...frame,
    groups: frame.groups.map(({ resourceLogs, scopeLogs, from }) => ({
      resourceLogs: hex(resourceLogs),
      scopeLogs: hex(scopeLogs),
      from,
    })),
    records: hex(Buffer.concat(frame.records)),
  };
}

function hex(part: Uint8Array): string {
  return Buffer.from(part).toString('hex');
}

/** A frame with these texts as its records, all of exchanges of one key. */
export function frameOf(...texts: readonly string[]): readonly Uint8Array[] {
  return encodeFrame(contentWith(texts));
}

export function contentWith(texts: readonly string[], route = '/shop'): FrameContent {
  const receipt: ExchangeReceipt = {
    kind: 'exchange',
    route,
    method: 'GET',
    statusCode: 200,
    outcome: 'completed',
    suppressedBefore: 0,
  };
  const records = texts.map((each) => Buffer.from(each));
  let end = 0;
  return {
    groups: [{ resourceLogs: Buffer.from('resource'), scopeLogs: Buffer.from('scope'), from: 0 }],
    ends: records.map(({ length }) => {
      end += length;
      return end;
    }),
    receipts: records.map(() => receipt),
    records,
    oldestMs: 1_000,
    newestMs: 2_000,
  };
}

/** The records of a frame as texts. */
export function textsOf(frame: FrameContent | undefined): readonly string[] | undefined {
  if (frame === undefined) return undefined;
  const all = Buffer.concat(frame.records);
  return frame.ends.map((end, index) => all.toString('utf8', frame.ends[index - 1] ?? 0, end));
}
