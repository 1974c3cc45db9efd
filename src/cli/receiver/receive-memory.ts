/** Bytes of exports that are held before they are decoded. */
const MAX_BYTES = 64 * 1024 * 1024;
/** What each takes beside its bytes. */
const BYTES_EACH = 16 * 1024;

/** The memory that exports on their way into the receiver may take, over all connections. */
export class ReceiveMemory {
  #bytes = 0;

  /** `undefined` where there is no room for another one. */
  begin(): MemoryShare | undefined {
    const held = new MemoryShare(this);
    return held.add(BYTES_EACH) ? held : undefined;
  }

  /** Whether there is room for so many bytes, which count from now on. */
  take(bytes: number): boolean {
    if (this.#bytes + bytes > MAX_BYTES) return false;
    this.#bytes += bytes;
    return true;
  }

  give(bytes: number): void {
    this.#bytes -= bytes;
  }
}

/** The share of one export. */
export class MemoryShare {
  readonly #memory: ReceiveMemory;
  #bytes = 0;

  constructor(memory: ReceiveMemory) {
    this.#memory = memory;
  }

  /** Whether there is room for so many more. */
  add(bytes: number): boolean {
    if (!this.#memory.take(bytes)) return false;
    this.#bytes += bytes;
    return true;
  }

  release(): void {
    this.#memory.give(this.#bytes);
    this.#bytes = 0;
  }
}
