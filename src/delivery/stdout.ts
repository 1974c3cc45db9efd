import { createRequire } from 'node:module';
import type { SonicBoom } from 'sonic-boom';

const require = createRequire(import.meta.url);

/** Bytes that may wait for a reader of standard output; what comes on top is dropped and counted. */
const MAX_WAITING_BYTES = 1024 * 1024;

/**
 * Lines on standard output, written asynchronously: `process.stdout.write` blocks the process when standard output
 * is a pipe whose reader is slow.
 */
export class StdoutLines {
  readonly #stream: SonicBoom;
  #dropped = 0;
  #broken = false;

  /** @param onDrop told of each line that was dropped because the reader is too slow, or gone. */
  constructor(onDrop: () => void) {
    const { SonicBoom }: typeof import('sonic-boom') = require('sonic-boom');
    this.#stream = new SonicBoom({ fd: 1, sync: false, maxLength: MAX_WAITING_BYTES });
    const drop = (): void => {
      this.#dropped += 1;
      onDrop();
    };
    this.#stream.on('drop', drop);
    this.#stream.on('error', () => {
      this.#broken = true;
      drop();
    });
  }

  get dropped(): number {
    return this.#dropped;
  }

  write(line: string): void {
    if (!this.#broken) this.#stream.write(`${line}\n`);
  }

  /** Writes what waits, synchronously: for the end of the process. */
  flushSync(): void {
    try {
      this.#stream.flushSync();
    } catch {
      // Nobody reads any more.
    }
  }
}
