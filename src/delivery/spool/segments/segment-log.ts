import type { FrameContent } from '../frame/frame.ts';
import { type FrameHeader, readHeader } from '../frame/frame-header.ts';
import type { KeyCount } from '../frame/key-counts.ts';
import type { SpoolDamage } from './damage.ts';
import { ExitWriter } from './exit-writer.ts';
import type { StoredFrame } from './frame-table.ts';
import type { SpoolPlace } from './segment.ts';
import { parseName, pathOf, SEGMENT_BYTES } from './segment-format.ts';
import { readCounts, readFrame } from './segment-reader.ts';
import { recoverSegment } from './segment-scan.ts';
import { SegmentWriter, type WriterDependencies } from './segment-writer.ts';
import { Segments } from './segments.ts';
import { NODE_FILES, type SpoolFiles } from './spool-files.ts';
import { Turns } from './turns.ts';

export interface SegmentLogSettings {
  /**
   * Whether each frame is on the medium before its append resolves, so that it survives a power failure. Acknowledgements
   * are not: without them a frame is read again. Default false: a frame survives the end of the process.
   */
  readonly fsync?: boolean;
  readonly onDamage: (damage: SpoolDamage) => void;
  /** Called where a file cannot be deleted, closed, or told what is finished. Later calls try again. */
  readonly onError: (error: unknown) => void;
  /** Default: those of Node. */
  readonly files?: SpoolFiles;
  /** Bytes of a segment, at most, unless it has one frame only. The smaller, the less is given up at once. */
  readonly segmentBytes?: number;
  /** Logs that have the same ask the disk for one thing at a time together. Default: its own. */
  readonly turns?: Turns;
}

/**
 * Frames in the files of one directory, which no other process or thread uses. A frame is stored by `append`, read by
 * `read` any number of times, and forgotten by `finish`. Its memory: 40 bytes for each frame.
 *
 * A segment is deleted when all of its frames are finished, so one frame that is never finished holds no more than its
 * own segment. Nothing is ever rewritten or compacted, and deleting needs no space: a full disk gets empty again.
 */
export class SegmentLog {
  readonly #place: SpoolPlace;
  readonly #segments: Segments;
  readonly #writer: SegmentWriter;
  readonly #exitWriter: ExitWriter;
  readonly #onError: (error: unknown) => void;
  readonly #turns: Turns;
  #isSettling = false;

  /** @param directory one that is empty: for others there is `recover` */
  constructor(directory: string, settings: SegmentLogSettings) {
    const { files = NODE_FILES, fsync = false, segmentBytes = SEGMENT_BYTES, turns, onError } = settings;
    this.#turns = turns ?? new Turns();
    this.#place = { files, directory };
    this.#segments = new Segments(this.#place);
    this.#onError = onError;
    const dependencies: WriterDependencies = {
      ...this.#place,
      segments: this.#segments,
      fsync,
      segmentBytes,
      onClosed: () => this.#settleLater(),
      onError,
    };
    this.#writer = new SegmentWriter(dependencies);
    this.#exitWriter = new ExitWriter(dependencies);
  }

  /**
   * Opens a directory: an empty one, or that of a process that has ended. What is damaged is left out; where nothing of
   * a file can be read, the file is deleted.
   *
   * @throws what the disk says where the directory cannot be read, or the system is short of something: try again later
   */
  static async recover(directory: string, settings: SegmentLogSettings): Promise<SegmentLog> {
    const log = new SegmentLog(directory, settings);
    await log.#recover(settings.onDamage);
    return log;
  }

  /** Bytes of all files. */
  get bytes(): number {
    return this.#segments.bytes;
  }

  /** Frames that are not finished. */
  get frames(): number {
    return this.#segments.frames;
  }

  /** Exchanges in frames that are not finished. */
  get exchanges(): number {
    return this.#segments.exchanges;
  }

  /**
   * Writes a frame behind all others. Nothing is copied: the parts must not change before the promise settles. One
   * append runs at a time; the caller bounds how many wait.
   *
   * @param parts what `encodeFrame` has returned
   * @throws what the disk says (`ENOSPC`, `EIO`, `EROFS`, …); nothing is stored then, and the next append tries again
   */
  async append(parts: readonly Uint8Array[]): Promise<StoredFrame> {
    const header = headerOf(parts);
    return await this.#turns.take(() => this.#writer.append(parts, header));
  }

  /**
   * Writes a frame while the process ends, synchronously. An append that has not resolved counts as failed from now on:
   * its frame has to be appended again here, and will not be read twice.
   *
   * @throws what the disk says
   */
  appendSync(parts: readonly Uint8Array[]): StoredFrame {
    this.#writer.end();
    return this.#exitWriter.append(parts, headerOf(parts));
  }

  /**
   * @returns `undefined` where the frame is damaged, or its file is not there any more
   * @throws what the disk says; the frame may be readable later
   */
  read(frame: StoredFrame): Promise<FrameContent | undefined> {
    return this.#turns.take(() => readFrame(this.#place, frame));
  }

  /**
   * The exchanges of a frame by key, for a frame that is given up. Those of metadata that cannot be read have the key
   * `_OTHER`. Never rejects.
   */
  counts(frame: StoredFrame): Promise<readonly KeyCount[]> {
    return this.#turns.take(() => readCounts(this.#place, frame.segment, [frame]));
  }

  /** The oldest frame that is not finished, in the order of writing; or the next such frame behind `after`. */
  oldest(after?: Pick<StoredFrame, 'segment' | 'offset'>): StoredFrame | undefined {
    return this.#segments.oldest(after);
  }

  /**
   * The frame was delivered or given up. The disk is told asynchronously.
   *
   * @returns false where that is known already, or `dropOldest` has counted the frame as given up
   */
  finish(frame: StoredFrame): boolean {
    const segment = this.#segments.get(frame.segment);
    if (segment === undefined || !segment.finish(frame)) return false;
    this.#settleLater();
    return true;
  }

  /** Tells the disk what is finished, while the process ends. As after {@link appendSync}, no append runs any more. */
  finishSync(): void {
    this.#writer.end();
    // Also what an asynchronous work has begun: the process may end before that gets any further.
    for (const segment of this.#segments.all()) {
      try {
        if (segment.settleSync()) this.#segments.remove(segment);
      } catch (error) {
        this.#onError(error);
      }
    }
  }

  /**
   * Gives up the oldest segment that has unfinished frames, and deletes it.
   *
   * @param mayDrop false for a frame that is being sent: its segment is kept. Default: all may be dropped
   * @param onDropped called with each frame that is given up
   * @returns the exchanges of its unfinished frames, by key; `undefined` where there is no such segment. Never rejects
   */
  dropOldest(
    mayDrop: (frame: StoredFrame) => boolean = () => true,
    onDropped: (frame: StoredFrame) => void = () => undefined,
  ): Promise<readonly KeyCount[] | undefined> {
    return this.#turns.take(async () => {
      const segment = this.#segments
        .all()
        .find(({ frames }) => frames.unfinished > 0 && [...frames.allUnfinished()].every(mayDrop));
      if (segment === undefined) return undefined;
      const frames = [...segment.frames.allUnfinished()];
      // Before anything is awaited: a frame that is finished meanwhile must not be counted twice.
      for (const frame of frames) {
        segment.finish(frame);
        onDropped(frame);
      }
      if (segment.isOpen) await this.#writer.close();
      const counts = await readCounts(this.#place, segment.number, frames);
      await this.#settle();
      return counts;
    });
  }

  /** Ends the log, after all that was asked for before. Files without unfinished frames are deleted. Never rejects. */
  close(): Promise<void> {
    return this.#turns.take(async () => {
      await this.#writer.close();
      this.#writer.end();
      await this.#settle();
    });
  }

  /** As {@link close}, while the process ends; an append that has not resolved counts as failed. */
  closeSync(): void {
    this.#exitWriter.close();
    this.finishSync();
  }

  /** One turn for each segment: other logs need not wait for a large directory. */
  async #recover(onDamage: (damage: SpoolDamage) => void): Promise<void> {
    for (const number of await this.#turns.take(() => this.#findSegments()))
      await this.#turns.take(() => recoverSegment(this.#place, this.#segments, number, onDamage));
    await this.#turns.take(() => this.#settle());
  }

  /** @returns the numbers of the segments, oldest first */
  async #findSegments(): Promise<readonly number[]> {
    const { files, directory } = this.#place;
    const found = (await files.list(directory)).map(parseName).filter((name) => name !== undefined);
    const withFrames = new Set<number>();
    for (const { segment, kind } of found) {
      this.#segments.skipTo(segment);
      if (kind === 'spool') withFrames.add(segment);
    }
    for (const { segment, kind } of found) {
      if (kind !== 'acks' || withFrames.has(segment)) continue;
      // The process ended between the deletions of the two files.
      await files.unlink(pathOf(directory, segment, 'acks')).catch(this.#onError);
    }
    return [...withFrames].sort((a, b) => a - b);
  }

  #settleLater(): void {
    if (this.#isSettling) return;
    this.#isSettling = true;
    void this.#turns.take(() => {
      this.#isSettling = false;
      return this.#settle();
    });
  }

  async #settle(): Promise<void> {
    for (const segment of this.#segments.all()) {
      try {
        if (await segment.settle()) this.#segments.remove(segment);
      } catch (error) {
        this.#onError(error);
      }
    }
  }
}

function headerOf(parts: readonly Uint8Array[]): FrameHeader {
  const [first] = parts;
  const header = first === undefined ? undefined : readHeader(first);
  if (header === undefined) throw new RangeError('Expected the parts of a frame');
  return header;
}
