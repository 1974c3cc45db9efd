import type { ServerResponse } from 'node:http';
import type { ReceivedRecord } from '../receiver/otlp-record.ts';
import type { TextFilter } from './filter-text.ts';
import { type KeptRecord, pageRecordOf } from './page-record.ts';
import { isRemarkable, RecordRing } from './record-ring.ts';
import type { RecordsSent } from './snapshot.ts';

/** Records of the past that are searched for a new page. */
const HISTORY = 2000;
/** Errors are among them for longer. */
const REMARKABLE = 500;
/** Records of a message, and the time between two. */
const SENT = 100;
const EVERY_MS = 250;
/** After a message of more than so many, the next one waits for longer: no person reads faster. */
const MANY = 20;
const EVERY_MANY_MS = 1000;
/** Pages at the same time. */
const MAX_FEEDS = 16;
/** Bytes that may wait for a page that does not read them. */
const HIGH_WATER = 1024 * 1024;

interface Feed {
  readonly response: ServerResponse;
  readonly filter: TextFilter;
  readonly waiting: RecordRing;
  /** Since the last message. */
  passed: number;
  /** When there may be another message, by a clock that does not step. */
  nextMs: number;
}

/** The last records, and the pages that are shown the next ones. */
export class RecordFeeds {
  readonly #history: RecordRing;
  readonly #remarkable = new RecordRing(REMARKABLE);
  readonly #feeds = new Set<Feed>();
  #sequence = 0;
  #timer: NodeJS.Timeout | undefined;

  /** @param history records of the past that are kept */
  constructor(history: number = HISTORY) {
    this.#history = new RecordRing(history);
  }

  add(record: ReceivedRecord): void {
    const kept = { sequence: this.#sequence++, record };
    this.#history.add(kept);
    if (isRemarkable(record)) this.#remarkable.add(kept);
    for (const feed of this.#feeds) if (feed.filter(record)) push(feed, kept);
  }

  /** The last records and errors, oldest first. */
  last(): readonly KeptRecord[] {
    const history = this.#history.list();
    const first = history[0]?.sequence ?? 0;
    return [...this.#remarkable.list().filter(({ sequence }) => sequence < first), ...history];
  }

  /** Sends records to a page until it goes away; `false` where there are too many pages. */
  open(response: ServerResponse, filter: TextFilter): boolean {
    if (this.#feeds.size >= MAX_FEEDS) return false;
    const feed = { response, filter, waiting: new RecordRing(SENT), passed: 0, nextMs: 0 };
    for (const kept of this.last()) if (filter(kept.record)) push(feed, kept);
    // What is not among the first is no flood: it was there before.
    feed.passed = feed.waiting.length;
    this.#feeds.add(feed);
    response.on('close', () => {
      this.#feeds.delete(feed);
      if (this.#feeds.size === 0) clearInterval(this.#timer);
    });
    if (this.#feeds.size === 1) this.#timer = setInterval(() => this.#send(), EVERY_MS);
    send(feed);
    return true;
  }

  #send(): void {
    const nowMs = performance.now();
    for (const feed of this.#feeds) {
      if (feed.passed === 0 || nowMs < feed.nextMs) continue;
      if (feed.passed > MANY) feed.nextMs = nowMs + EVERY_MANY_MS - EVERY_MS / 2;
      send(feed);
    }
  }
}

function push(feed: Feed, kept: KeptRecord): void {
  feed.waiting.add(kept);
  feed.passed++;
}

function send(feed: Feed): void {
  const { response, waiting } = feed;
  if (response.writableLength > HIGH_WATER) return;
  const records = waiting.take();
  const message: RecordsSent = { records: records.map(pageRecordOf), skipped: feed.passed - records.length };
  feed.passed = 0;
  response.write(`data: ${JSON.stringify(message)}\n\n`);
}
