import type { FrameHeader } from '../frame/frame-header.ts';
import { FrameTable, type StoredFrame } from './frame-table.ts';
import { ACK_BYTES, encodeAck, pathOf } from './segment-format.ts';
import { CREATE_OR_OPEN, isMissing, type SpoolFiles, writeAll, writeAllSync } from './spool-files.ts';

/** Where segments are. */
export interface SpoolPlace {
  readonly files: SpoolFiles;
  readonly directory: string;
}

/**
 * One file of frames, and the file of acknowledgements beside it.
 *
 * | state  | meaning                                             |
 * | ------ | --------------------------------------------------- |
 * | open   | frames are added                                    |
 * | closed | no frame is added any more                          |
 * | done   | closed, and all frames are finished: to be deleted  |
 */
export class Segment {
  readonly number: number;
  readonly frames: FrameTable;
  readonly #place: SpoolPlace;
  /** Encoded acknowledgements that are not known to be on disk. */
  readonly #unwritten: Buffer[] = [];
  #isOpen = true;
  #size = 0;
  #acksSize = 0;

  constructor(place: SpoolPlace, number: number) {
    this.#place = place;
    this.number = number;
    this.frames = new FrameTable(number);
  }

  /** Bytes of the file of frames. What a failed write has left at its end does not count. */
  get size(): number {
    return this.#size;
  }

  /** Bytes of both files. */
  get bytes(): number {
    return this.#size + this.#acksSize;
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  get isDone(): boolean {
    return !this.#isOpen && this.frames.unfinished === 0;
  }

  /** The file has these sizes already; it belongs to a process that has ended. */
  recovered(size: number, acksSize: number): void {
    this.#isOpen = false;
    this.#size = size;
    // Where an acknowledgement is torn, the next one overwrites it.
    this.#acksSize = acksSize - (acksSize % ACK_BYTES);
  }

  /** A frame is on disk. */
  add(header: FrameHeader, offset: number): StoredFrame {
    this.#size = offset + header.length;
    return this.frames.add({ ...header, offset });
  }

  close(): void {
    this.#isOpen = false;
  }

  /** @returns false where the frame is unknown or finished already */
  finish(frame: StoredFrame): boolean {
    if (!this.frames.finish(frame)) return false;
    this.#unwritten.push(encodeAck(frame));
    return true;
  }

  /** The next process must not read that frame, although its write may still end well. */
  disown(offset: number, check: number): void {
    this.#unwritten.push(encodeAck({ offset, check }));
  }

  /**
   * Brings the disk up to date: deletes the files where the segment is done, else writes acknowledgements.
   *
   * @returns whether the files are deleted
   * @throws what the disk says; a later call tries again
   */
  async settle(): Promise<boolean> {
    const { files } = this.#place;
    if (this.isDone) {
      try {
        // The other order would show all its frames as unfinished if the process ended in between.
        await files.unlink(this.#path('spool')).catch(ignoreMissing);
        await files.unlink(this.#path('acks')).catch(ignoreMissing);
        return true;
      } catch (error) {
        await this.#writeAcks();
        throw error;
      }
    }
    await this.#writeAcks();
    return false;
  }

  /** As {@link settle}. A call of that may still be running. */
  settleSync(): boolean {
    const { files } = this.#place;
    if (this.isDone) {
      try {
        unlinkSync(files, this.#path('spool'));
        unlinkSync(files, this.#path('acks'));
        return true;
      } catch (error) {
        this.#writeAcksSync();
        throw error;
      }
    }
    this.#writeAcksSync();
    return false;
  }

  async #writeAcks(): Promise<void> {
    const acks = [...this.#unwritten];
    if (acks.length === 0) return;
    const { files } = this.#place;
    const at = this.#acksSize;
    let fd: number;
    try {
      fd = await files.open(this.#path('acks'), CREATE_OR_OPEN);
    } catch (error) {
      ignoreMissing(error);
      // The directory was removed, and the frames with it.
      this.#unwritten.length = 0;
      return;
    }
    try {
      await writeAll(files, fd, acks, at);
    } finally {
      await files.close(fd);
    }
    // Until here they stay in the list: a synchronous write meanwhile writes the same bytes to the same place.
    if (this.#unwritten[0] !== acks[0]) return;
    this.#unwritten.splice(0, acks.length);
    this.#acksSize = at + acks.length * ACK_BYTES;
  }

  #writeAcksSync(): void {
    if (this.#unwritten.length === 0) return;
    const { files } = this.#place;
    const fd = files.openSync(this.#path('acks'), CREATE_OR_OPEN);
    try {
      writeAllSync(files, fd, this.#unwritten, this.#acksSize);
    } finally {
      files.closeSync(fd);
    }
    this.#acksSize += this.#unwritten.length * ACK_BYTES;
    this.#unwritten.length = 0;
  }

  #path(kind: 'spool' | 'acks'): string {
    return pathOf(this.#place.directory, this.number, kind);
  }
}

function unlinkSync(files: SpoolFiles, path: string): void {
  try {
    files.unlinkSync(path);
  } catch (error) {
    ignoreMissing(error);
  }
}

function ignoreMissing(error: unknown): void {
  if (!isMissing(error)) throw error;
}
