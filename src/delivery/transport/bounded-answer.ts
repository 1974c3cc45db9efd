/**
 * What is kept of an answer. An answer to an export is a few bytes; what is worth reading of a longer one, how many
 * records were rejected and the beginning of why, stands before the rest.
 */
const MAX_KEPT_BYTES = 64 * 1024;
/** Pieces in which an answer may come: each costs a turn of our own, also one of a single byte. */
const MAX_PIECES = 4096;
/** Informational responses (RFC 9110 section 15.2) before the answer. */
const MAX_INFORMATIONAL = 100;

/** A receiver that does not keep to its protocol, or goes on for too long. */
export class ReceiverError extends Error {
  readonly code = 'EPROTO';
}

/** Of an answer that is being received: what is kept of it, and whether more of it may be read. */
export class BoundedAnswer {
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

  /** @returns why no more of it may be read; `undefined` where more may */
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
