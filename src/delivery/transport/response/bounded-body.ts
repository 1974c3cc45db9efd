/**
 * Bytes of a body that are kept. An honest response has a few. In a longer one the number of rejected records and the
 * beginning of the reason come first.
 */
const MAX_KEPT_BYTES = 64 * 1024;
/** Pieces in which a body may arrive. Each costs an event, even one of a single byte. */
const MAX_PIECES = 4096;
/** Informational responses (RFC 9110 section 15.2) before the final one. */
const MAX_INFORMATIONAL = 100;

/** The receiver violates its protocol, or its response does not end. */
export class ReceiverError extends Error {
  readonly code = 'EPROTO';
}

/** The body of a response while it is received: keeps its beginning, and bounds how much is read. */
export class BoundedBody {
  readonly #maxBytes: number;
  readonly #chunks: Uint8Array[] = [];
  #kept = 0;
  #bytes = 0;
  #pieces = 0;
  #informational = 0;

  /** @param maxBytes that are read. Default: as many as are kept */
  constructor(maxBytes: number = MAX_KEPT_BYTES) {
    this.#maxBytes = maxBytes;
  }

  /** The bytes that were kept. */
  bytes(): Buffer {
    return Buffer.concat(this.#chunks);
  }

  /** @returns why reading has to stop; `undefined` where it may go on */
  add(piece: Uint8Array): ReceiverError | undefined {
    this.#bytes += piece.length;
    this.#pieces += 1;
    const room = MAX_KEPT_BYTES - this.#kept;
    if (room > 0) {
      this.#chunks.push(piece.length > room ? piece.subarray(0, room) : piece);
      this.#kept += Math.min(room, piece.length);
    }
    if (this.#bytes <= this.#maxBytes && this.#pieces <= MAX_PIECES) return undefined;
    return new ReceiverError('the answer is too long');
  }

  /** Counts an informational response. @returns why reading has to stop; `undefined` where it may go on */
  addInformational(): ReceiverError | undefined {
    this.#informational += 1;
    if (this.#informational <= MAX_INFORMATIONAL) return undefined;
    return new ReceiverError(`more than ${MAX_INFORMATIONAL} informational responses`);
  }
}
