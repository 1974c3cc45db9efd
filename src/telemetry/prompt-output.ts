import { constants, fstatSync, openSync, readSync, write, writeSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';

const DESCRIPTORS = { stdout: 1, stderr: 2 } as const;

type Name = keyof typeof DESCRIPTORS;

/**
 * Whether writes to the stream go elsewhere than to its descriptor: `process.stdout.write` is replaced, as pm2 does, or
 * this is a worker thread, whose output the main thread may read.
 */
export function isRedirected(name: Name): boolean {
  return !isMainThread || Object.hasOwn(process[name], 'write');
}

/**
 * Standard output or standard error, written without waiting for the reader. A write to a pipe, a socket or a terminal
 * in blocking mode waits until the reader reads. In this thread it would stop the service; in another thread, the end of
 * the process, which waits for that thread after `process.exit()` too.
 *
 * The mode (`O_NONBLOCK`) belongs to the open file, which all processes share that have inherited it. Therefore a pipe
 * or a terminal is opened anew by way of `/proc`, as libuv does with terminals: the mode is our own then. A socket cannot
 * be opened anew, nor a pipe of another user, nor any of them on another system than Linux. For these `process.stdout` is
 * made, which sets the mode, as it does when the application calls `console.log`. A child process that inherits the file
 * takes the mode away again (libuv), so it is read before each write, where the system shows it.
 */
export class PromptOutput {
  /** A file takes everything at once, as long as the disk has room. */
  readonly isFile: boolean;
  readonly #name: Name;
  readonly #descriptor: number;
  readonly #isOwn: boolean;
  /** `/proc/self/fdinfo/1`, which shows mode and position of what is shared. */
  readonly #info: number | undefined;

  /** @throws Error where there is no such descriptor */
  constructor(name: Name) {
    const shared = DESCRIPTORS[name];
    // With `bigint`: after one without, Node 20 does not find modules behind symbolic links (pnpm).
    const stats = fstatSync(shared, { bigint: true });
    this.#name = name;
    this.isFile = stats.isFile();
    const canBeOwn = stats.isFIFO() || stats.isCharacterDevice();
    const own = canBeOwn
      ? opened(`/proc/self/fd/${shared}`, constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY)
      : undefined;
    this.#isOwn = own !== undefined;
    this.#descriptor = own ?? shared;
    this.#info = opened(`/proc/self/fdinfo/${shared}`, constants.O_RDONLY);
    if (!this.isFile && own === undefined) void this.#applications;
  }

  /** Whether `write` might wait for the reader now. */
  get mayWait(): boolean {
    return !this.isFile && !this.#isOwn && !this.#isNonBlocking;
  }

  /** Whether output of the application waits in this process: ours could then come into the middle of one of its lines. */
  get isInUse(): boolean {
    return isMainThread && this.#isNonBlocking && (this.#applications?.writableLength ?? 0) > 0;
  }

  /**
   * Writes in this thread. Only where the write cannot wait for the reader, or may.
   *
   * @returns how many bytes were written: 0 where the reader has to read first
   * @throws Error where the reader is gone
   */
  write(bytes: Uint8Array): number {
    try {
      return writeSync(this.#descriptor, bytes);
    } catch (error) {
      if (isForLater(error)) return 0;
      throw error;
    }
  }

  /** Writes in another thread, which may wait for the reader. The end of the process then waits for that thread. */
  writeElsewhere(bytes: Uint8Array, onWritten: (error: unknown, taken: number) => void): void {
    write(this.#descriptor, bytes, (error, taken) => {
      if (isForLater(error)) onWritten(null, 0);
      else onWritten(error, taken);
    });
  }

  /** Position of the next byte in a file; `NaN` where the system does not show it. */
  get position(): number {
    return Number(/^pos:\s*(\d+)$/m.exec(this.#shown())?.[1]);
  }

  get #isNonBlocking(): boolean {
    const flags = /^flags:\s*([0-7]+)$/m.exec(this.#shown())?.[1] ?? '';
    return (Number.parseInt(flags, 8) & constants.O_NONBLOCK) !== 0;
  }

  /** `/proc/self/fdinfo` of the shared open file; empty where there is none. */
  #shown(): string {
    if (this.#info === undefined) return '';
    try {
      return INFO.toString('latin1', 0, readSync(this.#info, INFO, 0, INFO.length, 0));
    } catch {
      return '';
    }
  }

  /** `process.stdout`. Its getter sets the mode of a pipe or a socket, so it is used only where that does no harm. */
  get #applications(): NodeJS.WriteStream | undefined {
    try {
      return process[this.#name];
    } catch {
      return undefined;
    }
  }
}

/** Room for the first two lines, which hold position and flags. */
const INFO = Buffer.alloc(64);

function opened(path: string, flags: number): number | undefined {
  if (process.platform !== 'linux') return undefined;
  try {
    return openSync(path, flags);
  } catch {
    return undefined;
  }
}

function isForLater(error: unknown): boolean {
  return Object(error).code === 'EAGAIN';
}
