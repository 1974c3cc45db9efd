import { readFile, stat } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { whyNot } from '../../../options/environment.ts';
import { readRegularFile } from '../../../options/file/read-file.ts';

/** Takes one line for the operator. */
export interface FileListener {
  warn(text: string): void;
  info(text: string): void;
}

interface WatchedFilesOptions<T> {
  /** What they are, for notices. */
  readonly name: string;
  /** `undefined` for a file that there is none of. */
  readonly paths: readonly (string | undefined)[];
  readonly maxBytes: number;
  /**
   * Makes a value of what is in them, in the order of `paths`.
   *
   * @throws Error that says why they cannot be used, without what is in them
   */
  readonly parse: (contents: readonly (Uint8Array | undefined)[]) => T;
  readonly notices: FileListener;
  /** Waits between two readings that must be the same. Default: 20 ms. */
  readonly settle?: () => Promise<unknown>;
}

/** Longer than the clocks of most file systems take to tick: a change after the second reading looks like one. */
const SETTLE_MS = 20;
const MAX_READINGS = 6;

/**
 * Files that are replaced under the running process, and what was last made of them when they could be used. They are
 * looked at when somebody asks: `fs.watch` is dead after the first rename.
 */
export class WatchedFiles<T> {
  readonly #options: WatchedFilesOptions<T>;
  readonly #files: readonly (WatchedFile | undefined)[];
  #value: T | undefined;
  /** Why they cannot be used now. */
  #trouble: string | undefined;

  /** Reads them, synchronously. */
  constructor(options: WatchedFilesOptions<T>) {
    this.#options = options;
    this.#files = options.paths.map((path) =>
      path === undefined ? undefined : new WatchedFile(path, options),
    );
    this.#judge();
  }

  /** `undefined` where they could not be used yet. */
  get value(): T | undefined {
    return this.#value;
  }

  /** Why they cannot be used now; `undefined` where they can. */
  get trouble(): string | undefined {
    return this.#trouble;
  }

  /** Reads what has changed. Never rejects. @returns is there another value? */
  async look(): Promise<boolean> {
    const looked = await Promise.all(this.#files.map((file) => file?.look()));
    return looked.includes(true) && this.#judge();
  }

  #judge(): boolean {
    const { name, parse, notices } = this.#options;
    try {
      this.#value = parse(this.#files.map((file) => file?.content));
    } catch (error) {
      const trouble = whyNot(error);
      const instead =
        this.#value === undefined ? 'nothing is sent until they can' : 'the last good ones stay in use';
      if (trouble !== this.#trouble) notices.warn(`${name} cannot be used (${trouble}): ${instead}`);
      this.#trouble = trouble;
      return false;
    }
    if (this.#trouble !== undefined) notices.info(`${name} can be used again`);
    this.#trouble = undefined;
    return true;
  }
}

class WatchedFile {
  readonly #path: string;
  readonly #maxBytes: number;
  readonly #settle: () => Promise<unknown>;
  /** What the system said of it before it was read; `undefined` to read it in any case. */
  #signature: string | undefined;
  #content: Uint8Array | undefined;
  #error: unknown;

  constructor(
    path: string,
    {
      maxBytes,
      settle = () => pause(SETTLE_MS, undefined, { ref: false }),
    }: Pick<WatchedFilesOptions<unknown>, 'maxBytes' | 'settle'>,
  ) {
    this.#path = path;
    this.#maxBytes = maxBytes;
    this.#settle = settle;
    try {
      this.#content = readRegularFile(path, maxBytes);
    } catch (error) {
      this.#error = error;
    }
  }

  /** @throws Error where it could not be read */
  get content(): Uint8Array {
    if (this.#content === undefined) throw this.#error;
    return this.#content;
  }

  /** @returns is there something else in it, or in its way, than before? */
  async look(): Promise<boolean> {
    try {
      const signature = await this.#currentSignature();
      if (signature === this.#signature) return false;
      const content = await this.#readSettled();
      this.#signature = signature;
      const isSame = this.#content !== undefined && content.equals(this.#content);
      this.#content = content;
      return !isSame;
    } catch (error) {
      const isSame = this.#content === undefined && whyNot(error) === whyNot(this.#error);
      this.#signature = undefined;
      this.#content = undefined;
      this.#error = error;
      return !isSame;
    }
  }

  async #currentSignature(): Promise<string> {
    const stats = await stat(this.#path, { bigint: true });
    if (!stats.isFile()) throw new Error('no regular file');
    if (stats.size > this.#maxBytes) throw new Error('too large');
    return [stats.dev, stats.ino, stats.size, stats.mtimeNs, stats.ctimeNs].join();
  }

  /** Somebody who is writing it leaves half of it to be read, or nothing. */
  async #readSettled(): Promise<Buffer> {
    let content = await readFile(this.#path);
    for (let reading = 2; reading <= MAX_READINGS; reading++) {
      await this.#settle();
      const again = await readFile(this.#path);
      if (again.equals(content)) return again;
      content = again;
    }
    throw new Error('it keeps changing');
  }
}
