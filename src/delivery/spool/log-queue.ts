import type { EventReceipts } from './batch-content.ts';
import type { StoredFrame } from './segments/frame-table.ts';
import type { SegmentLog } from './segments/segment-log.ts';

type Place = Pick<StoredFrame, 'segment' | 'offset'>;

/** Frames of a log that are on disk only, oldest first. What is on disk costs no memory here. */
export class LogQueue {
  readonly log: SegmentLog;
  /** Names the process that wrote it, for the stream of what is replayed. */
  readonly name: string;
  /** Directory that another process left behind; `undefined` for the own log. */
  readonly adoptedFrom: string | undefined;
  /** Another process has the directory: it delivers what is on disk. */
  isTaken = false;
  /** Frames that a batch in memory has too, by their place. */
  readonly #inMemory = new Set<string>();
  /** Frames up to this place are in memory, or finished. */
  #taken: Place | undefined;
  /** The last frame that was written here. One behind it was written just now, by a batch that is in memory. */
  #newest: Place | undefined;
  readonly #events = new Map<string, EventReceipts>();

  constructor(log: SegmentLog, name: string, adoptedFrom?: string) {
    this.log = log;
    this.name = name;
    this.adoptedFrom = adoptedFrom;
  }

  get waiting(): number {
    return this.log.frames - this.#inMemory.size;
  }

  /** Exchanges in frames that are on disk only. Looks at every frame. */
  get waitingExchanges(): number {
    let exchanges = 0;
    for (let frame = this.log.oldest(); frame !== undefined; frame = this.log.oldest(frame))
      if (!this.isInMemory(frame)) exchanges += frame.exchanges;
    return exchanges;
  }

  /** Nothing is left that has to be delivered. */
  get isDone(): boolean {
    return this.log.frames === 0;
  }

  /** A batch in memory has the records of the frame, which was written just now. */
  hold(frame: StoredFrame, receipts?: EventReceipts): void {
    const key = keyOf(frame);
    this.#newest = frame;
    this.#inMemory.add(key);
    if (receipts !== undefined && receipts.size > 0) this.#events.set(key, receipts);
  }

  /** Receipts of events in the frame, which this process wrote. */
  eventsOf(frame: StoredFrame): EventReceipts | undefined {
    return this.#events.get(keyOf(frame));
  }

  /** No batch in memory has the records any more. */
  setAside(frame: StoredFrame): void {
    this.#inMemory.delete(keyOf(frame));
    if (this.#taken !== undefined && !isBefore(this.#taken, frame))
      this.#taken = { segment: frame.segment, offset: frame.offset - 1 };
  }

  /** Takes the oldest frame that waits; it counts as one in memory from now on. */
  take(): StoredFrame | undefined {
    let frame = this.log.oldest(this.#taken);
    while (frame !== undefined && this.isInMemory(frame)) frame = this.log.oldest(frame);
    if (frame === undefined) return undefined;
    this.#taken = frame;
    this.#inMemory.add(keyOf(frame));
    return frame;
  }

  /** @returns false where the frame was given up before */
  finish(frame: StoredFrame): boolean {
    this.forget(frame);
    return this.log.finish(frame);
  }

  /** The log has given up the frame. @returns receipts of events in it */
  forget(frame: StoredFrame): EventReceipts | undefined {
    const key = keyOf(frame);
    const events = this.#events.get(key);
    this.#inMemory.delete(key);
    this.#events.delete(key);
    return events;
  }

  isInMemory(frame: StoredFrame): boolean {
    const isNew =
      this.adoptedFrom === undefined && (this.#newest === undefined || isBefore(this.#newest, frame));
    return isNew || this.#inMemory.has(keyOf(frame));
  }
}

function keyOf({ segment, offset }: Place): string {
  return `${segment}.${offset}`;
}

function isBefore(one: Place, other: Place): boolean {
  return one.segment === other.segment ? one.offset < other.offset : one.segment < other.segment;
}
