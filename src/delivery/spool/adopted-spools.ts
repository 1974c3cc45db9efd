import { basename } from 'node:path';
import { removeSpool, type SpoolDirectory } from './directory/spool-directory.ts';
import { LogQueue } from './log-queue.ts';
import type { SegmentLog } from './segments/segment-log.ts';
import type { Turns } from './segments/turns.ts';

/** Directories that are taken over at once, at most: their indexes are in memory. */
const MAX_ADOPTED = 64;

export interface AdoptedSpoolsDependencies {
  /** Those of the logs that `open` returns. */
  readonly turns: Turns;
  /** @throws what the disk says */
  readonly open: (path: string) => Promise<SegmentLog>;
  readonly onAdopted: (queue: LogQueue) => void;
  readonly onError: (error: unknown) => void;
}

/** What processes before this one have left on disk. */
export class AdoptedSpools {
  readonly #dependencies: AdoptedSpoolsDependencies;
  /** The one that was taken over first comes first. */
  #queues: readonly LogQueue[] = [];
  /** Taken over, and not opened: tried again. */
  #unopened: readonly string[] = [];
  /** How often another process has taken all. */
  #clearings = 0;

  constructor(dependencies: AdoptedSpoolsDependencies) {
    this.#dependencies = dependencies;
  }

  get queues(): readonly LogQueue[] {
    return this.#queues;
  }

  /** Takes over what there is. Never rejects. */
  async adopt(directory: SpoolDirectory): Promise<void> {
    const { turns } = this.#dependencies;
    const most = MAX_ADOPTED - this.#queues.length - this.#unopened.length;
    const clearings = this.#clearings;
    const taken = most > 0 ? await turns.take(() => directory.takeOver(most)) : [];
    const paths = [...this.#unopened, ...taken];
    this.#unopened = [];
    for (const path of paths) await this.#open(path, clearings);
  }

  /** Removes the directory of a spool that is delivered. */
  async remove(queue: LogQueue): Promise<void> {
    if (queue.adoptedFrom === undefined || !queue.isDone) return;
    await queue.log.close();
    // Only now: where the process ends meanwhile, it still has to tell the disk that all of it is finished.
    this.#queues = this.#queues.filter((other) => other !== queue);
    const { adoptedFrom, isTaken } = queue;
    if (!isTaken) await this.#dependencies.turns.take(() => removeSpool(adoptedFrom));
  }

  /** Another process has all of them. @returns what they were */
  clear(): readonly LogQueue[] {
    this.#clearings += 1;
    const queues = this.#queues;
    this.#queues = [];
    this.#unopened = [];
    return queues;
  }

  async #open(path: string, clearings: number): Promise<void> {
    try {
      if (clearings !== this.#clearings) return;
      const queue = new LogQueue(await this.#dependencies.open(path), nameOfOwner(path), path);
      if (clearings !== this.#clearings) {
        await queue.log.close();
        return;
      }
      if (queue.isDone) {
        await this.remove(queue);
        return;
      }
      this.#queues = [...this.#queues, queue];
      this.#dependencies.onAdopted(queue);
    } catch (error) {
      if (clearings !== this.#clearings) return;
      this.#unopened = [...this.#unopened, path];
      this.#dependencies.onError(error);
    }
  }
}

/** `adopted-<uuid>-<number>` was the directory `<uuid>`. */
function nameOfOwner(path: string): string {
  return basename(path)
    .replace(/^adopted-/, '')
    .replace(/-\d+$/, '');
}
