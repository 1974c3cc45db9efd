import { readdir, rename } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { asError } from '../../../telemetry/caught.ts';
import { atOnce, type BothWays, inTime } from './both-ways.ts';
import { type DeadDirectory, findDeadDirectories, removeIfEmpty, takeDirectory } from './dead-directories.ts';
import { LEASE_PERIODS, Lease, type LeaseDependencies, type LeasePeriods } from './lease.ts';
import { isGone } from './lease-file.ts';
import { openSpoolRoot, type SpoolRoot } from './spool-root.ts';

/** A directory that was taken over: its owner's name, and a number that is its own here. */
const ADOPTED = /^adopted-(.+)-\d+$/;
/** Directories that are found in one; further ones are found when these are empty and removed. */
const MAX_SPOOLS = 1_000;
const MAX_DEPTH = 16;

/**
 * The directory of one pipeline below the spool directory that many processes share, held by a lease. Takes over the
 * directories of processes that have ended.
 *
 * ```
 * <directory>/otel-access-log/<uuid>/             of one process or worker thread
 *                                    lease-<n>    renewed while it lives
 *                                    adopted-…/   directories that it has taken over, with their files
 * ```
 */
export class SpoolDirectory {
  readonly #named: string;
  readonly #dependencies: LeaseDependencies;
  readonly #periods: LeasePeriods;
  #root: SpoolRoot;
  #lease: Lease;
  #adoptions = 0;
  #reacquisition: Promise<void> | undefined;
  #isReleased = false;

  private constructor(
    named: string,
    root: SpoolRoot,
    lease: Lease,
    dependencies: LeaseDependencies,
    periods: LeasePeriods,
  ) {
    this.#named = named;
    this.#root = root;
    this.#lease = lease;
    this.#dependencies = dependencies;
    this.#periods = periods;
  }

  /**
   * @param named the directory that the operator named; made where it is not there
   * @throws Error that says why it cannot be used
   */
  static open(
    named: string,
    dependencies: LeaseDependencies,
    periods: LeasePeriods = LEASE_PERIODS,
  ): Promise<SpoolDirectory> {
    return inTime(SpoolDirectory.#opening(named, dependencies, periods));
  }

  /** The same at once, while the process ends. */
  static openSync(
    named: string,
    dependencies: LeaseDependencies,
    periods: LeasePeriods = LEASE_PERIODS,
  ): SpoolDirectory {
    return atOnce(SpoolDirectory.#opening(named, dependencies, periods));
  }

  static *#opening(
    named: string,
    dependencies: LeaseDependencies,
    periods: LeasePeriods,
  ): BothWays<SpoolDirectory> {
    const root = yield* openSpoolRoot(named);
    const lease = yield* Lease.acquire(root, dependencies, periods);
    return new SpoolDirectory(named, root, lease, dependencies, periods);
  }

  /** Absolute path. Another one after `reacquire`. */
  get path(): string {
    return this.#lease.directory;
  }

  /** Whether the directory is certainly this process's; looks at clocks only. Where it is false, `renew` decides. */
  isOwned(): boolean {
    return this.#lease.isOwned();
  }

  /** Renews the lease now, apart from its schedule. Never rejects. @returns `isOwned()` */
  renew(): Promise<boolean> {
    return this.#lease.renew();
  }

  /** The same at once, while the process ends. */
  renewSync(): boolean {
    return this.#lease.renewSync();
  }

  /**
   * Makes another directory after `onLost`; does nothing where the lease is not lost.
   *
   * @throws Error that says why it cannot be made
   */
  reacquire(): Promise<void> {
    this.#reacquisition ??= this.#reacquire().finally(() => {
      this.#reacquisition = undefined;
    });
    return this.#reacquisition;
  }

  /**
   * Takes over directories of processes that have ended, the oldest first. Errors go to `onTrouble`. Never rejects.
   *
   * @param most directories of processes to take over, at most
   * @returns the directories that may hold files of theirs, all of them directly below `path` where possible
   */
  async takeOver(most: number = Infinity): Promise<readonly string[]> {
    const spools: string[] = [];
    try {
      if (!(await this.renew())) return [];
      let taken = 0;
      for (const dead of await findDeadDirectories(this.#root, this.#lease, this.#periods.expiryMs)) {
        if (taken >= most || !(await this.#isCertainlyOwned())) break;
        const adopted = await this.#adopt(dead);
        if (adopted === undefined) continue;
        taken += 1;
        spools.push(...adopted);
      }
    } catch (error) {
      this.#dependencies.onTrouble(asError(error));
    }
    // Without the lease they are another process's, and so is this directory.
    return (await this.#isCertainlyOwned()) ? spools : [];
  }

  /**
   * Gives the directory back with what is in it, for another process to take over at once. Removes what is empty. Never
   * rejects.
   */
  async release(): Promise<void> {
    this.#isReleased = true;
    await this.#reacquisition?.catch(() => undefined);
    for (const spool of (await spoolsIn(this.path).catch(() => [])).toReversed()) {
      if (spool !== this.path) await removeIfEmpty(spool);
    }
    await this.#lease.release();
  }

  /** `release` while the process is ending. Directories that are empty may stay. */
  releaseSync(): void {
    this.#isReleased = true;
    this.#lease.releaseSync();
  }

  async #reacquire(): Promise<void> {
    if (!this.#lease.isLost || this.#isReleased) return;
    // The root too: it may have been removed, or replaced.
    this.#root = await inTime(openSpoolRoot(this.#named));
    this.#lease = await inTime(Lease.acquire(this.#root, this.#dependencies, this.#periods));
  }

  /** @returns `undefined` where another process has it, or it was empty, or it cannot be moved */
  async #adopt(dead: DeadDirectory): Promise<readonly string[] | undefined> {
    const target = this.#pathOfAdopted(basename(dead.path));
    let isTaken = false;
    try {
      isTaken = await takeDirectory(dead, target);
      return isTaken ? await this.#flatten(target) : undefined;
    } catch (error) {
      // The other directories may be taken over all the same.
      this.#dependencies.onTrouble(asError(error));
      return isTaken ? [target] : undefined;
    }
  }

  async #isCertainlyOwned(): Promise<boolean> {
    return this.isOwned() || this.renew();
  }

  /**
   * Moves the directories that its owner had taken over next to it, so that no path grows with each restart.
   *
   * @returns those that are not empty
   */
  async #flatten(adopted: string): Promise<readonly string[]> {
    const spools = [adopted];
    for (const spool of spools) {
      for (const nested of await adoptedIn(spool)) {
        if (spools.length >= MAX_SPOOLS) break;
        const target = this.#pathOfAdopted(ADOPTED.exec(basename(nested))?.[1] ?? '');
        spools.push(await moved(nested, target, this.#dependencies.onTrouble));
      }
    }
    const kept: string[] = [];
    for (const spool of spools) if (!(await removeIfEmpty(spool))) kept.push(spool);
    return kept;
  }

  #pathOfAdopted(owner: string): string {
    this.#adoptions += 1;
    return join(this.path, `adopted-${owner}-${this.#adoptions}`);
  }
}

/** @returns where the directory is now */
async function moved(from: string, to: string, onTrouble: (error: Error) => void): Promise<string> {
  try {
    await rename(from, to);
    return to;
  } catch (error) {
    onTrouble(asError(error));
    return from;
  }
}

/**
 * The directory, and all below it that were taken over: each may hold files of records. At most 1000, and 16 deep.
 *
 * @throws Error as `node:fs/promises` does
 */
export async function spoolsIn(directory: string): Promise<readonly string[]> {
  const spools: string[] = [directory];
  let level: readonly string[] = [directory];
  for (let depth = 1; depth <= MAX_DEPTH && level.length > 0; depth++) {
    const next: string[] = [];
    // One after the other: together they would take all threads of Node's pool while the disk stalls.
    for (const spool of level) next.push(...(await adoptedIn(spool)));
    level = next.slice(0, MAX_SPOOLS);
    spools.push(...level);
  }
  return spools.slice(0, MAX_SPOOLS);
}

/** Directories directly below that were taken over, in the order in which they were. */
async function adoptedIn(directory: string): Promise<readonly string[]> {
  const entries = await readdir(directory, { withFileTypes: true }).catch((error: unknown) => {
    if (isGone(error)) return [];
    throw error;
  });
  return entries
    .filter((entry) => entry.isDirectory() && ADOPTED.test(entry.name))
    .map(({ name }) => name)
    .sort((a, b) => numberOf(a) - numberOf(b))
    .map((name) => join(directory, name));
}

function numberOf(name: string): number {
  return Number(name.slice(name.lastIndexOf('-') + 1));
}

/** Removes a directory that was taken over and is empty now. Never rejects: one that cannot be removed is left. */
export async function removeSpool(directory: string): Promise<void> {
  await removeIfEmpty(directory);
}
