import type { EventReceipts } from './batch-content.ts';
import type { StoredFrame } from './frame-table.ts';
import type { SegmentLog } from './segment-log.ts';

/** Frames of a log that are on disk only, oldest first. */
export class LogQueue {
  readonly log: SegmentLog;
  /** Names the process that wrote it, for the stream of what is replayed. */
  readonly name: string;
  /** Directory that another process left behind; `undefined` for the own log. */
  readonly adoptedFrom: string | undefined;
  /** Frames that a batch in memory has too, by their place. */
  readonly #inMemory = new Set<string>();
  /** Frames that were in memory before, in the order of writing. */
  #setAside: StoredFrame[] = [];
  #last: StoredFrame | undefined;
  readonly #events = new Map<string, EventReceipts>();

  constructor(log: SegmentLog, name: string, adoptedFrom?: string) {
    this.log = log;
    this.name = name;
    this.adoptedFrom = adoptedFrom;
  }

  get waiting(): number {
    return this.adoptedFrom === undefined ? this.#setAside.length : this.log.frames - this.#inMemory.size;
  }

  /** Nothing is left that has to be delivered. */
  get isDone(): boolean {
    return this.log.frames === 0;
  }

  /** A batch in memory has the records of the frame. */
  hold(frame: StoredFrame, events?: EventReceipts): void {
    const key = keyOf(frame);
    this.#inMemory.add(key);
    if (events !== undefined && events.size > 0) this.#events.set(key, events);
  }

  /** Receipts of events in the frame, which this process wrote. */
  eventsOf(frame: StoredFrame): EventReceipts | undefined {
    return this.#events.get(keyOf(frame));
  }

  /** No batch in memory has the records any more. */
  setAside(frame: StoredFrame): void {
    this.#inMemory.delete(keyOf(frame));
    const at = this.#setAside.findLastIndex((other) => isBefore(other, frame)) + 1;
    this.#setAside.splice(at, 0, frame);
  }

  /** Takes the oldest frame that waits; it is held from now on. */
  take(): StoredFrame | undefined {
    const frame = this.#setAside.shift() ?? this.#nextOnDisk();
    if (frame !== undefined) this.#inMemory.add(keyOf(frame));
    return frame;
  }

  /** @returns false where the frame was given up before */
  finish(frame: StoredFrame): boolean {
    const key = keyOf(frame);
    this.#inMemory.delete(key);
    this.#events.delete(key);
    return this.log.finish(frame);
  }

  isInMemory(frame: StoredFrame): boolean {
    return this.#inMemory.has(keyOf(frame));
  }

  #nextOnDisk(): StoredFrame | undefined {
    if (this.adoptedFrom === undefined) return undefined;
    const next = this.log.oldest(this.#last);
    if (next !== undefined) this.#last = next;
    return next;
  }
}

function keyOf({ segment, offset }: StoredFrame): string {
  return `${segment}.${offset}`;
}

function isBefore(one: StoredFrame, other: StoredFrame): boolean {
  return one.segment === other.segment ? one.offset < other.offset : one.segment < other.segment;
}
