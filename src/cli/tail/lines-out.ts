import type { Writable } from 'node:stream';

/** Bytes that may wait for a slow reader before exports wait too. */
const HIGH_WATER = 1024 * 1024;
/** Exports that may wait; a further one is told to come again. */
const MAX_WAITING = 64;

/** Writes lines to a pipe or file, all of one turn of the event loop at once, and knows when the reader lags. */
export class LinesOut {
  readonly #stream: Writable;
  #lines: string[] = [];
  #waiting: (() => void)[] = [];

  constructor(stream: Writable) {
    this.#stream = stream;
    stream.on('drain', () => this.#release());
  }

  write(line: string): void {
    if (this.#lines.push(line) === 1) setImmediate(() => this.flush());
  }

  flush(): void {
    if (this.#lines.length === 0) return;
    const text = `${this.#lines.join('\n')}\n`;
    this.#lines = [];
    this.#stream.write(text);
  }

  /** Resolves when there is room again: `true`, or `false` at once where too many wait already. */
  async hasRoom(): Promise<boolean> {
    if (this.#stream.writableLength < HIGH_WATER) return true;
    if (this.#waiting.length >= MAX_WAITING) return false;
    await new Promise<void>((resolve) => this.#waiting.push(resolve));
    return true;
  }

  #release(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}
