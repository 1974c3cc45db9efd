import type { ReadableLogRecord } from '@opentelemetry/sdk-logs';
import type { Receipt } from '../../record/receipt/receipt.ts';
import type { StreamSizes } from '../stream/stream-settings.ts';
import type { Chunk } from './chunk.ts';
import type { ChunkPool } from './chunk-pool.ts';
import type { Encoder } from './encoder.ts';
import type { FreshRecords } from './fresh-records.ts';
import type { ScopeGroup, ScopeGroups } from './scope-groups.ts';

export interface IntakeDependencies {
  readonly encoder: Encoder;
  readonly sizes: StreamSizes;
  readonly groups: ScopeGroups;
  readonly chunks: ChunkPool;
  readonly fresh: FreshRecords;
  readonly sender: {
    /** @returns false where no chunk can be given up */
    giveUpOldestChunk(): boolean;
    /** Called before a chunk is opened in the place of one that is full. */
    chunkFilled(): void;
  };
}

type Problem = 'memory_limit' | 'record_too_large';

/** Encodes each record into the open chunk. */
export class Intake {
  readonly #dependencies: IntakeDependencies;
  #open: Chunk | undefined;

  constructor(dependencies: IntakeDependencies) {
    this.#dependencies = dependencies;
  }

  /**
   * @returns why there is no room for the record; `undefined` where it was added
   * @throws what the encoder throws
   */
  add(record: ReadableLogRecord, receipt: Receipt | undefined): Problem | undefined {
    const { groups, chunks } = this.#dependencies;
    const group = groups.of(record.resource, record.instrumentationScope);
    const open = this.#open;
    if (open?.isOpen) {
      if (this.#append(open, record, group, receipt)) return undefined;
      chunks.close(open);
      this.#dependencies.sender.chunkFilled();
    }
    const chunk = this.#openChunk();
    this.#open = chunk;
    if (chunk === undefined) return 'memory_limit';
    if (this.#append(chunk, record, group, receipt)) return undefined;
    return this.#addLarge(record, group, receipt);
  }

  #append(chunk: Chunk, record: ReadableLogRecord, group: ScopeGroup, receipt: Receipt | undefined): boolean {
    const { encoder, fresh } = this.#dependencies;
    const { bytes, end: at } = chunk;
    const end = encoder.append(record, bytes, at, bytes.length);
    if (end < 0) return false;
    chunk.add(group, receipt, end);
    fresh.add(chunk, end - at);
    return true;
  }

  /** A record that is larger than a chunk gets a chunk of its own. */
  #addLarge(record: ReadableLogRecord, group: ScopeGroup, receipt: Receipt | undefined): Problem | undefined {
    const { encoder, sizes, chunks, fresh } = this.#dependencies;
    const scratch = Buffer.allocUnsafeSlow(sizes.record);
    const length = encoder.append(record, scratch, 0, scratch.length);
    if (length < 0) return 'record_too_large';
    const chunk = this.#openChunk(scratch.subarray(0, length));
    if (chunk === undefined) return 'memory_limit';
    chunk.add(group, receipt, chunk.start + length);
    fresh.add(chunk, length);
    chunks.close(chunk);
    return undefined;
  }

  /**
   * Opens a chunk; while the memory limit leaves no room for it, the oldest chunks are given up.
   *
   * @param record for a chunk that holds this record only
   */
  #openChunk(record?: Uint8Array): Chunk | undefined {
    const { chunks, sender } = this.#dependencies;
    for (;;) {
      const chunk = record === undefined ? chunks.open() : chunks.openFor(record);
      if (chunk !== undefined || !sender.giveUpOldestChunk()) return chunk;
    }
  }
}
