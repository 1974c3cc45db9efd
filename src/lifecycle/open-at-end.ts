import type { ProcessEnd } from '../http/observed-exchange.ts';

/** Records that are written to standard error, at most. */
const MAX_LINES = 1_000;

/** What the observer of this thread knows of open exchanges. */
interface OpenExchanges {
  readonly openExchanges: number;
  endWithProcess(end: ProcessEnd, nowMs: number): void;
}

interface LastRecord {
  line(format: 'json'): string;
}

/** The exchanges that are open when the process ends. Keeps their records, in case that they cannot be delivered. */
export class OpenAtEnd {
  readonly #observer: () => OpenExchanges | undefined;
  readonly #handOn: () => void;
  /** Set while open exchanges are being ended. */
  #records: LastRecord[] | undefined;

  /** @param handOn has the records of ended exchanges built that wait for it */
  constructor(observer: () => OpenExchanges | undefined, handOn: () => void) {
    this.#observer = observer;
    this.#handOn = handOn;
  }

  get count(): number {
    return this.#observer()?.openExchanges ?? 0;
  }

  /** A record was kept. */
  recordKept(record: LastRecord): void {
    if (this.#records !== undefined && this.#records.length < MAX_LINES) this.#records.push(record);
  }

  /** Ends them all. @returns the records of them that were kept, 1000 at most, as lines of JSON when they are called for */
  end(end: ProcessEnd): () => readonly string[] {
    // What has ended before is not cut off by the end of the process.
    this.#handOn();
    const records: LastRecord[] = [];
    this.#records = records;
    try {
      this.#observer()?.endWithProcess(end, performance.now());
      this.#handOn();
    } finally {
      this.#records = undefined;
    }
    return () => records.map((record) => record.line('json'));
  }
}
