/**
 * Bytes of an answer that are kept. An honest answer has a few. In a longer one the number of rejected records and the
 * beginning of the reason stand before the rest.
 */
const MAX_KEPT_BYTES = 64 * 1024;
/** Pieces in which an answer may come. Each costs an event, also one of a single byte. */
const MAX_PIECES = 4096;
/** Informational responses (RFC 9110 section 15.2) before the answer. */
const MAX_INFORMATIONAL = 100;

/** The receiver does not keep to its protocol, or goes on for too long. */
export class ReceiverError extends Error {
  readonly code = 'EPROTO';
}

/** An answer while it is received: what is kept of it, and when to stop. */
export class BoundedBody {
  readonly #maxBytes: number;
  readonly #chunks: Uint8Array[] = [];
  #kept = 0;
  #bytes = 0;
  #pieces = 0;
  #informational = 0;

  /** @param maxBytes that are read; the default is no more than what is kept */
  constructor(maxBytes: number = MAX_KEPT_BYTES) {
    this.#maxBytes = maxBytes;
  }

  /** What is kept. */
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

  /** @returns the same for an informational response before it */
  addInformational(): ReceiverError | undefined {
    this.#informational += 1;
    if (this.#informational <= MAX_INFORMATIONAL) return undefined;
    return new ReceiverError(`more than ${MAX_INFORMATIONAL} informational responses`);
  }
}
