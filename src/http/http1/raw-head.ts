import { Buffer } from 'node:buffer';

/** Bytes of a head that are kept until its end is found; Node itself sends none that long. */
const MAX_KEPT_BYTES = 16_384;
const STATUS_LINE = /^HTTP\/1\.[01] (\d{3})[ \r]/;
const SHORTEST_STATUS_LINE = 'HTTP/1.1 200\r'.length;
const END_OF_HEAD = '\r\n\r\n';

/**
 * Reads the head of a response that does not come from a `ServerResponse`: what Node answers to an error of its parser,
 * and what an application writes to the socket of a request, an upgrade or a tunnel.
 */
export class RawHead {
  /** Status code of the final response; `undefined` where something else was written, or not enough of it. */
  statusCode: number | undefined = undefined;
  /** Bytes up to the end of the head, those of informational responses (1xx) before it included. */
  size: number | undefined = undefined;

  #kept = '';
  #bytesBefore = 0;
  #isOver = false;

  /** Adds what is handed to the socket, in its order. */
  add(data: unknown, encoding: unknown): void {
    if (this.#isOver) return;
    this.#kept += textOf(data, encoding, MAX_KEPT_BYTES - this.#kept.length);
    while (!this.#isOver) {
      const end = this.#kept.indexOf(END_OF_HEAD);
      if (this.statusCode === undefined) {
        const status = statusOf(this.#kept);
        if (status === undefined && this.#kept.length >= SHORTEST_STATUS_LINE) this.#end();
        // RFC 9110 section 15.2: 101 is the only informational response that is the last one.
        const isFinal = status !== undefined && (status >= 200 || status === 101);
        if (isFinal) this.statusCode = status;
      }
      if (end === -1) {
        if (this.#kept.length >= MAX_KEPT_BYTES) this.#end();
        return;
      }
      const endOfHead = end + END_OF_HEAD.length;
      if (this.statusCode !== undefined) {
        this.size = this.#bytesBefore + endOfHead;
        this.#end();
        return;
      }
      this.#bytesBefore += endOfHead;
      this.#kept = this.#kept.slice(endOfHead);
      if (this.#kept === '') return;
    }
  }

  #end(): void {
    this.#isOver = true;
    this.#kept = '';
  }
}

function statusOf(text: string): number | undefined {
  const [, digits] = STATUS_LINE.exec(text) ?? [];
  return digits === undefined ? undefined : Number(digits);
}

/** As Latin-1, so that one character is one byte. */
function textOf(data: unknown, encoding: unknown, most: number): string {
  const bytes =
    typeof data === 'string'
      ? Buffer.from(data, typeof encoding === 'string' ? (encoding as BufferEncoding) : 'utf8')
      : data;
  if (!(bytes instanceof Uint8Array)) return '';
  return Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, most)).toString('latin1');
}
