import type { StreamSizes } from '../stream-settings.ts';
import { Chunk, type ChunkMemory, chunkMemory } from './chunk.ts';

/** Free memories that are kept, since making one takes longer than filling it. */
const KEPT = 2;

/** All chunks that are held, oldest first, within the memory limit. */
export class ChunkPool {
  readonly #sizes: StreamSizes;
  readonly #giveWay: () => boolean;
  readonly #chunks: Chunk[] = [];
  readonly #free: ChunkMemory[] = [];
  #heldBytes = 0;

  /** @param giveWay gives up the oldest chunk that can be given up; false where there is none */
  constructor(sizes: StreamSizes, giveWay: () => boolean) {
    this.#sizes = sizes;
    this.#giveWay = giveWay;
  }

  /** Of all chunks; never above the limit. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** @returns a new chunk of the usual size; `undefined` where the memory limit leaves no room */
  open(): Chunk | undefined {
    const { chunk: size, headroom } = this.#sizes;
    if (!this.#makeRoom(size)) return undefined;
    const memory = this.#free.pop() ?? chunkMemory(Buffer.allocUnsafeSlow(size));
    return this.#hold(new Chunk(memory, headroom));
  }

  /** @returns a new chunk that is just as large as its only record; `undefined` where the limit leaves no room */
  openFor(record: Uint8Array): Chunk | undefined {
    const { headroom } = this.#sizes;
    const size = headroom + record.length;
    if (!this.#makeRoom(size)) return undefined;
    const bytes = Buffer.allocUnsafeSlow(size);
    bytes.set(record, headroom);
    return this.#hold(new Chunk(chunkMemory(bytes), headroom));
  }

  /** The oldest chunk of which nothing is on the wire. */
  oldestToGiveWay(): Chunk | undefined {
    return this.#chunks.find((chunk) => !chunk.isInFlight);
  }

  close(chunk: Chunk): void {
    chunk.close();
    this.release(chunk);
  }

  /** Lets go of the chunk if nobody needs it any more; one that is open begins again. */
  release(chunk: Chunk): void {
    if (!chunk.isIdle) return;
    if (chunk.isOpen && !chunk.wasRefused) {
      chunk.reset();
      return;
    }
    const at = this.#chunks.indexOf(chunk);
    if (at === -1) return;
    this.#chunks.splice(at, 1);
    this.#heldBytes -= chunk.bytes.length;
    chunk.close();
    const isUsual = chunk.bytes.length === this.#sizes.chunk;
    if (isUsual && !chunk.wasRefused && this.#free.length < KEPT) this.#free.push(chunk.memory);
  }

  #makeRoom(size: number): boolean {
    while (this.#heldBytes + size > this.#sizes.memoryLimit) if (!this.#giveWay()) return false;
    return true;
  }

  #hold(chunk: Chunk): Chunk {
    this.#chunks.push(chunk);
    this.#heldBytes += chunk.bytes.length;
    return chunk;
  }
}
