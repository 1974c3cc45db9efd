import { AsyncResource } from 'node:async_hooks';
import { PromptOutput } from '../../telemetry/prompt-output.ts';
import { LineQueue } from './line-queue.ts';

/** Milliseconds until a reader that takes nothing is tried again: a quarter of those that it has not, within these. */
const MIN_RETRY_MS = 1;
const MAX_RETRY_MS = 50;

const NEVER = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));

/**
 * Lines on standard output. Neither the service nor its end waits for the reader: within a MiB the lines do, and what
 * comes on top is dropped and counted. They come between the application's own lines, never into the middle of one; only
 * a line of ours that is longer than 4 KiB may be parted where a pipe has become full.
 */
export class StdoutLines {
  readonly #onLost: (lines: number) => void;
  readonly #onChange: () => void;
  readonly #queue = new LineQueue();
  /** `undefined` before the first line. */
  #output: PromptOutput | 'gone' | undefined;
  // Timers start during a request; they must not hold on to its context.
  readonly #startup = new AsyncResource('otel-access-log.stdout');
  #isScheduled = false;
  /** Since when the reader has taken nothing, although it could. */
  #stalledMs: number | undefined;
  /** Another thread is writing what is next; a file, up to that position. */
  #flight: { readonly end: number } | undefined;
  #flushes: (() => void)[] = [];
  readonly #onTurn = (): void => {
    this.#isScheduled = false;
    this.#write();
  };

  /**
   * @param onLost told of lines that were dropped because the reader is too slow, or gone
   * @param onChange told when there are fewer lines that wait
   */
  constructor(onLost: (lines: number) => void, onChange: () => void = () => undefined) {
    this.#onLost = onLost;
    this.#onChange = onChange;
  }

  /** How many lines wait. */
  get lines(): number {
    return this.#queue.lines;
  }

  /** Whether there are lines that the reader has not taken. */
  get isWaiting(): boolean {
    return !this.#queue.isEmpty;
  }

  write(line: string): void {
    if (this.#output === 'gone' || !this.#queue.add(line)) this.#onLost(1);
    else this.#writeIn(0);
  }

  /** Settles when the reader has taken what waits, or is gone; or never. */
  flush(): Promise<void> {
    return new Promise((resolve) => {
      this.#flushes.push(resolve);
      this.#write();
    });
  }

  /**
   * The process ends: writes what waits, as far as the reader takes it, and counts the rest.
   *
   * @param timeoutMs how long to wait for the reader at most
   */
  end(timeoutMs: number): void {
    if (!this.isWaiting) return;
    const startMs = performance.now();
    // A reader that has taken nothing for so long is not waited for any longer.
    const isStuck = this.#stalledMs !== undefined && startMs - this.#stalledMs >= timeoutMs;
    const deadlineMs = startMs + (isStuck ? 0 : timeoutMs);
    const output = this.#opened();
    const wasElsewhere = this.#flight !== undefined;
    if (wasElsewhere) this.#land(output, deadlineMs);
    while (output !== undefined && this.isWaiting && (output.isFile || !(wasElsewhere || output.mayWait))) {
      if (this.#writeSome(output)) continue;
      if (performance.now() >= deadlineMs) break;
      sleep(this.#retryMs());
    }
    this.#loseAll();
  }

  /** What another thread has begun to write is written: the end of the process waits for it. */
  #land(output: PromptOutput | undefined, deadlineMs: number): void {
    const { end = Number.NaN } = this.#flight ?? {};
    this.#flight = undefined;
    this.#queue.take(this.#queue.next().length);
    // Not after what follows it.
    while (output?.isFile && output.position < end && performance.now() < deadlineMs) sleep(MIN_RETRY_MS);
  }

  #write(): void {
    if (this.#flight !== undefined) return;
    while (this.isWaiting) {
      const output = this.#opened();
      if (output === undefined) break;
      // A disk may be slow.
      if (output.isFile || output.mayWait) {
        this.#writeElsewhere(output);
        return;
      }
      if (output.isInUse ? this.#onTaken(0) : this.#writeSome(output)) continue;
      this.#writeIn(this.#retryMs());
      return;
    }
    for (const resolve of this.#flushes.splice(0)) resolve();
  }

  /** @returns whether there was room for any of it */
  #writeSome(output: PromptOutput): boolean {
    try {
      return this.#onTaken(output.write(this.#queue.next()));
    } catch {
      return this.#onGone();
    }
  }

  #writeElsewhere(output: PromptOutput): void {
    const bytes = this.#queue.next();
    const flight = { end: output.position + bytes.length };
    this.#flight = flight;
    this.#startup.runInAsyncScope(() => {
      output.writeElsewhere(bytes, (error, taken) => {
        if (this.#flight !== flight) return;
        this.#flight = undefined;
        if (error !== null) this.#onGone();
        else if (!this.#onTaken(taken)) {
          this.#writeIn(this.#retryMs());
          return;
        }
        this.#write();
      });
    });
  }

  #onTaken(byteLength: number): boolean {
    if (byteLength > 0) {
      this.#queue.take(byteLength);
      this.#stalledMs = undefined;
      this.#onChange();
      return true;
    }
    this.#stalledMs ??= performance.now();
    return false;
  }

  #retryMs(): number {
    const stalledForMs = performance.now() - (this.#stalledMs ?? Number.POSITIVE_INFINITY);
    return Math.max(MIN_RETRY_MS, Math.min(stalledForMs / 4, MAX_RETRY_MS));
  }

  #onGone(): true {
    this.#output = 'gone';
    this.#loseAll();
    return true;
  }

  #loseAll(): void {
    const lines = this.#queue.clear();
    if (lines === 0) return;
    this.#onChange();
    this.#onLost(lines);
  }

  #writeIn(ms: number): void {
    if (this.#isScheduled || this.#flight !== undefined) return;
    this.#isScheduled = true;
    this.#startup.runInAsyncScope(() => {
      if (ms > 0) setTimeout(this.#onTurn, ms).unref();
      // Not unref'd: an immediate that is waits for whatever wakes the event loop next.
      else setImmediate(this.#onTurn);
    });
  }

  #opened(): PromptOutput | undefined {
    if (this.#output === 'gone') return undefined;
    try {
      this.#output ??= new PromptOutput('stdout');
      return this.#output;
    } catch {
      this.#onGone();
      return undefined;
    }
  }
}

/** Stops this thread. */
function sleep(ms: number): void {
  Atomics.wait(NEVER, 0, 0, ms);
}
