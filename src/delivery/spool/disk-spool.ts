import { basename } from 'node:path';
import { asError } from '../../telemetry/caught.ts';
import type { SpoolSettings, StreamDependencies, Timer } from '../stream/stream-settings.ts';
import type { BatchContent } from './batch-content.ts';
import type { Stored } from './disk-copy.ts';
import { encodeFrame, type FrameContent } from './frame.ts';
import type { StoredFrame } from './frame-table.ts';
import { LogQueue } from './log-queue.ts';
import { SegmentLog, type SegmentLogSettings } from './segment-log.ts';
import { removeSpool, SpoolDirectory } from './spool-directory.ts';
import type { Spool, SpoolListener } from './spooler.ts';
import type { WaitingFrame } from './waiting-frame.ts';

/** Milliseconds after an error until the disk is tried again. */
const RETRY_MS = 10_000;
/** Milliseconds from one search for directories of dead processes to the next. */
const ADOPT_MS = 10_000;
/** Directories that are taken over at once, at most: their indexes are in memory. */
const MAX_ADOPTED = 64;
/** Loki refuses lines that are an hour behind their stream: what is older than this goes into a stream of its own. */
const LATE_MS = 30 * 60_000;
/** Loki refuses lines older than a week, by default (`reject_old_samples_max_age`). */
const TOO_OLD_MS = 7 * 24 * 3_600_000 - 3_600_000;

export interface DiskSpoolDependencies extends Pick<StreamDependencies, 'now' | 'wallMs' | 'startTimer'> {
  /** Adds the attribute of the stream of late records to an encoded resource. */
  readonly withReplay: (resourceLogs: Uint8Array, name: string) => Uint8Array;
}

/**
 * The spool of this process: frames in files of its own directory, and those that processes before it have left. Opens
 * nothing before {@link start}. An error of the disk is never one of delivery: records stay in memory then.
 */
export class DiskSpool implements Spool {
  readonly #settings: SpoolSettings;
  readonly #dependencies: DiskSpoolDependencies;
  #listener: SpoolListener = { onAdopted() {}, onLost() {}, onTrouble() {} };
  #onChange = (): void => undefined;
  #directory: SpoolDirectory | undefined;
  #own: LogQueue | undefined;
  /** Oldest first. */
  #adopted: LogQueue[] = [];
  #isStarted = false;
  #isEnded = false;
  #isTroubled = false;
  #isDropping = false;
  #timers: Timer[] = [];

  constructor(settings: SpoolSettings, dependencies: DiskSpoolDependencies) {
    this.#settings = settings;
    this.#dependencies = dependencies;
  }

  attach(listener: SpoolListener): void {
    this.#listener = listener;
  }

  listen(onChange: () => void): void {
    this.#onChange = onChange;
  }

  get isWritable(): boolean {
    return !this.#isTroubled && this.#own !== undefined && this.#directory?.isOwned() === true;
  }

  get waiting(): number {
    if (this.#directory?.isOwned() !== true) return 0;
    return this.#queues().reduce((sum, { waiting }) => sum + waiting, 0);
  }

  start(): void {
    if (this.#isStarted) return;
    this.#isStarted = true;
    void this.#open();
  }

  async write({ content, events }: BatchContent): Promise<Stored | undefined> {
    const queue = this.#own;
    if (queue === undefined || !this.isWritable) return undefined;
    try {
      const frame = await queue.log.append(encodeFrame(content));
      // Taken over while the disk was slow: it is not ours to count on.
      if (queue !== this.#own || this.#directory?.isOwned() !== true) return undefined;
      queue.hold(frame, events);
      this.#keepLimit();
      return this.#stored(queue, frame);
    } catch (error) {
      this.#fail(error);
      return undefined;
    }
  }

  writeNow({ content }: BatchContent): Stored | undefined {
    const queue = this.#own;
    if (queue === undefined || this.#directory?.isOwned() !== true) return undefined;
    try {
      return this.#stored(queue, queue.log.appendSync(encodeFrame(content)));
    } catch (error) {
      this.#fail(error);
      return undefined;
    }
  }

  setAside(stored: Stored): void {
    if (stored instanceof StoredInLog) stored.queue.setAside(stored.frame);
  }

  async takeNext(): Promise<WaitingFrame | undefined> {
    if (this.#directory === undefined || !(this.#directory.isOwned() || (await this.#directory.renew()))) {
      return undefined;
    }
    for (const queue of this.#queues()) {
      for (let frame = queue.take(); frame !== undefined; frame = queue.take()) {
        const content = await this.#read(queue, frame);
        if (content === undefined) continue;
        return { content, events: queue.eventsOf(frame), stored: this.#stored(queue, frame) };
      }
    }
    return undefined;
  }

  /** The process ends: another one may take over at once what is left. */
  endNow(): void {
    this.#stopTimers();
    for (const { log } of this.#queues()) log.closeSync();
    this.#directory?.releaseSync();
  }

  /** Gives back the directory. What is left there is for another process. */
  async end(): Promise<void> {
    this.#stopTimers();
    for (const { log } of this.#queues()) await log.close();
    await this.#directory?.release();
  }

  #queues(): readonly LogQueue[] {
    return this.#own === undefined ? this.#adopted : [...this.#adopted, this.#own];
  }

  #stored(queue: LogQueue, frame: StoredFrame): Stored {
    return new StoredInLog(queue, frame, () => {
      if (queue.isDone && queue.adoptedFrom !== undefined) void this.#removeAdopted(queue);
    });
  }

  async #open(): Promise<void> {
    const { now, startTimer, wallMs } = this.#dependencies;
    try {
      this.#directory = await SpoolDirectory.open(this.#settings.directory, {
        now,
        startTimer,
        wallNow: wallMs,
        onLost: () => this.#onLeaseLost(),
        onTrouble: (error) => this.#listener.onTrouble(`the spool: ${error.message}`),
      });
      await this.#openLog(this.#directory);
      await this.#adopt();
    } catch (error) {
      this.#listener.onTrouble(`the spool cannot be used: ${asError(error).message}`);
      this.#after(RETRY_MS, () => void this.#open());
    }
  }

  async #openLog({ path }: SpoolDirectory): Promise<void> {
    const log = await SegmentLog.recover(path, this.#logSettings());
    this.#own = new LogQueue(log, basename(path));
    this.#onChange();
  }

  #logSettings(): SegmentLogSettings {
    return {
      fsync: this.#settings.fsync,
      onDamage: ({ file, kind, bytes }) =>
        this.#listener.onTrouble(`the spool: ${bytes} bytes of ${basename(file)} cannot be read (${kind})`),
      onError: (error) => this.#listener.onTrouble(`the spool: ${asError(error).message}`),
    };
  }

  /** Takes over what processes before have left, now and from time to time. */
  async #adopt(): Promise<void> {
    const directory = this.#directory;
    if (directory === undefined || this.#isEnded) return;
    try {
      const most = MAX_ADOPTED - this.#adopted.length;
      const paths = most > 0 && directory.isOwned() ? await directory.takeOver(most) : [];
      for (const path of paths) await this.#addAdopted(path);
    } catch (error) {
      this.#listener.onTrouble(`the spool: ${asError(error).message}`);
    }
    this.#after(ADOPT_MS, () => void this.#adopt());
  }

  async #addAdopted(path: string): Promise<void> {
    const log = await SegmentLog.recover(path, this.#logSettings());
    const queue = new LogQueue(log, nameOfOwner(path), path);
    if (queue.isDone) {
      await this.#removeAdopted(queue);
      return;
    }
    this.#adopted.push(queue);
    this.#listener.onAdopted(log.exchanges);
    this.#keepLimit();
    this.#onChange();
  }

  async #removeAdopted(queue: LogQueue): Promise<void> {
    this.#adopted = this.#adopted.filter((other) => other !== queue);
    await queue.log.close();
    if (queue.adoptedFrom !== undefined) await removeSpool(queue.adoptedFrom);
  }

  /** @returns `undefined` where the frame cannot be delivered; it is counted as lost then */
  async #read(queue: LogQueue, frame: StoredFrame): Promise<FrameContent | undefined> {
    const ageMs = this.#dependencies.wallMs() - frame.newestMs;
    if (ageMs > TOO_OLD_MS) {
      await this.#lose(queue, frame, 'too_old', 'records are too old for Loki (a week)');
      return undefined;
    }
    try {
      const content = await queue.log.read(frame);
      if (content === undefined) {
        await this.#lose(queue, frame, 'spool_damaged', 'records cannot be read from the spool');
        return undefined;
      }
      return this.#dependencies.wallMs() - content.oldestMs > LATE_MS
        ? this.#late(content, queue.name)
        : content;
    } catch (error) {
      queue.setAside(frame);
      this.#fail(error);
      return undefined;
    }
  }

  #late(content: FrameContent, name: string): FrameContent {
    const { withReplay } = this.#dependencies;
    const groups = content.groups.map((group) => ({
      ...group,
      resourceLogs: withReplay(group.resourceLogs, name),
    }));
    return { ...content, groups };
  }

  async #lose(queue: LogQueue, frame: StoredFrame, errorType: string, message: string): Promise<void> {
    const counts = await queue.log.counts(frame);
    if (queue.finish(frame)) this.#listener.onLost(counts, errorType, message);
  }

  /** Gives up the oldest segments while there is more on disk than may be. */
  #keepLimit(): void {
    if (this.#isDropping || this.#bytes <= this.#settings.limitBytes) return;
    this.#isDropping = true;
    void this.#dropOldest().finally(() => {
      this.#isDropping = false;
    });
  }

  async #dropOldest(): Promise<void> {
    for (const queue of this.#queues()) {
      while (this.#bytes > this.#settings.limitBytes) {
        const counts = await queue.log.dropOldest((frame) => !queue.isInMemory(frame));
        if (counts === undefined) break;
        this.#listener.onLost(
          counts,
          'spool_limit',
          'the limit of the spool is reached: the oldest records give way',
        );
      }
    }
  }

  get #bytes(): number {
    return this.#queues().reduce((sum, { log }) => sum + log.bytes, 0);
  }

  /** Another process has the directory: what waits there is that one's to deliver. */
  #onLeaseLost(): void {
    const waiting = this.#queues().reduce((sum, { log }) => sum + log.exchanges, 0);
    this.#own = undefined;
    this.#adopted = [];
    this.#listener.onTrouble('the spool: another process has taken over the directory of this one');
    if (waiting > 0) this.#listener.onAdopted(-waiting);
    void this.#reopen();
  }

  async #reopen(): Promise<void> {
    try {
      await this.#directory?.reacquire();
      if (this.#directory !== undefined && !this.#isEnded) await this.#openLog(this.#directory);
    } catch (error) {
      this.#listener.onTrouble(`the spool cannot be used: ${asError(error).message}`);
      this.#after(RETRY_MS, () => void this.#reopen());
    }
  }

  #fail(error: unknown): void {
    this.#listener.onTrouble(`the spool takes nothing: ${asError(error).message}`);
    if (this.#isTroubled) return;
    this.#isTroubled = true;
    this.#after(RETRY_MS, () => {
      this.#isTroubled = false;
      this.#onChange();
    });
  }

  #after(ms: number, callback: () => void): void {
    if (this.#isEnded) return;
    const timer = this.#dependencies.startTimer(ms, () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
      callback();
    });
    this.#timers.push(timer);
  }

  #stopTimers(): void {
    this.#isEnded = true;
    for (const timer of this.#timers) timer.stop();
    this.#timers = [];
  }
}

class StoredInLog implements Stored {
  readonly queue: LogQueue;
  readonly frame: StoredFrame;
  readonly #onFinished: () => void;

  constructor(queue: LogQueue, frame: StoredFrame, onFinished: () => void) {
    this.queue = queue;
    this.frame = frame;
    this.#onFinished = onFinished;
  }

  finish(): void {
    this.queue.finish(this.frame);
    this.#onFinished();
  }
}

/** `adopted-<uuid>-<number>` was the directory `<uuid>`. */
function nameOfOwner(path: string): string {
  return basename(path)
    .replace(/^adopted-/, '')
    .replace(/-\d+$/, '');
}
