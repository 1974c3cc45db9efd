import { fstatSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { SonicBoom } from 'sonic-boom';

const require = createRequire(import.meta.url);

const STANDARD_OUTPUT = 1;

/** Bytes that may wait for a reader of standard output; what comes on top is dropped and counted. */
const MAX_WAITING_BYTES = 1024 * 1024;

/**
 * Lines on standard output, written asynchronously: `process.stdout.write` blocks the process when standard output
 * is a pipe whose reader is slow.
 */
export class StdoutLines {
  readonly #stream: SonicBoom;
  readonly #drop: () => void;
  #broken = false;

  /** @param onDrop told of each line that was dropped because the reader is too slow, or gone. */
  constructor(onDrop: () => void) {
    const { SonicBoom }: typeof import('sonic-boom') = require('sonic-boom');
    this.#stream = new SonicBoom({ fd: STANDARD_OUTPUT, sync: false, maxLength: MAX_WAITING_BYTES });
    this.#drop = onDrop;
    this.#stream.on('drop', onDrop);
    this.#stream.on('error', () => {
      this.#broken = true;
      onDrop();
    });
  }

  write(line: string): void {
    if (this.#broken) this.#drop();
    else this.#stream.write(`${line}\n`);
  }

  /** Hands what waits to the reader; resolves when it was taken, or never. */
  flush(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#broken) resolve();
      else this.#stream.flush(() => resolve());
    });
  }

  /** Writes what waits, synchronously, where that cannot wait for a reader: for the end of the process. */
  flushSync(): void {
    try {
      if (!fstatSync(STANDARD_OUTPUT).isFile()) return;
      this.#stream.flushSync();
    } catch {
      // Nobody reads any more.
    }
  }
}
