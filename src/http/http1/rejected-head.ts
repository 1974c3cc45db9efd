import { Buffer } from 'node:buffer';

/** What the parser had read of a request when it found an error. */
export interface RejectedHead {
  readonly method: string;
  readonly target: string;
  /** Empty where it was not read. */
  readonly httpVersion: string;
  /** By lower-case name; the first value of each. */
  readonly headers: Readonly<Record<string, string | undefined>>;
}

/** Where nothing is known of the request. */
export const NOTHING_READ: RejectedHead = { method: '', target: '', httpVersion: '', headers: {} };
/** Longest part of a packet that is looked at; Node refuses heads beyond 16 KiB. */
const MAX_BYTES = 16_384;
const MAX_HEADERS = 100;
/** RFC 9112 section 3: a method is a token; a target has neither spaces nor control characters. */
const METHOD = /^([!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}) /;
const TARGET = /^([!-~\u0080-\u00ff]+)( |\r?\n)/;
const VERSION = /^HTTP\/(1\.[01])(?:\r?\n|$)/;

/** Where the parser has read something: all but the method is looked for when it is first asked for. */
export class UnreadHead implements RejectedHead {
  /** Of a suppressed exchange the ledger asks for it; for nothing else. */
  readonly method: string;
  #text: string;
  #read: RejectedHead | undefined;

  /**
   * @param packet bytes from the beginning of the message; it is let go of
   * @param length how many of them the parser took before its error
   */
  constructor(packet: Uint8Array, length: number) {
    const size = Math.min(packet.byteLength, Math.max(0, length), MAX_BYTES);
    this.#text = Buffer.from(packet.buffer, packet.byteOffset, size).toString('latin1');
    this.method = METHOD.exec(this.#text)?.[1] ?? '';
  }

  get target(): string {
    return this.#whole.target;
  }

  get httpVersion(): string {
    return this.#whole.httpVersion;
  }

  get headers(): RejectedHead['headers'] {
    return this.#whole.headers;
  }

  get #whole(): RejectedHead {
    if (this.#read === undefined) {
      this.#read = readRejectedHead(this.method, this.#text);
      this.#text = '';
    }
    return this.#read;
  }
}

/** Reads the request line and headers that stand before the error, as far as they are well-formed. */
function readRejectedHead(method: string, text: string): RejectedHead {
  if (method === '') return NOTHING_READ;
  let rest = text.slice(method.length + 1);
  const [line = '', target = ''] = TARGET.exec(rest) ?? [];
  if (line === '') return { ...NOTHING_READ, method };
  rest = rest.slice(line.length);
  const [versionLine = '', httpVersion = ''] = VERSION.exec(rest) ?? [];
  if (versionLine === '') return { ...NOTHING_READ, method, target };
  return { method, target, httpVersion, headers: readHeaders(rest.slice(versionLine.length)) };
}

function readHeaders(text: string): Record<string, string | undefined> {
  const headers: Record<string, string | undefined> = Object.create(null);
  let from = 0;
  for (let count = 0; count < MAX_HEADERS; count += 1) {
    const end = text.indexOf('\n', from);
    // The last line is the one with the error, or is not whole.
    if (end === -1) break;
    const line = text.slice(from, end);
    from = end + 1;
    const colon = line.indexOf(':');
    if (colon <= 0) break;
    const name = line.slice(0, colon).toLowerCase();
    headers[name] ??= line.slice(colon + 1).trim();
  }
  return headers;
}
