import { performance } from 'node:perf_hooks';
import type { Delivery } from '../delivery/delivery.ts';
import type { StdoutLines } from '../delivery/stdout/stdout-lines.ts';
import type { EndedExchanges } from '../http/ended-exchanges.ts';
import type { SamplingProcessor } from '../sampling/sampling-processor.ts';
import type { Notices } from '../telemetry/notices.ts';
import type { EndOfProcess } from './end-of-process.ts';
import type { DeliveryRequest } from './thread-messages.ts';
import type { Threads } from './threads.ts';

export interface EndOfPipelineDependencies {
  readonly ended: Pick<EndedExchanges, 'handOn'>;
  readonly bucket: Pick<SamplingProcessor, 'report' | 'totals'>;
  readonly delivery: Pick<Delivery, 'counts' | 'isFailing' | 'flush' | 'letGo' | 'deliverLast'>;
  readonly stdout: Pick<StdoutLines, 'isWaiting' | 'flush' | 'end'> | undefined;
  readonly threads: Pick<Threads, 'haveWork' | 'ask' | 'takeUndelivered' | 'end'>;
  readonly notices: Pick<Notices, 'lost' | 'flush'>;
  /** How long an end waits for delivery at most. */
  readonly timeoutMs: number;
  readonly onError: (error: unknown) => void;
}

/**
 * What the pipeline does when the process comes to its end. It may turn out not to be one; the next one has a deadline
 * of its own, unless nothing has been served or delivered between them that would give reason to hope.
 */
export class EndOfPipeline implements EndOfProcess {
  readonly #parts: EndOfPipelineDependencies;
  /** Of the last flush; monotonic milliseconds. */
  #deadlineMs = Number.NEGATIVE_INFINITY;
  /** Where the last flush has left something: what had been served when it began, and delivered when it was over. */
  #leftAt: { readonly served: number; readonly delivered: number } | undefined;
  /** Exchanges whose totals were said as the last ones of the process. */
  #servedAtFinal = 0;
  /** Exchanges that had been served when it was last said how many records the end loses. */
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
    // What keeps the process alive for the flush.
    const deadline = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, timeoutMs);
    });
    this.#deadlineMs = performance.now() + timeoutMs;
    const asked = threads.ask(isFinal, false);
    await Promise.race([Promise.all([this.#deliver(isFinal), asked.answered()]), deadline]);
    clearTimeout(timer);
    asked.waitUntil(0);
    this.#leftAt = this.#hasWaiting ? { served, delivered: delivery.counts().delivered } : undefined;
  }

  hasten(): void {
    void this.#deliver(false);
    this.#parts.threads.ask(false, false);
  }

  /** The thread that made this one asks for what it has. @returns whether there is more that its end would deliver */
  async onAsked({ isFinal, isExit }: DeliveryRequest): Promise<boolean> {
    if (!isExit || !this.#parts.delivery.isFailing) await (isFinal ? this.flush(true) : this.#deliver(false));
    return this.hasWork();
  }

  letGo(): void {
    this.#deadlineMs = Math.min(this.#deadlineMs, performance.now());
    this.#parts.delivery.letGo();
  }

  onExit(isFlushed: boolean): void {
    const { bucket, delivery, onError, notices, stdout, threads, timeoutMs } = this.#parts;
    const isKnown = isFlushed || !(this.#hasHope || threads.haveWork);
    const deadlineMs = isKnown ? this.#deadlineMs : performance.now() + timeoutMs;
    const leftMs = (): number => Math.max(0, deadlineMs - performance.now());
    try {
      const asked = threads.ask(true, true);
      // After `process.exit()`, or a crash, nothing asynchronous happens any more.
      if (this.#hasSomething() && leftMs() > 0 && !delivery.isFailing) {
        this.#report(true);
        delivery.deliverLast(leftMs());
      }
      asked.waitUntil(deadlineMs);
      stdout?.end(leftMs());
    } catch (error) {
      // What is thrown in `exit` would change the exit code.
      onError(error);
    }
    const { pending } = delivery.counts();
    const { served } = bucket.totals();
    const undelivered = threads.takeUndelivered();
    const lost = undelivered.records + (served > this.#servedAtExit ? pending : 0);
    if (lost > 0) notices.lost('exit', lost, 'the process ended before everything was delivered');
    if (undelivered.lines > 0)
      notices.lost('stdout', undelivered.lines, 'standard output is too slow, or gone');
    this.#servedAtExit = served;
    notices.flush();
    threads.end();
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
    const { bucket } = this.#parts;
    // An end that may be none leaves the last heartbeat to say.
    if (isFinal) this.#servedAtFinal = bucket.totals().served;
    bucket.report(isFinal);
  }

  /** What a flush has left, the next one would leave as well: unless there is more, or something has arrived since. */
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
    // A last heartbeat to a receiver that is not there would only hold up the end.
    const hasTotals = bucket.totals().served > this.#servedAtFinal && !delivery.isFailing;
    return this.#hasWaiting || hasTotals;
  }

  get #hasWaiting(): boolean {
    const { delivery, stdout } = this.#parts;
    return delivery.counts().pending > 0 || stdout?.isWaiting === true;
  }
}
