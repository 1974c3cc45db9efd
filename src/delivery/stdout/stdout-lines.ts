import { AsyncResource } from 'node:async_hooks';
import { PromptOutput } from '../../telemetry/prompt-output.ts';
import { LineQueue } from './line-queue.ts';

/** Milliseconds before the next write to a reader that reads nothing: a quarter of the time it has stalled, bounded. */
const MIN_RETRY_MS = 1;
const MAX_RETRY_MS = 50;

const NEVER = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));

/**
 * Lines on standard output. Neither the service nor its end waits for the reader: up to a MiB of lines waits instead, and
 * further lines are dropped and counted. A line never comes into the middle of one of the application's. Only a line of
 * ours that is longer than 4 KiB can be split: by a pipe that becomes full.
 */
export class StdoutLines {
  readonly #onLost: (lines: number) => void;
  readonly #onChange: () => void;
  readonly #queue = new LineQueue();
  /** `undefined` before the first line. */
  #output: PromptOutput | 'gone' | undefined;
  // Timers start during a request; run in its context, they would keep that context alive.
  readonly #startup = new AsyncResource('otel-access-log.stdout');
  #isScheduled = false;
  /** Since when the reader has read nothing of what was offered. */
  #stalledMs: number | undefined;
  /** The write that another thread is doing now; `end` is the position in the file where it ends. */
  #writeElsewhere: { readonly end: number } | undefined;
  #flushes: (() => void)[] = [];
  readonly #onTurn = (): void => {
    this.#isScheduled = false;
    this.#write();
  };

  /**
   * @param onLost called with the number of lines that were dropped because the reader is too slow, or gone
   * @param onChange called when fewer lines wait than before
   */
  constructor(onLost: (lines: number) => void, onChange: () => void = () => undefined) {
    this.#onLost = onLost;
    this.#onChange = onChange;
  }

  /** How many lines wait. */
  get lines(): number {
    return this.#queue.lines;
  }

  /** Whether there are lines that the reader has not read. */
  get isWaiting(): boolean {
    return !this.#queue.isEmpty;
  }

  write(line: string): void {
    if (this.#output === 'gone' || !this.#queue.add(line)) this.#onLost(1);
    else this.#writeIn(0);
  }

  /** Resolves when the reader has read everything that waits, or is gone. Never, where it stops reading. */
  flush(): Promise<void> {
    return new Promise((resolve) => {
      this.#flushes.push(resolve);
      this.#write();
    });
  }

  /**
   * Writes what waits at the end of the process, as far as the reader reads it, and counts the rest as lost.
   *
   * @param timeoutMs how long to wait for the reader at most
   */
  end(timeoutMs: number): void {
    if (!this.isWaiting) return;
    const startMs = performance.now();
    // A reader that has read nothing for all of that time will not read now.
    const isStuck = this.#stalledMs !== undefined && startMs - this.#stalledMs >= timeoutMs;
    const deadlineMs = startMs + (isStuck ? 0 : timeoutMs);
    const output = this.#opened();
    const wasElsewhere = this.#writeElsewhere !== undefined;
    if (wasElsewhere) this.#awaitWrite(output, deadlineMs);
    while (output !== undefined && this.isWaiting && (output.isFile || !(wasElsewhere || output.mayWait))) {
      if (this.#writeSome(output)) continue;
      if (performance.now() >= deadlineMs) break;
      sleep(this.#retryMs());
    }
    this.#loseAll();
  }

  /** Counts the write of the other thread as done: Node waits for its thread pool before the process ends. */
  #awaitWrite(output: PromptOutput | undefined, deadlineMs: number): void {
    const { end = Number.NaN } = this.#writeElsewhere ?? {};
    this.#writeElsewhere = undefined;
    this.#queue.take(this.#queue.next().length);
    // Later lines must not overtake it in a file.
    while (output?.isFile && output.position < end && performance.now() < deadlineMs) sleep(MIN_RETRY_MS);
  }

  #write(): void {
    if (this.#writeElsewhere !== undefined) return;
    while (this.isWaiting) {
      const output = this.#opened();
      if (output === undefined) break;
      // A disk may be slow, and a write in blocking mode waits for the reader.
      if (output.isFile || output.mayWait) {
        this.#startWriteElsewhere(output);
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

  #startWriteElsewhere(output: PromptOutput): void {
    const bytes = this.#queue.next();
    const started = { end: output.position + bytes.length };
    this.#writeElsewhere = started;
    this.#startup.runInAsyncScope(() => {
      output.writeElsewhere(bytes, (error, taken) => {
        if (this.#writeElsewhere !== started) return;
        this.#writeElsewhere = undefined;
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
    if (this.#isScheduled || this.#writeElsewhere !== undefined) return;
    this.#isScheduled = true;
    this.#startup.runInAsyncScope(() => {
      if (ms > 0) setTimeout(this.#onTurn, ms).unref();
      // Not unref'd: an unref'd immediate runs only when something else wakes the event loop.
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

/** Blocks this thread. */
function sleep(ms: number): void {
  Atomics.wait(NEVER, 0, 0, ms);
}
