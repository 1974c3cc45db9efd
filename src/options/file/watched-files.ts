import { open, stat } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { whyNot } from '../environment.ts';
import { readRegularFile } from './read-file.ts';

/** Called when files begin and cease to be usable. */
export interface WatchedFilesListener {
  /**
   * Called once for each reason why they cannot be used.
   *
   * @param hasValue whether there is a usable value of before
   */
  onTrouble(error: unknown, hasValue: boolean): void;
  /** Called when they can be used again. */
  onRecovered(): void;
}

interface WatchedFilesOptions<T> {
  /** `undefined` where a file is not configured. */
  readonly paths: readonly (string | undefined)[];
  readonly maxBytes: number;
  /**
   * Makes a value of the contents, which are in the order of `paths`.
   *
   * @throws Error with the reason why they cannot be used. Its message must not contain any of the contents.
   */
  readonly parse: (contents: readonly (Uint8Array | undefined)[]) => T;
  readonly listener: WatchedFilesListener;
  /** Where the files were read already. Default: they are read in the constructor, synchronously. */
  readonly initial?: {
    readonly value: T;
    readonly contents: readonly (Uint8Array | undefined)[];
  };
  /** Waits between two readings that must be the same. Default: 20 ms. */
  readonly settle?: (() => Promise<unknown>) | undefined;
}

/** Longer than a tick of most file systems' clocks, so that a change after the second reading has another time. */
const SETTLE_MS = 20;
const MAX_READINGS = 6;

/** Files that are replaced while the process runs, and the last usable value made of them. They are checked on request. */
export class WatchedFiles<T> {
  readonly #options: WatchedFilesOptions<T>;
  readonly #files: readonly (WatchedFile | undefined)[];
  #value: T | undefined;
  /** Why they cannot be used now. */
  #trouble: string | undefined;

  constructor(options: WatchedFilesOptions<T>) {
    const { paths, initial } = options;
    this.#options = options;
    this.#files = paths.map((path, at) =>
      path === undefined ? undefined : new WatchedFile(path, options, initial?.contents[at]),
    );
    if (initial === undefined) this.#parse();
    else this.#value = initial.value;
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
    const { parse, listener } = this.#options;
    try {
      this.#value = parse(this.#files.map((file) => file?.content));
    } catch (error) {
      const trouble = whyNot(error);
      const isTold = trouble === this.#trouble;
      this.#trouble = trouble;
      if (!isTold) listener.onTrouble(error, this.#value !== undefined);
      return false;
    }
    const wasInTrouble = this.#trouble !== undefined;
    this.#trouble = undefined;
    if (wasInTrouble) listener.onRecovered();
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

  /** @param content where it was read already */
  constructor(
    path: string,
    {
      maxBytes,
      settle = () => pause(SETTLE_MS, undefined, { ref: false }),
    }: Pick<WatchedFilesOptions<unknown>, 'maxBytes' | 'settle'>,
    content: Uint8Array | undefined,
  ) {
    this.#path = path;
    this.#maxBytes = maxBytes;
    this.#settle = settle;
    try {
      this.#content = content ?? readRegularFile(path, maxBytes);
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
    let content = await this.#read();
    for (let reading = 2; reading <= MAX_READINGS; reading++) {
      await this.#settle();
      const again = await this.#read();
      if (again.equals(content)) return again;
      content = again;
    }
    throw new Error('it keeps changing');
  }

  /** Of a file that has grown since its size was read, no more than it may have. */
  async #read(): Promise<Buffer> {
    const file = await open(this.#path);
    try {
      const bytes = Buffer.alloc(this.#maxBytes + 1);
      let length = 0;
      while (length < bytes.length) {
        const { bytesRead } = await file.read(bytes, length, bytes.length - length, null);
        if (bytesRead === 0) break;
        length += bytesRead;
      }
      if (length > this.#maxBytes) throw new Error('too large');
      return bytes.subarray(0, length);
    } finally {
      await file.close();
    }
  }
}
