import type { ExchangeReceipt } from '../../../record/receipt/receipt.ts';
import type { ByteWriter } from '../../otlp/byte-writer.ts';
import type { ByteReader } from './byte-reader.ts';

/**
 * UTF-16 units of a route, method or outcome. A longer text is cut, so that one strange record does not keep its batch
 * off the disk; its loss would be counted under the beginning of its route.
 */
const MAX_TEXT = 4_096;
/** Bytes beside the texts: flags, status code, count, three lengths. */
const FIXED_BYTES = 1 + 8 + 8 + 3 * 4;

const HAS_ROUTE = 1;
const HAS_STATUS = 2;

/** The different receipts of a frame, and for each record the number of its receipt: 0 for none, 1 for the first. */
export class ReceiptTable {
  readonly numbers: number[] = [];
  readonly #receipts: ExchangeReceipt[] = [];
  /** Receipts are shared (`ReceiptCache`), so identity finds nearly all that are equal. */
  readonly #known = new Map<ExchangeReceipt, number>();
  #exchanges = 0;
  #maxBytes = 4;

  constructor(receipts: readonly (ExchangeReceipt | undefined)[]) {
    for (const receipt of receipts) this.numbers.push(receipt === undefined ? 0 : this.#numberOf(receipt));
  }

  /** Records that have a receipt. */
  get exchanges(): number {
    return this.#exchanges;
  }

  /** Bytes that `write` writes, at most. */
  get maxBytes(): number {
    return this.#maxBytes;
  }

  write(writer: ByteWriter): void {
    writer.varint(this.#receipts.length);
    for (const { route, method, statusCode, outcome, suppressedBefore } of this.#receipts) {
      writer.byte((route === undefined ? 0 : HAS_ROUTE) | (statusCode === undefined ? 0 : HAS_STATUS));
      if (route !== undefined) writer.text(cut(route));
      writer.text(cut(method));
      // A double, since an SDK may hand over any number as the status code of its own record.
      if (statusCode !== undefined) writer.double(statusCode);
      writer.text(cut(outcome));
      writer.double(suppressedBefore);
    }
  }

  #numberOf(receipt: ExchangeReceipt): number {
    this.#exchanges += 1;
    const known = this.#known.get(receipt);
    if (known !== undefined) return known;
    const number = this.#receipts.push(receipt);
    this.#known.set(receipt, number);
    const units = cut(receipt.route ?? '').length + cut(receipt.method).length + cut(receipt.outcome).length;
    this.#maxBytes += FIXED_BYTES + 3 * units;
    return number;
  }
}

/** Reads what `ReceiptTable` has written. @param most receipts, at most: a frame has no more than it has records */
export function readReceipts(reader: ByteReader, most: number): readonly ExchangeReceipt[] {
  const receipts: ExchangeReceipt[] = [];
  const count = reader.varint();
  if (count > most) reader.failed = true;
  for (let index = 0; index < count && !reader.failed; index += 1) receipts.push(readReceipt(reader));
  return receipts;
}

function readReceipt(reader: ByteReader): ExchangeReceipt {
  const flags = reader.byte();
  return {
    kind: 'exchange',
    route: flags & HAS_ROUTE ? reader.text() : undefined,
    method: reader.text(),
    statusCode: flags & HAS_STATUS ? reader.double() : undefined,
    outcome: reader.text(),
    suppressedBefore: reader.double(),
  };
}

function cut(text: string): string {
  return text.length <= MAX_TEXT ? text : text.slice(0, MAX_TEXT);
}
