/** Bytes that may wait for a reader; further lines are refused. */
const MAX_WAITING_BYTES = 1024 * 1024;
/** `PIPE_BUF` of Linux: writes to a pipe of up to this size are atomic (pipe(7)). */
const MAX_WRITE_BYTES = 4096;

/** Whole lines that are written together. */
interface Chunk {
  text: string;
  byteLength: number;
  /** Where each line ends. */
  readonly ends: number[];
}

/** Lines that wait to be written, up to a MiB, in order; up to 4 KiB of them are written together. */
export class LineQueue {
  readonly #chunks: Chunk[] = [];
  #byteLength = 0;
  #lines = 0;
  /** The part of the first chunk that is not written yet; `undefined` before its first write. */
  #rest: Buffer | undefined;

  get isEmpty(): boolean {
    return this.#chunks.length === 0;
  }

  /** Lines that wait. The lines of a chunk count until all of the chunk is written. */
  get lines(): number {
    return this.#lines;
  }

  /**
   * @param line may have line feeds in it, and counts as one
   * @returns whether there was room for it
   */
  add(line: string): boolean {
    const text = `${line}\n`;
    const byteLength = Buffer.byteLength(text);
    if (this.#byteLength + byteLength > MAX_WAITING_BYTES) return false;
    this.#byteLength += byteLength;
    this.#lines += 1;
    const last = this.#chunks.at(-1);
    const isBegun = this.#rest !== undefined && this.#chunks.length === 1;
    if (last === undefined || isBegun || last.byteLength + byteLength > MAX_WRITE_BYTES) {
      this.#chunks.push({ text, byteLength, ends: [byteLength] });
    } else {
      last.text += text;
      last.byteLength += byteLength;
      last.ends.push(last.byteLength);
    }
    return true;
  }

  /** The bytes to write next; the same until some of them are taken. */
  next(): Buffer {
    this.#rest ??= Buffer.from(this.#chunks[0]?.text ?? '');
    return this.#rest;
  }

  /** Removes the first bytes of `next()`, which were written. */
  take(byteLength: number): void {
    const rest = this.next().subarray(byteLength);
    this.#byteLength -= byteLength;
    this.#rest = rest;
    if (rest.length > 0) return;
    this.#rest = undefined;
    this.#lines -= this.#chunks.shift()?.ends.length ?? 0;
  }

  /** Removes all lines. @returns how many of them were not written to their end */
  clear(): number {
    const [first] = this.#chunks;
    const written = first === undefined ? 0 : first.byteLength - this.next().length;
    const all = this.#chunks.splice(0).flatMap(({ ends }) => ends);
    this.#byteLength = 0;
    this.#lines = 0;
    this.#rest = undefined;
    // Only the first chunk can be written in part.
    return all.length - (first?.ends.filter((end) => end <= written).length ?? 0);
  }
}
