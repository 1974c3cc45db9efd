import type { Writable } from 'node:stream';

/** Characters that may wait for a slow reader before exports wait too. */
const HIGH_WATER = 1024 * 1024;

/** Writes lines to a pipe or file, all of one turn of the event loop at once, and knows when the reader lags. */
export class LinesOut {
  readonly #stream: Writable;
  #lines: string[] = [];
  /** Of the lines. */
  #length = 0;
  #waiting: (() => void)[] = [];

  constructor(stream: Writable) {
    this.#stream = stream;
    stream.on('drain', () => this.#release());
  }

  write(line: string): void {
    this.#length += line.length;
    if (this.#lines.push(line) === 1) setImmediate(() => this.flush());
  }

  flush(): void {
    if (this.#lines.length === 0) return;
    const text = `${this.#lines.join('\n')}\n`;
    this.#lines = [];
    this.#length = 0;
    if (this.#stream.write(text)) this.#release();
  }

  /** Resolves when there is room again. */
  async room(): Promise<void> {
    while (this.#length + this.#stream.writableLength >= HIGH_WATER) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  #release(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}
