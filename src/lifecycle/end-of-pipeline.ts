import { performance } from 'node:perf_hooks';
import type { Delivery } from '../delivery/delivery.ts';
import type { StdoutLines } from '../delivery/stdout/stdout-lines.ts';
import type { EndedExchanges } from '../http/ended-exchanges.ts';
import type { ProcessEnd } from '../http/observed-exchange.ts';
import type { SamplingProcessor } from '../sampling/sampling-processor.ts';
import type { Notices } from '../telemetry/notices.ts';
import type { EndOfProcess } from './end-of-process.ts';
import type { OpenAtEnd } from './open-at-end.ts';
import type { DeliveryRequest } from './thread-messages.ts';
import type { Threads } from './threads.ts';

export interface EndOfPipelineDependencies {
  readonly open: Pick<OpenAtEnd, 'count' | 'end'>;
  readonly ended: Pick<EndedExchanges, 'handOn'>;
  readonly bucket: Pick<SamplingProcessor, 'report' | 'totals'>;
  readonly delivery: Pick<
    Delivery,
    'counts' | 'isFailing' | 'flush' | 'letGo' | 'deliverLast' | 'isStoring' | 'storeLast'
  >;
  readonly stdout: Pick<StdoutLines, 'isWaiting' | 'flush' | 'end'> | undefined;
  readonly threads: Pick<Threads, 'haveWork' | 'ask' | 'takeUndelivered' | 'end'>;
  readonly notices: Pick<Notices, 'lost' | 'lastLines' | 'flush'>;
  /** Flushed last: in `exit` no turn of the event loop follows. */
  readonly hooks: { flush(): void };
  /** Milliseconds that an end waits for delivery at most. */
  readonly timeoutMs: number;
  readonly onError: (error: unknown) => void;
}

/** The records of the exchanges that the end of the process has cut off. */
interface LastRecords {
  /**
   * Writes them to standard error, unless they were delivered.
   *
   * @param nowhere exchanges that are pending, and on no disk
   * @param deadlineMs how long to wait for its reader, in monotonic milliseconds
   * @param isDirect whether to write past `process.stderr`
   */
  writeUndelivered(nowhere: number, deadlineMs: number, isDirect: boolean): void;
}

/** Milliseconds that the reader of standard error has at least. */
const LINES_MS = 100;

/**
 * What the pipeline does at the end of the process. That may turn out not to be the end. The next one has a deadline of
 * its own, unless nothing was served or delivered in between: then delivery would fail again.
 */
export class EndOfPipeline implements EndOfProcess {
  readonly #parts: EndOfPipelineDependencies;
  /** Deadline of the last flush, in monotonic milliseconds. */
  #deadlineMs = Number.NEGATIVE_INFINITY;
  /** Set where the last flush left something: exchanges served at its start, and delivered at its end. */
  #leftAt: { readonly served: number; readonly delivered: number } | undefined;
  /** Exchanges served when the last final heartbeat was emitted. */
  #servedAtFinal = 0;
  /** Exchanges served when the records lost by the end were last reported. */
  #servedAtExit = 0;

  constructor(parts: EndOfPipelineDependencies) {
    this.#parts = parts;
  }

  hasWork(): boolean {
    return this.#hasHope && this.#hasSomething();
  }

  async flush(isFinal: boolean): Promise<void> {
    const { bucket, delivery, threads, timeoutMs } = this.#parts;
    const { served } = bucket.totals();
    let timer: NodeJS.Timeout | undefined;
    // This timer keeps the process alive during the flush.
    const deadline = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, timeoutMs);
    });
    this.#deadlineMs = performance.now() + timeoutMs;
    const asked = threads.ask(isFinal);
    await Promise.race([Promise.all([this.#deliver(isFinal), asked.answered()]), deadline]);
    clearTimeout(timer);
    asked.waitUntil(0);
    this.#leftAt = this.#hasWaiting ? { served, delivered: delivery.counts().delivered } : undefined;
  }

  hasten(): void {
    void this.#deliver(false);
    this.#parts.threads.ask(false);
  }

  /** The parent thread asks this one to deliver. @returns whether there is more that its end would deliver */
  async onAsked({ isFinal, end }: DeliveryRequest): Promise<boolean> {
    const { open, delivery } = this.#parts;
    const last = end === undefined ? undefined : this.#endOpen(end);
    if (end === undefined || !delivery.isFailing) await (isFinal ? this.flush(true) : this.#deliver(false));
    // The main thread, which writes what this one writes to `process.stderr`, waits in `exit`.
    if (last !== undefined) last.writeUndelivered(this.#pendingNowhere(), performance.now(), true);
    return this.hasWork() || open.count > 0;
  }

  letGo(): void {
    this.#deadlineMs = Math.min(this.#deadlineMs, performance.now());
    this.#parts.delivery.letGo();
  }

  onExit(isFlushed: boolean, end: ProcessEnd): void {
    const { bucket, delivery, hooks, onError, notices, stdout, threads, timeoutMs } = this.#parts;
    const last = this.#endOpen(end);
    const isKnown = isFlushed || !(this.#hasHope || threads.haveWork);
    const deadlineMs = isKnown ? this.#deadlineMs : performance.now() + timeoutMs;
    const leftMs = (): number => Math.max(0, deadlineMs - performance.now());
    try {
      const asked = threads.ask(true, end);
      // After `process.exit()` or a crash the event loop no longer runs: only synchronous work is possible.
      if (this.#hasSomething() && leftMs() > 0 && !delivery.isFailing) {
        this.#report(true);
        delivery.deliverLast(leftMs());
      } else if (this.#hasWaiting && delivery.isStoring) {
        // The next process delivers them with the rest.
        this.#report(true);
      }
      asked.waitUntil(deadlineMs);
      stdout?.end(leftMs());
    } catch (error) {
      // An error in an `exit` listener would change the exit code.
      onError(error);
    }
    const pending = this.#pendingNowhere();
    const { served } = bucket.totals();
    const undelivered = threads.takeUndelivered();
    const lost = undelivered.records + (served > this.#servedAtExit ? pending : 0);
    if (lost > 0) notices.lost('exit', lost, 'the process ended before everything was delivered');
    if (undelivered.lines > 0)
      notices.lost('stdout', undelivered.lines, 'standard output is too slow, or gone');
    this.#servedAtExit = served;
    last.writeUndelivered(pending, deadlineMs, false);
    hooks.flush();
    notices.flush();
    threads.end();
  }

  /** Ends the open exchanges. Never throws. */
  #endOpen(end: ProcessEnd): LastRecords {
    const { delivery, notices, onError, open } = this.#parts;
    const { lost: lostBefore } = delivery.counts();
    try {
      const lines = open.end(end);
      return {
        writeUndelivered: (nowhere, deadlineMs, isDirect) => {
          // Which ones a receiver has accepted is not known: rather twice than not at all.
          if (nowhere === 0 && delivery.counts().lost === lostBefore) return;
          try {
            notices.lastLines(lines(), Math.max(deadlineMs, performance.now() + LINES_MS), isDirect);
          } catch (error) {
            onError(error);
          }
        },
      };
    } catch (error) {
      onError(error);
      return { writeUndelivered: () => undefined };
    }
  }

  /** Puts on disk what is pending, where there is a spool. @returns pending exchanges that are lost with the process */
  #pendingNowhere(): number {
    const { delivery, onError } = this.#parts;
    let stored = 0;
    try {
      stored = delivery.storeLast();
    } catch (error) {
      onError(error);
    }
    return delivery.counts().pending - stored;
  }

  async #deliver(isFinal: boolean): Promise<void> {
    const { delivery, onError, stdout, timeoutMs } = this.#parts;
    try {
      if (!this.hasWork()) return;
      this.#report(isFinal);
      await delivery.flush(timeoutMs);
      await stdout?.flush();
    } catch (error) {
      onError(error);
    }
  }

  #report(isFinal: boolean): void {
    const { bucket, open } = this.#parts;
    // If this is not the end, or exchanges are open that will count, the final heartbeat is still to come.
    if (isFinal) this.#servedAtFinal = bucket.totals().served;
    bucket.report(isFinal && open.count === 0);
  }

  /** The next flush would fail as the last one did, unless exchanges were served or records delivered since. */
  get #hasHope(): boolean {
    const { bucket, delivery, ended } = this.#parts;
    ended.handOn();
    if (this.#leftAt === undefined) return true;
    const { served, delivered } = this.#leftAt;
    return bucket.totals().served > served || delivery.counts().delivered > delivered;
  }

  #hasSomething(): boolean {
    const { bucket, delivery, ended } = this.#parts;
    ended.handOn();
    // A final heartbeat to a receiver that cannot be reached would only delay the end.
    const hasTotals = bucket.totals().served > this.#servedAtFinal && !delivery.isFailing;
    return this.#hasWaiting || hasTotals;
  }

  get #hasWaiting(): boolean {
    const { delivery, stdout } = this.#parts;
    return delivery.counts().pending > 0 || stdout?.isWaiting === true;
  }
}
