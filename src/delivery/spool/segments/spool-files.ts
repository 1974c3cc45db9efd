import * as fs from 'node:fs';
import { promisify } from 'node:util';

/** What a spool asks of a file or a name. */
export interface FileStatus {
  readonly isFile: boolean;
  readonly size: number;
  readonly dev: number;
  readonly ino: number;
}

/** The functions of `node:fs` that a spool uses: an argument, so that a test can let each of them fail or wait. */
export interface SpoolFiles {
  list(directory: string): Promise<readonly string[]>;
  open(path: string, flags: number): Promise<number>;
  /** @returns bytes written: fewer than there are where the disk is full */
  writev(fd: number, parts: readonly Uint8Array[], position: number): Promise<number>;
  /** @returns bytes read: fewer than fit where the file ends */
  read(fd: number, into: Uint8Array, position: number): Promise<number>;
  sync(fd: number): Promise<void>;
  truncate(fd: number, length: number): Promise<void>;
  close(fd: number): Promise<void>;
  unlink(path: string): Promise<void>;
  statusOf(fd: number): Promise<FileStatus>;
  /** Does not follow a symbolic link. */
  statusAt(path: string): Promise<FileStatus>;
  openSync(path: string, flags: number): number;
  writevSync(fd: number, parts: readonly Uint8Array[], position: number): number;
  syncSync(fd: number): void;
  truncateSync(fd: number, length: number): void;
  closeSync(fd: number): void;
  unlinkSync(path: string): void;
}

const { O_CREAT, O_EXCL, O_RDONLY, O_WRONLY } = fs.constants;
// Windows has neither of them.
const O_NOFOLLOW = fs.constants.O_NOFOLLOW ?? 0;
const O_NONBLOCK = fs.constants.O_NONBLOCK ?? 0;

/** For a new file. */
export const CREATE: number = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW;
/** For a file that may be there. */
export const CREATE_OR_OPEN: number = O_WRONLY | O_CREAT | O_NOFOLLOW;
/** For reading. Without `O_NONBLOCK` opening a FIFO would wait for its writer. */
export const READ: number = O_RDONLY | O_NOFOLLOW | O_NONBLOCK;

/** Readable and writable by the owner only. */
const MODE = 0o600;

const list = promisify(fs.readdir);
const open = promisify(fs.open);
const writev = promisify(fs.writev);
const read = promisify(fs.read);
const fstat = promisify(fs.fstat);
const lstat = promisify(fs.lstat);

/** The real ones. */
export const NODE_FILES: SpoolFiles = {
  list: (directory) => list(directory),
  open: (path, flags) => open(path, flags, MODE),
  writev: async (fd, parts, position) => (await writev(fd, parts, position)).bytesWritten,
  read: async (fd, into, position) => (await read(fd, into, 0, into.length, position)).bytesRead,
  sync: promisify(fs.fsync),
  truncate: promisify(fs.ftruncate),
  close: promisify(fs.close),
  unlink: promisify(fs.unlink),
  statusOf: async (fd) => statusOf(await fstat(fd)),
  statusAt: async (path) => statusOf(await lstat(path)),
  openSync: (path, flags) => fs.openSync(path, flags, MODE),
  writevSync: fs.writevSync,
  syncSync: fs.fsyncSync,
  truncateSync: fs.ftruncateSync,
  closeSync: fs.closeSync,
  unlinkSync: fs.unlinkSync,
};

/** Writes all parts. @throws what the disk says, after it has taken a part of them perhaps */
export async function writeAll(
  files: SpoolFiles,
  fd: number,
  parts: readonly Uint8Array[],
  position: number,
): Promise<void> {
  let rest = parts;
  for (let at = position; rest.length > 0; ) {
    const written = await files.writev(fd, rest, at);
    at += written;
    rest = withoutFirst(rest, written);
  }
}

/** As {@link writeAll}. */
export function writeAllSync(
  files: SpoolFiles,
  fd: number,
  parts: readonly Uint8Array[],
  position: number,
): void {
  let rest = parts;
  for (let at = position; rest.length > 0; ) {
    const written = files.writevSync(fd, rest, at);
    at += written;
    rest = withoutFirst(rest, written);
  }
}

/** Fills the buffer. @returns bytes read: fewer where the file ends */
export async function readAll(
  files: SpoolFiles,
  fd: number,
  into: Uint8Array,
  position: number,
): Promise<number> {
  let at = 0;
  while (at < into.length) {
    const count = await files.read(fd, into.subarray(at), position + at);
    if (count === 0) break;
    at += count;
  }
  return at;
}

/** Whether there is no such file. */
export function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

/** What a process or a system may run out of for a while. */
const SHORTAGES: ReadonlySet<unknown> = new Set(['EMFILE', 'ENFILE', 'ENOMEM', 'ENOBUFS', 'EAGAIN']);

/** Whether the system is short of file descriptors or memory: the file may be readable later. */
export function isShortage(error: unknown): boolean {
  return error instanceof Error && 'code' in error && SHORTAGES.has(error.code);
}

/** What is left of the parts after so many bytes. @throws Error where none were written: that would go on for ever */
function withoutFirst(parts: readonly Uint8Array[], written: number): readonly Uint8Array[] {
  if (written <= 0) throw new Error('the disk takes nothing');
  let skipped = 0;
  for (const [index, part] of parts.entries()) {
    if (skipped + part.length > written) return [part.subarray(written - skipped), ...parts.slice(index + 1)];
    skipped += part.length;
  }
  return [];
}

function statusOf(stats: fs.Stats): FileStatus {
  return { isFile: stats.isFile(), size: stats.size, dev: stats.dev, ino: stats.ino };
}
