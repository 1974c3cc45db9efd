import { basename } from 'node:path';
import { asError } from '../../telemetry/caught.ts';
import type { SpoolSettings, StreamDependencies } from '../stream/stream-settings.ts';
import { AdoptedSpools } from './adopted-spools.ts';
import { LEASE_PERIODS, type LeasePeriods } from './directory/lease.ts';
import { SpoolDirectory } from './directory/spool-directory.ts';
import { LogQueue } from './log-queue.ts';
import type { Timers } from './pause.ts';
import type { SpoolDamage } from './segments/damage.ts';
import { SEGMENT_BYTES } from './segments/segment-format.ts';
import { SegmentLog, type SegmentLogSettings } from './segments/segment-log.ts';
import { NODE_FILES, type SpoolFiles } from './segments/spool-files.ts';
import { Turns } from './segments/turns.ts';

/** Milliseconds from an attempt to open the spool to the next. */
export const RETRY_MS = 10_000;
/** Milliseconds from one search for directories of dead processes to the next. */
const ADOPT_MS = 10_000;
/** The oldest segment gives way as a whole: it is a small part of the limit. */
const SEGMENTS_IN_LIMIT = 16;

export interface HeldSpoolsDependencies extends Pick<StreamDependencies, 'now' | 'wallMs' | 'startTimer'> {
  readonly timers: Timers;
  /** Default: those of Node. */
  readonly files?: SpoolFiles;
  /** Default: `LEASE_PERIODS`. */
  readonly periods?: LeasePeriods;
}

export interface HeldSpoolsListener {
  /** There are queues that were not there before, or there are none any more. */
  onChange(): void;
  onAdopted(queue: LogQueue): void;
  /** Another process has the queue. Called before it counts as taken. */
  onTaken(queue: LogQueue): void;
  /** A message for people. */
  onTrouble(message: string): void;
}

/** What this process has on disk: the log in its own directory, and those of the directories that it has taken over. */
export class HeldSpools {
  readonly #settings: SpoolSettings;
  readonly #dependencies: HeldSpoolsDependencies;
  readonly #listener: HeldSpoolsListener;
  readonly #adopted: AdoptedSpools;
  readonly #ownTurns = new Turns();
  /** For the directories of others. A turn of these may wait for one of the other, which never waits for these. */
  readonly #otherTurns = new Turns();
  #directory: SpoolDirectory | undefined;
  #own: LogQueue | undefined;
  #opening: Promise<void> | undefined;
  #isEnded = false;

  constructor(settings: SpoolSettings, dependencies: HeldSpoolsDependencies, listener: HeldSpoolsListener) {
    this.#settings = settings;
    this.#dependencies = dependencies;
    this.#listener = listener;
    this.#adopted = new AdoptedSpools({
      turns: this.#otherTurns,
      open: (path) => this.#recover(path),
      onAdopted: (queue) => {
        listener.onAdopted(queue);
        listener.onChange();
      },
      onError: (error) => this.#trouble(error),
    });
  }

  /** Where this process writes; `undefined` before it is open. */
  get own(): LogQueue | undefined {
    return this.#own;
  }

  /** Those of other processes come first. */
  get queues(): readonly LogQueue[] {
    return this.#own === undefined ? this.#adopted.queues : [...this.#adopted.queues, this.#own];
  }

  /** Whether it was opened; another process may have it now. */
  get wasOpened(): boolean {
    return this.#directory !== undefined;
  }

  /** Whether all of it is certainly this process's. Cheap. */
  get isOwned(): boolean {
    return !this.#isEnded && this.#directory?.isOwned() === true;
  }

  /** Whether it was opened, and may be another process's by now. */
  get isUncertain(): boolean {
    return !this.#isEnded && this.#directory?.isOwned() === false;
  }

  /** Asks the file system where it is not certain. @returns whether all of it is certainly this process's */
  async confirm(): Promise<boolean> {
    return this.isOwned || (!this.#isEnded && (await this.#directory?.renew()) === true);
  }

  /** The same at once, while the process ends. */
  confirmNow(): boolean {
    return this.isOwned || (!this.#isEnded && this.#directory?.renewSync() === true);
  }

  start(): void {
    if (!this.#isEnded) this.#opening ??= this.#open();
  }

  /**
   * Opens it at once, while the process ends: an asynchronous attempt may be under way, and has a directory of its own.
   * Does nothing where it was opened before.
   */
  openNow(): void {
    if (this.#isEnded || this.#directory !== undefined) return;
    try {
      this.#use(SpoolDirectory.openSync(...this.#place()));
    } catch (error) {
      this.#listener.onTrouble(`the spool cannot be used: ${asError(error).message}`);
    }
  }

  /** Resolves when the attempt to open it has ended; at once where none has begun. */
  async opened(): Promise<void> {
    await this.#opening;
  }

  /** Removes the queue where nothing is left in it, and another process has left it. */
  remove(queue: LogQueue): void {
    void this.#adopted.remove(queue);
  }

  /** Gives everything back. Never rejects. */
  async end(): Promise<void> {
    this.#isEnded = true;
    // An opening that is under way gives its directory back by itself.
    await this.#opening;
    for (const { log } of this.queues) await log.close();
    await this.#directory?.release();
  }

  /** The same at once, while the process ends. */
  endNow(): void {
    this.#isEnded = true;
    for (const { log } of this.queues) log.closeSync();
    this.#directory?.releaseSync();
  }

  async #open(): Promise<void> {
    try {
      const directory = await SpoolDirectory.open(...this.#place());
      if (this.#isEnded || this.#directory !== undefined) {
        await directory.release();
        return;
      }
      this.#use(directory);
      void this.#adopt();
    } catch (error) {
      this.#listener.onTrouble(`the spool cannot be used: ${asError(error).message}`);
      this.#dependencies.timers.after(RETRY_MS, () => {
        this.#opening = this.#open();
      });
    }
  }

  /** What opens a directory. */
  #place(): Parameters<typeof SpoolDirectory.open> {
    const { now, startTimer, wallMs, periods = LEASE_PERIODS } = this.#dependencies;
    const dependencies = {
      now,
      startTimer,
      wallNow: wallMs,
      turns: this.#ownTurns,
      onLost: () => this.#onLost(),
      onRegained: () => this.#listener.onChange(),
      onTrouble: (error: Error) => this.#trouble(error),
    };
    return [this.#settings.directory, dependencies, periods];
  }

  /** The directory was made just now, so there is nothing to recover. */
  #use(directory: SpoolDirectory): void {
    this.#directory = directory;
    const { path } = directory;
    this.#own = new LogQueue(new SegmentLog(path, this.#logSettings(this.#ownTurns)), basename(path));
    this.#listener.onChange();
  }

  #recover(path: string): Promise<SegmentLog> {
    return SegmentLog.recover(path, this.#logSettings(this.#otherTurns));
  }

  #logSettings(turns: Turns): SegmentLogSettings {
    const { limitBytes, fsync } = this.#settings;
    return {
      fsync,
      turns,
      files: this.#dependencies.files ?? NODE_FILES,
      segmentBytes: Math.min(SEGMENT_BYTES, Math.floor(limitBytes / SEGMENTS_IN_LIMIT)),
      onDamage: (damage) => this.#listener.onTrouble(`the spool: ${told(damage)}`),
      onError: (error) => this.#trouble(error),
    };
  }

  /** Takes over what processes before have left, now and from time to time. */
  async #adopt(): Promise<void> {
    if (this.#directory === undefined || this.#isEnded) return;
    await this.#adopted.adopt(this.#directory);
    this.#dependencies.timers.after(ADOPT_MS, () => void this.#adopt());
  }

  #onLost(): void {
    const queues = this.queues;
    this.#adopted.clear();
    this.#own = undefined;
    for (const queue of queues) {
      this.#listener.onTaken(queue);
      queue.isTaken = true;
      void queue.log.close();
    }
    this.#listener.onTrouble('the spool: another process has taken over the directory of this one');
    this.#listener.onChange();
    void this.#reopen();
  }

  async #reopen(): Promise<void> {
    const directory = this.#directory;
    if (directory === undefined || this.#isEnded) return;
    try {
      await this.#ownTurns.take(() => directory.reacquire());
      if (!this.#isEnded) this.#use(directory);
    } catch (error) {
      this.#listener.onTrouble(`the spool cannot be used: ${asError(error).message}`);
      this.#dependencies.timers.after(RETRY_MS, () => void this.#reopen());
    }
  }

  #trouble(error: unknown): void {
    if (!this.#isEnded) this.#listener.onTrouble(`the spool: ${asError(error).message}`);
  }
}

function told({ file, kind, bytes, error }: SpoolDamage): string {
  const name = basename(file);
  if (error !== undefined) return `${name} cannot be read: ${asError(error).message}`;
  return `${bytes} bytes of ${name} cannot be read (${kind})`;
}
