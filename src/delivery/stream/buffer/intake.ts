import type { ReadableLogRecord } from '@opentelemetry/sdk-logs';
import type { Receipt } from '../../../record/receipt.ts';
import type { StreamSizes } from '../stream-settings.ts';
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
}

/** Encodes each record into the open chunk. */
export class Intake {
  readonly #encoder: Encoder;
  readonly #sizes: StreamSizes;
  readonly #groups: ScopeGroups;
  readonly #chunks: ChunkPool;
  readonly #fresh: FreshRecords;
  #open: Chunk | undefined;

  constructor({ encoder, sizes, groups, chunks, fresh }: IntakeDependencies) {
    this.#encoder = encoder;
    this.#sizes = sizes;
    this.#groups = groups;
    this.#chunks = chunks;
    this.#fresh = fresh;
  }

  /**
   * @returns why there is no room for the record; `undefined` where it was added
   * @throws what the encoder throws
   */
  add(
    record: ReadableLogRecord,
    receipt: Receipt | undefined,
  ): 'memory_limit' | 'record_too_large' | undefined {
    const group = this.#groups.of(record.resource, record.instrumentationScope);
    const open = this.#open;
    if (open?.isOpen) {
      if (this.#append(open, record, group, receipt)) return undefined;
      this.#chunks.close(open);
    }
    const chunk = this.#chunks.open();
    this.#open = chunk;
    if (chunk === undefined) return 'memory_limit';
    if (this.#append(chunk, record, group, receipt)) return undefined;
    return this.#addLarge(record, group, receipt);
  }

  #append(chunk: Chunk, record: ReadableLogRecord, group: ScopeGroup, receipt: Receipt | undefined): boolean {
    const { bytes, end: at } = chunk;
    const end = this.#encoder.append(record, bytes, at, bytes.length);
    if (end < 0) return false;
    chunk.add(group, receipt, end);
    this.#fresh.add(chunk, end - at);
    return true;
  }

  /** A record that is larger than a chunk gets one of its own. */
  #addLarge(
    record: ReadableLogRecord,
    group: ScopeGroup,
    receipt: Receipt | undefined,
  ): 'memory_limit' | 'record_too_large' | undefined {
    const scratch = Buffer.allocUnsafeSlow(this.#sizes.record);
    const length = this.#encoder.append(record, scratch, 0, scratch.length);
    if (length < 0) return 'record_too_large';
    const chunk = this.#chunks.openFor(scratch.subarray(0, length));
    if (chunk === undefined) return 'memory_limit';
    chunk.add(group, receipt, chunk.start + length);
    this.#fresh.add(chunk, length);
    this.#chunks.close(chunk);
    return undefined;
  }
}
