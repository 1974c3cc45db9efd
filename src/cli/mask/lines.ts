import { isUtf8 } from 'node:buffer';

/** Bytes of a line that are looked at; a record shows far less of each value. */
const MAX_LINE_BYTES = 64 * 1024;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/** One line of the input. */
export interface InputLine {
  readonly bytes: Buffer;
  /** `\n`, `\r\n`, or empty at the end of the input. */
  readonly end: string;
  /** Whether bytes at its end were left out. */
  readonly isCut: boolean;
}

/** Splits chunks into lines. Holds no more than the beginning of one line. */
export class LineSplitter {
  readonly #maxBytes: number;
  #held: Buffer[] = [];
  #length = 0;
  #isCut = false;

  /** @param maxBytes of a line that are held; what is beyond is left out */
  constructor(maxBytes: number = MAX_LINE_BYTES) {
    this.#maxBytes = maxBytes;
  }

  *push(chunk: Buffer): Generator<InputLine> {
    let start = 0;
    for (let at = chunk.indexOf(LINE_FEED); at !== -1; at = chunk.indexOf(LINE_FEED, start)) {
      this.#hold(chunk.subarray(start, at));
      start = at + 1;
      yield this.#line('\n');
    }
    this.#hold(chunk.subarray(start));
  }

  /** What stands behind the last end of a line. */
  *end(): Generator<InputLine> {
    if (this.#length > 0) yield this.#line('');
  }

  #hold(part: Buffer): void {
    const room = this.#maxBytes - this.#length;
    if (part.length > room) this.#isCut = true;
    const kept = part.subarray(0, room);
    if (kept.length === 0) return;
    this.#held.push(kept);
    this.#length += kept.length;
  }

  #line(end: string): InputLine {
    const whole = Buffer.concat(this.#held);
    const isCut = this.#isCut;
    this.#held = [];
    this.#length = 0;
    this.#isCut = false;
    const hasReturn = end !== '' && !isCut && whole.at(-1) === CARRIAGE_RETURN;
    return hasReturn ? { bytes: whole.subarray(0, -1), end: '\r\n', isCut } : { bytes: whole, end, isCut };
  }
}

/** As which text a line is read, and written again: Node takes the bytes of a head for characters where they are no UTF-8. */
export function encodingOf(bytes: Buffer): 'utf8' | 'latin1' {
  return isUtf8(bytes) ? 'utf8' : 'latin1';
}
