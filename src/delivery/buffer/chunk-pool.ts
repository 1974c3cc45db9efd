import type { StreamSizes } from '../stream/stream-settings.ts';
import { Chunk, type ChunkMemory, chunkMemory } from './chunk.ts';

/** The message where records are given up because of the memory limit. */
export const MEMORY_LIMIT_REACHED =
  'the memory limit is reached: records come faster than they are delivered, the oldest give way';

/** Free memories that the pool holds for the next chunks: allocating one takes longer than filling it. */
const MAX_FREE = 2;

/** The chunks in use, oldest first, within the memory limit; and the memory of some that were released. */
export class ChunkPool {
  readonly #sizes: StreamSizes;
  readonly #chunks: Chunk[] = [];
  readonly #free: ChunkMemory[] = [];
  #heldBytes = 0;

  constructor(sizes: StreamSizes) {
    this.#sizes = sizes;
  }

  /** Bytes of all chunks in use; never above the limit. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** @returns a new chunk of the usual size; `undefined` where the memory limit leaves no room */
  open(): Chunk | undefined {
    const { chunk: size, headroom } = this.#sizes;
    if (!this.#hasRoomFor(size)) return undefined;
    const memory = this.#free.pop() ?? chunkMemory(Buffer.allocUnsafeSlow(size));
    return this.#hold(new Chunk(memory, headroom));
  }

  /** @returns a new chunk as large as its only record, which it holds; `undefined` where the limit leaves no room */
  openFor(record: Uint8Array): Chunk | undefined {
    const { headroom } = this.#sizes;
    const size = headroom + record.length;
    if (!this.#hasRoomFor(size)) return undefined;
    const bytes = Buffer.allocUnsafeSlow(size);
    bytes.set(record, headroom);
    return this.#hold(new Chunk(chunkMemory(bytes), headroom));
  }

  /** The oldest chunk that can be given up: neither transport nor disk reads from it. */
  oldestToGiveUp(): Chunk | undefined {
    return this.#chunks.find(({ isBeingRead }) => !isBeingRead);
  }

  close(chunk: Chunk): void {
    chunk.close();
    this.release(chunk);
  }

  /** Removes an idle chunk from the pool, or resets it where it is open. Does nothing where it is not idle. */
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
    if (isUsual && !chunk.wasRefused && this.#free.length < MAX_FREE) this.#free.push(chunk.memory);
  }

  #hasRoomFor(bytes: number): boolean {
    return this.#heldBytes + bytes <= this.#sizes.memoryLimit;
  }

  #hold(chunk: Chunk): Chunk {
    this.#chunks.push(chunk);
    this.#heldBytes += chunk.bytes.length;
    return chunk;
  }
}
