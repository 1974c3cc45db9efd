import { asError } from '../../telemetry/caught.ts';
import type { Usage } from '../../telemetry/delivery-report.ts';
import type { SpoolSettings, Timer } from '../stream/stream-settings.ts';
import type { BatchContent } from './batch-content.ts';
import type { Stored } from './disk-copy.ts';
import { encodeFrame } from './frame/frame.ts';
import { FrameReader, type FrameReaderDependencies } from './frame-reader.ts';
import { HeldSpools, type HeldSpoolsDependencies, RETRY_MS } from './held-spools.ts';
import type { LogQueue } from './log-queue.ts';
import { Pause, Timers } from './pause.ts';
import type { StoredFrame } from './segments/frame-table.ts';
import type { Spool, SpoolListener } from './spool.ts';
import { SpoolLimit } from './spool-limit.ts';
import { StoredInLog } from './stored-in-log.ts';
import type { WaitingFrame } from './waiting-frame.ts';

/** Milliseconds until a spool without room is tried again: what is delivered is deleted meanwhile. */
const FULL_MS = 1_000;
/** Milliseconds that the end of the process or of delivery waits for a disk that stalls. */
const MAX_WAIT_MS = 2_000;

export interface DiskSpoolDependencies
  extends FrameReaderDependencies,
    Omit<HeldSpoolsDependencies, 'timers'> {}

/**
 * The spool of this process: frames in files of its own directory, and those that processes before it have left. Opens
 * nothing before {@link start}. An error of the disk is never one of delivery: records stay in memory then.
 */
export class DiskSpool implements Spool {
  readonly #startTimer: DiskSpoolDependencies['startTimer'];
  readonly #timers: Timers;
  readonly #held: HeldSpools;
  readonly #reader: FrameReader;
  readonly #limit: SpoolLimit;
  readonly #writing: Pause;
  readonly #reading: Pause;
  #listener: SpoolListener = { onAdopted() {}, onLost() {}, onTrouble() {} };
  #onChange = (): void => undefined;
  /** The disk has not opened in the time that the end of the process waits for it. */
  #isStalled = false;

  constructor(settings: SpoolSettings, dependencies: DiskSpoolDependencies) {
    const listener: SpoolListener = {
      onAdopted: (exchanges) => this.#listener.onAdopted(exchanges),
      onLost: (loss) => this.#listener.onLost(loss),
      onTrouble: (message) => this.#listener.onTrouble(message),
    };
    const { startTimer } = dependencies;
    this.#startTimer = startTimer;
    this.#timers = new Timers(startTimer);
    this.#writing = new Pause(this.#timers, () => this.#onChange());
    this.#reading = new Pause(this.#timers, () => this.#onChange());
    this.#reader = new FrameReader(dependencies, listener);
    this.#held = new HeldSpools(
      settings,
      { ...dependencies, timers: this.#timers },
      {
        onChange: () => this.#onChange(),
        onAdopted: ({ log }) => {
          if (log.exchanges > 0) listener.onAdopted(log.exchanges);
          void this.#limit.keep();
        },
        onTaken: ({ waitingExchanges }) => {
          if (waitingExchanges > 0) listener.onAdopted(-waitingExchanges);
        },
        onTrouble: listener.onTrouble,
      },
    );
    this.#limit = new SpoolLimit(settings.limitBytes, () => this.#held.queues, listener.onLost);
  }

  attach(listener: SpoolListener): void {
    this.#listener = listener;
  }

  listen(onChange: () => void): void {
    this.#onChange = onChange;
  }

  get isWritable(): boolean {
    return !this.#writing.isOn && this.#held.own !== undefined && this.#held.isOwned;
  }

  get isUncertain(): boolean {
    return this.#held.isUncertain;
  }

  get waiting(): number {
    if (this.#reading.isOn || !this.#held.isOwned) return 0;
    return this.#held.queues.reduce((sum, { waiting }) => sum + waiting, 0);
  }

  get exchanges(): number {
    return this.#held.queues.reduce((sum, { log }) => sum + log.exchanges, 0);
  }

  get usage(): Usage {
    return this.#limit.usage;
  }

  start(): void {
    this.#held.start();
  }

  async write({ content, events }: BatchContent): Promise<Stored | undefined> {
    const queue = this.#held.own;
    if (queue === undefined || !this.isWritable) return undefined;
    try {
      const parts = encodeFrame(content);
      const bytes = parts.reduce((sum, { length }) => sum + length, 0);
      const frame = await this.#limit.write(bytes, () => queue.log.append(parts));
      if (frame === undefined) this.#writing.begin(FULL_MS);
      else if ((await this.#held.confirm()) && !queue.isTaken) {
        queue.hold(frame, events);
        return this.#stored(queue, frame);
      }
      // The records stay in memory, so the frame must not be read as well.
      else queue.log.finish(frame);
    } catch (error) {
      if (!queue.isTaken) this.#fail(this.#writing, 'takes nothing', error);
    }
    return undefined;
  }

  writeNow({ content, events }: BatchContent): Stored | undefined {
    if (this.#mayOpenNow) this.#held.openNow();
    const isOwned = this.#held.confirmNow();
    const queue = this.#held.own;
    if (queue === undefined || !isOwned) return undefined;
    try {
      const frame = queue.log.appendSync(encodeFrame(content));
      queue.hold(frame, events);
      return this.#stored(queue, frame);
    } catch (error) {
      this.#fail(this.#writing, 'takes nothing', error);
      return undefined;
    }
  }

  setAside(stored: Stored): void {
    if (!(stored instanceof StoredInLog)) return;
    if (stored.isTaken) this.#reader.handOver(stored.frame);
    else stored.queue.setAside(stored.frame);
  }

  giveUp(stored: Stored, errorType: string, message: string): void {
    if (!(stored instanceof StoredInLog)) return;
    const { queue, frame } = stored;
    void this.#reader.giveUp(queue, frame, errorType, message).then(() => this.#held.remove(queue));
  }

  async takeNext(): Promise<WaitingFrame | undefined> {
    if (!(await this.#held.confirm())) return undefined;
    for (const queue of this.#held.queues) {
      for (let frame = this.#take(queue); frame !== undefined; frame = this.#take(queue)) {
        const next = await this.#read(queue, frame);
        if (next !== undefined) return next;
      }
      this.#held.remove(queue);
    }
    return undefined;
  }

  get canStoreLast(): boolean {
    if (this.#mayOpenNow) return true;
    return !this.#writing.isOn && this.#held.own !== undefined && (this.#held.isOwned || this.isUncertain);
  }

  endNow(): void {
    this.#timers.stop();
    this.#held.endNow();
  }

  async end(): Promise<void> {
    this.#timers.stop();
    await this.#orAfter(MAX_WAIT_MS, this.#held.end());
  }

  async opened(): Promise<void> {
    await this.#orAfter(MAX_WAIT_MS, this.#held.opened(), () => {
      this.#isStalled = true;
    });
  }

  /** A disk that did not open in time would hold up the end as well. */
  get #mayOpenNow(): boolean {
    return !this.#held.wasOpened && !this.#isStalled;
  }

  async #orAfter(ms: number, work: Promise<void>, onTooLong?: () => void): Promise<void> {
    let timer: Timer | undefined;
    const tooLong = new Promise<void>((resolve) => {
      timer = this.#startTimer(ms, () => {
        onTooLong?.();
        resolve();
      });
    });
    await Promise.race([work, tooLong]);
    timer?.stop();
  }

  #stored(queue: LogQueue, frame: StoredFrame): Stored {
    return new StoredInLog(queue, frame, () => this.#held.remove(queue));
  }

  #take(queue: LogQueue): StoredFrame | undefined {
    return queue.isTaken || this.#reading.isOn ? undefined : queue.take();
  }

  async #read(queue: LogQueue, frame: StoredFrame): Promise<WaitingFrame | undefined> {
    try {
      const content = await this.#reader.read(queue, frame);
      if (content === undefined) return undefined;
      return { content, events: queue.eventsOf(frame), stored: this.#stored(queue, frame) };
    } catch (error) {
      this.setAside(this.#stored(queue, frame));
      if (!queue.isTaken) this.#fail(this.#reading, 'cannot be read', error);
      return undefined;
    }
  }

  #fail(work: Pause, what: string, error: unknown): void {
    if (work.isOn || !this.#held.isOwned) return;
    this.#listener.onTrouble(`the spool ${what}: ${asError(error).message}`);
    work.begin(RETRY_MS);
  }
}
