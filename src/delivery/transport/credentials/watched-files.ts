import { readFile, stat } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { whyNot } from '../../../options/environment.ts';
import { readRegularFile } from '../../../options/file/read-file.ts';

/** Called with one line for the operator. */
export interface FileListener {
  warn(text: string): void;
  info(text: string): void;
}

interface WatchedFilesOptions<T> {
  /** Name of the files in notices. */
  readonly name: string;
  /** `undefined` where a file is not configured. */
  readonly paths: readonly (string | undefined)[];
  readonly maxBytes: number;
  /**
   * Makes a value of the contents, which are in the order of `paths`.
   *
   * @throws Error with the reason why they cannot be used. Its message must not contain any of the contents.
   */
  readonly parse: (contents: readonly (Uint8Array | undefined)[]) => T;
  readonly notices: FileListener;
  /** Waits between two readings that must be the same. Default: 20 ms. */
  readonly settle?: () => Promise<unknown>;
}

/** Longer than a tick of most file systems' clocks, so that a change after the second reading has another time. */
const SETTLE_MS = 20;
const MAX_READINGS = 6;

/**
 * Files that are replaced while the process runs, and the last usable value made of them. They are checked on request:
 * `fs.watch` stops working after the first rename.
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
    this.#parse();
  }

  /** `undefined` while the files have never been usable. */
  get value(): T | undefined {
    return this.#value;
  }

  /** Why they cannot be used now; `undefined` where they can. */
  get trouble(): string | undefined {
    return this.#trouble;
  }

  /** Reads the files that have changed. Never rejects. @returns whether there is another value */
  async look(): Promise<boolean> {
    const looked = await Promise.all(this.#files.map((file) => file?.look()));
    return looked.includes(true) && this.#parse();
  }

  #parse(): boolean {
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
  /** Device, inode, size and times before the last reading; `undefined` to read the file in any case. */
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

  /** @returns whether the contents, or the reason why there are none, have changed */
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

  /** Reads until two readings agree: while a file is being written, a reading finds only a part of it. */
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
