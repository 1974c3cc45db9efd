import { readAll, type SpoolFiles } from './spool-files.ts';

/** Bytes that are read at once: small frames share a reading, large ones are skipped. */
const WINDOW_BYTES = 64 * 1024;

/** Reads pieces of a file, mostly from its beginning to its end, without holding more than a window of it. */
export class FileWindow {
  readonly #files: SpoolFiles;
  readonly #fd: number;
  #bytes: Buffer = Buffer.alloc(0);
  /** Where the window begins. */
  #start = 0;

  constructor(files: SpoolFiles, fd: number) {
    this.#files = files;
    this.#fd = fd;
  }

  /** @returns a view that is valid until the next call; `undefined` where the file ends before */
  async bytes(at: number, length: number): Promise<Buffer | undefined> {
    const end = this.#start + this.#bytes.length;
    if (at < this.#start || at + length > end) await this.#load(at, Math.max(length, WINDOW_BYTES));
    const from = at - this.#start;
    return from + length <= this.#bytes.length ? this.#bytes.subarray(from, from + length) : undefined;
  }

  /** Where the bytes occur first, from `at` on. */
  async indexOf(wanted: Buffer, at: number): Promise<number | undefined> {
    for (let from = at; (await this.bytes(from, wanted.length)) !== undefined; ) {
      const found = this.#bytes.indexOf(wanted, from - this.#start);
      if (found >= 0) return this.#start + found;
      from = this.#start + this.#bytes.length - wanted.length + 1;
    }
    return undefined;
  }

  async #load(at: number, length: number): Promise<void> {
    const bytes = Buffer.allocUnsafeSlow(length);
    const count = await readAll(this.#files, this.#fd, bytes, at);
    this.#start = at;
    this.#bytes = bytes.subarray(0, count);
  }
}
