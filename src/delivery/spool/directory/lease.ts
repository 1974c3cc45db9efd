import { randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, renameSync, rmdirSync, unlinkSync } from 'node:fs';
import { mkdir, readdir, rename, rmdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { asError } from '../../../telemetry/caught.ts';
import type { StreamDependencies, Timer } from '../../stream/stream-settings.ts';
import { Turns } from '../segments/turns.ts';
import { atOnce, type BothWays, call, inTime } from './both-ways.ts';
import {
  createLease,
  isGone,
  isReleased,
  type LeaseFile,
  leaseName,
  RELEASED,
  touchLease,
} from './lease-file.ts';
import { type Identity, isInPlace, isSame, type SpoolRoot, statusOf } from './spool-root.ts';

/** In milliseconds. All processes that share a directory need the same. */
export interface LeasePeriods {
  /** From one renewal to the next. */
  readonly renewMs: number;
  /** So long after a renewal the owner relies on it. Shorter than `expiryMs`, so that the owner stops first. */
  readonly trustMs: number;
  /** So long after its last renewal a lease is taken over. */
  readonly expiryMs: number;
}

export const LEASE_PERIODS: LeasePeriods = { renewMs: 5_000, trustMs: 20_000, expiryMs: 30_000 };

/** Dependencies of a `Lease` on its process. */
export interface LeaseDependencies extends Pick<StreamDependencies, 'now' | 'startTimer'> {
  /** Milliseconds of the clock that is set: it goes on while a machine is suspended, and `now` may not. */
  readonly wallNow: () => number;
  /** Called once, when another process has the directory or it is gone. What is in it is not this process's any more. */
  readonly onLost: () => void;
  /** Called when a renewal has succeeded after the lease was not relied on for a while. */
  readonly onRegained?: () => void;
  /** A renewal takes one of these, before all that waits: a disk that stalls keeps no other thread of the pool busy. */
  readonly turns?: Turns;
  /** Called with each error of the file system. The lease is tried again. */
  readonly onTrouble: (error: Error) => void;
}

interface Moment {
  readonly ms: number;
  readonly wallMs: number;
}

/** Directories that are made before the file system counts as too slow. */
const MAX_ATTEMPTS = 3;

/**
 * The right of one process, or one worker thread, to a directory below the root. A process id would say nothing: in
 * containers every process may be number 1.
 *
 * The lease is a file in the directory, `lease-<number>`. Each renewal sets its modification time and gives it the next
 * number. A process that takes over removes the file by the name whose age it has seen: it fails where the owner has
 * renewed meanwhile, and the owner's renewal fails where the file was removed. So the file system decides between them,
 * at whatever moment either of them was stopped.
 */
export class Lease {
  readonly directory: string;
  readonly #root: SpoolRoot;
  readonly #identity: Identity;
  readonly #fileIdentity: Identity;
  readonly #periods: LeasePeriods;
  readonly #dependencies: LeaseDependencies;
  readonly #turns: Turns;
  #state: 'held' | 'lost' | 'released' = 'held';
  #number = 0;
  #fileTimeNs: bigint;
  /** When the last renewal that succeeded began. */
  #confirmed: Moment;
  #renewal: Promise<boolean> | undefined;
  #timer: Timer | undefined;

  private constructor(
    root: SpoolRoot,
    directory: string,
    identity: Identity,
    file: LeaseFile,
    confirmed: Moment,
    periods: LeasePeriods,
    dependencies: LeaseDependencies,
  ) {
    this.#root = root;
    this.directory = directory;
    this.#identity = identity;
    this.#fileIdentity = file.identity;
    this.#fileTimeNs = file.timeNs;
    this.#confirmed = confirmed;
    this.#periods = periods;
    this.#dependencies = dependencies;
    this.#turns = dependencies.turns ?? new Turns();
    this.#schedule();
  }

  /**
   * Makes a directory of a new name, and its lease.
   *
   * @throws Error as `node:fs` does
   */
  static *acquire(root: SpoolRoot, dependencies: LeaseDependencies, periods: LeasePeriods): BothWays<Lease> {
    for (let attempt = 1; ; attempt++) {
      const begun = momentOf(dependencies);
      const directory = join(root.path, randomUUID());
      yield* call<unknown>(
        () => mkdir(directory, { mode: 0o700 }),
        () => mkdirSync(directory, { mode: 0o700 }),
      );
      const file = yield* createLease(join(directory, leaseName(0)));
      const identity = yield* statusOf(directory);
      // A directory that stood too long without a lease may be in the hands of another process.
      if (elapsedMs(begun, dependencies) < periods.trustMs)
        return new Lease(root, directory, identity, file, begun, periods, dependencies);
      if (attempt === MAX_ATTEMPTS) throw new Error(`${root.path} takes too long to answer`);
    }
  }

  /** Modification time of the lease at its last renewal: what time it was for the file system. */
  get fileTimeNs(): bigint {
    return this.#fileTimeNs;
  }

  /** Another process has the directory, or it is gone. */
  get isLost(): boolean {
    return this.#state === 'lost';
  }

  /**
   * Whether the directory is certainly this process's. Cheap: it looks at clocks only. To be asked before each use, and
   * after it where what was written must not be read by another process.
   */
  isOwned(): boolean {
    return this.#state === 'held' && elapsedMs(this.#confirmed, this.#dependencies) < this.#periods.trustMs;
  }

  /** Renews now. Calls `onLost` where another process has the directory. Never rejects. @returns `isOwned()` */
  renew(): Promise<boolean> {
    // The wait for the turn counts too.
    const begun = momentOf(this.#dependencies);
    this.#renewal ??= this.#turns
      .takeFirst(() => inTime(this.#renewing(begun)))
      .finally(() => {
        this.#renewal = undefined;
      });
    return this.#renewal;
  }

  /** `renew` while the process is ending: the event loop may have been blocked for so long that no renewal came due. */
  renewSync(): boolean {
    return atOnce(this.#renewing(momentOf(this.#dependencies)));
  }

  /** Gives the directory back, so that another process may take it over at once. Removes it where it is empty. */
  async release(): Promise<void> {
    if (!this.#end()) return;
    await this.#renewal;
    const [lease, released] = [this.#path(), join(this.directory, RELEASED)];
    try {
      await rename(lease, released);
      const names = await readdir(this.directory);
      if (names.some((name) => !isReleased(name))) return;
      await unlink(released);
      await rmdir(this.directory);
    } catch {
      // It expires then.
    }
  }

  /** `release` while the process is ending. */
  releaseSync(): void {
    if (!this.#end()) return;
    // A renewal may be on its way, in a thread that this call does not stop.
    for (const number of [this.#number, this.#number + 1]) {
      const released = join(this.directory, RELEASED);
      try {
        renameSync(this.#path(number), released);
        if (readdirSync(this.directory).some((name) => !isReleased(name))) return;
        unlinkSync(released);
        rmdirSync(this.directory);
        return;
      } catch {
        // It expires then.
      }
    }
  }

  *#renewing(begun: Moment): BothWays<boolean> {
    if (this.#state !== 'held') return false;
    const wasOwned = this.isOwned();
    try {
      const file = yield* this.#touch();
      const isOurs =
        isSame(file.identity, this.#fileIdentity) &&
        (yield* isInPlace(this.directory, this.#identity)) &&
        (yield* isInPlace(this.#root.path, this.#root.identity));
      if (!isOurs) return this.#lose();
      this.#fileTimeNs = file.timeNs;
      this.#confirmed = begun;
      if (!wasOwned) this.#dependencies.onRegained?.();
    } catch (error) {
      if (isGone(error)) return this.#lose();
      this.#dependencies.onTrouble(asError(error));
    }
    return this.isOwned();
  }

  /** A renewal of the other kind may be under way, and have given the lease its next name. */
  *#touch(): BothWays<LeaseFile> {
    const number = this.#number;
    try {
      return yield* this.#touchNumber(number);
    } catch (error) {
      if (!isGone(error)) throw error;
      return yield* this.#touchNumber(number + 1);
    }
  }

  *#touchNumber(number: number): BothWays<LeaseFile> {
    const [path, next] = [this.#path(number), this.#path(number + 1)];
    const file = yield* touchLease(path);
    yield* call(
      () => rename(path, next),
      () => renameSync(path, next),
    );
    this.#number = Math.max(this.#number, number + 1);
    return file;
  }

  #lose(): false {
    if (this.#state !== 'held') return false;
    this.#state = 'lost';
    this.#timer?.stop();
    this.#dependencies.onLost();
    return false;
  }

  /** @returns whether the lease was held until now */
  #end(): boolean {
    const wasHeld = this.#state === 'held';
    if (wasHeld) this.#state = 'released';
    this.#timer?.stop();
    return wasHeld;
  }

  #schedule(): void {
    if (this.#state !== 'held') return;
    const { startTimer, onTrouble } = this.#dependencies;
    this.#timer = startTimer(this.#periods.renewMs, () => {
      this.renew()
        .catch((error: unknown) => onTrouble(asError(error)))
        .finally(() => this.#schedule());
    });
  }

  #path(number: number = this.#number): string {
    return join(this.directory, leaseName(number));
  }
}

function momentOf({ now, wallNow }: LeaseDependencies): Moment {
  return { ms: now(), wallMs: wallNow() };
}

/**
 * The larger one of two clocks. The monotonic one may stand still while a machine is suspended. The wall clock is that
 * of the file system on the same machine: where it is set, other processes see every lease as old, or as new.
 */
function elapsedMs(since: Moment, { now, wallNow }: LeaseDependencies): number {
  return Math.max(now() - since.ms, Math.abs(wallNow() - since.wallMs));
}
