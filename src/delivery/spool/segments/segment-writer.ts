import type { FrameHeader } from '../frame/frame-header.ts';
import type { StoredFrame } from './frame-table.ts';
import type { Segment, SpoolPlace } from './segment.ts';
import { namedIn, pathOf, SEGMENT_HEADER_BYTES, segmentHeader } from './segment-format.ts';
import type { Segments } from './segments.ts';
import { CREATE, type FileStatus, READ, writeAll } from './spool-files.ts';

export interface WriterDependencies extends SpoolPlace {
  readonly segments: Segments;
  /** Bytes of a segment, at most, unless it has one frame only. */
  readonly segmentBytes: number;
  /** Whether each frame is on the medium, not only in the kernel, before it counts as appended. */
  readonly fsync: boolean;
  /** A segment gets no more frames. */
  readonly onClosed: () => void;
  readonly onError: (error: unknown) => void;
}

interface OpenSegment {
  readonly segment: Segment;
  readonly fd: number;
  readonly path: string;
  readonly status: FileStatus;
}

/** Appends frames asynchronously. The caller lets one append run at a time. */
export class SegmentWriter {
  readonly #dependencies: WriterDependencies;
  #open: OpenSegment | undefined;
  #running: { readonly segment: Segment; readonly offset: number; readonly check: number } | undefined;
  #hasEnded = false;

  constructor(dependencies: WriterDependencies) {
    this.#dependencies = dependencies;
  }

  /** @throws what the disk says; nothing of the frame counts then */
  async append(parts: readonly Uint8Array[], header: FrameHeader): Promise<StoredFrame> {
    this.#expectNotEnded();
    const open = await this.#segmentFor(header.length);
    this.#expectNotEnded();
    const { segment, fd } = open;
    const { size } = segment;
    const offset = size === 0 ? SEGMENT_HEADER_BYTES : size;
    this.#running = { segment, offset, check: header.check };
    let isWritten = false;
    try {
      // The header of the segment comes with the first frame, so that a full disk leaves no segment without frames.
      await writeAll(this.#dependencies.files, fd, size === 0 ? [segmentHeader(), ...parts] : parts, size);
      isWritten = true;
      if (this.#dependencies.fsync) await this.#sync(open);
      await this.#expectInPlace(open);
      this.#expectNotEnded();
    } catch (error) {
      await this.#cut(open, offset, header.check, isWritten);
      throw error;
    } finally {
      this.#running = undefined;
    }
    return segment.add(header, offset);
  }

  /** Closes the file, if there is one; the next frame begins another. */
  async close(): Promise<void> {
    const open = this.#open;
    if (open === undefined) return;
    this.#open = undefined;
    open.segment.close();
    this.#dependencies.onClosed();
    await this.#dependencies.files.close(open.fd).catch(this.#dependencies.onError);
  }

  /**
   * The process ends. A write that is running counts as failed, whatever becomes of it: its frame will not be read. Its
   * file stays open, since the number of a closed one could become that of another file.
   */
  end(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    const running = this.#running;
    running?.segment.disown(running.offset, running.check);
    this.#open?.segment.close();
  }

  async #segmentFor(length: number): Promise<OpenSegment> {
    const open = this.#open;
    if (open !== undefined && open.segment.size + length <= this.#dependencies.segmentBytes) return open;
    await this.close();
    const { files, directory, segments } = this.#dependencies;
    const segment = segments.addNext();
    const path = pathOf(directory, segment.number, 'spool');
    let fd: number | undefined;
    try {
      fd = await files.open(path, CREATE);
      this.#open = { segment, fd, path, status: await files.statusOf(fd) };
      return this.#open;
    } catch (error) {
      segments.remove(segment);
      if (fd !== undefined) await files.close(fd).catch(this.#dependencies.onError);
      throw error;
    }
  }

  async #sync({ fd, segment }: OpenSegment): Promise<void> {
    const { files, directory } = this.#dependencies;
    await files.sync(fd);
    if (segment.size > 0) return;
    for (const path of namedIn(directory)) {
      const folder = await files.open(path, READ);
      try {
        await files.sync(folder);
      } finally {
        await files.close(folder);
      }
    }
  }

  /** @throws where the file was deleted or its directory renamed: what is written there cannot be found again */
  async #expectInPlace({ path, status }: OpenSegment): Promise<void> {
    const { dev, ino } = await this.#dependencies.files.statusAt(path);
    if (dev !== status.dev || ino !== status.ino) throw new Error(`${path} was replaced`);
  }

  /**
   * Removes what a failed append has left. The file is not used any more where that fails; where nothing is in it; and
   * where the frame was written as a whole: after a failed fsync the kernel drops pages that it could not write, and
   * the next fsync succeeds.
   */
  async #cut(open: OpenSegment, offset: number, check: number, isWritten: boolean): Promise<void> {
    const { segment, fd } = open;
    try {
      await this.#dependencies.files.truncate(fd, segment.size);
    } catch (error) {
      this.#dependencies.onError(error);
      segment.disown(offset, check);
      await this.close();
      return;
    }
    if (isWritten || segment.size === 0) await this.close();
  }

  #expectNotEnded(): void {
    if (this.#hasEnded) throw new Error('the spool is closed');
  }
}
