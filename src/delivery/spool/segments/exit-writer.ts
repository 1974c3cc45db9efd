import type { FrameHeader } from '../frame/frame-header.ts';
import type { StoredFrame } from './frame-table.ts';
import type { Segment } from './segment.ts';
import { namedIn, pathOf, SEGMENT_HEADER_BYTES, segmentHeader } from './segment-format.ts';
import type { WriterDependencies } from './segment-writer.ts';
import { CREATE, READ, writeAllSync } from './spool-files.ts';

/** Appends frames synchronously while the process ends, to files of its own: `SegmentWriter` may be writing to its. */
export class ExitWriter {
  readonly #dependencies: WriterDependencies;
  #open: { readonly segment: Segment; readonly fd: number } | undefined;

  constructor(dependencies: WriterDependencies) {
    this.#dependencies = dependencies;
  }

  /** @throws what the disk says; nothing of the frame counts then */
  append(parts: readonly Uint8Array[], header: FrameHeader): StoredFrame {
    const { files, fsync } = this.#dependencies;
    const { segment, fd } = this.#segmentFor(header.length);
    const { size } = segment;
    const offset = size === 0 ? SEGMENT_HEADER_BYTES : size;
    try {
      writeAllSync(files, fd, size === 0 ? [segmentHeader(), ...parts] : parts, size);
      if (fsync) this.#sync(fd, segment);
    } catch (error) {
      this.#cut(offset, header.check);
      throw error;
    }
    return segment.add(header, offset);
  }

  /** Closes the file, if there is one. */
  close(): void {
    const open = this.#open;
    if (open === undefined) return;
    this.#open = undefined;
    open.segment.close();
    this.#dependencies.onClosed();
    this.#try(() => this.#dependencies.files.closeSync(open.fd));
  }

  #segmentFor(length: number): { readonly segment: Segment; readonly fd: number } {
    if (this.#open !== undefined && this.#open.segment.size + length <= this.#dependencies.segmentBytes)
      return this.#open;
    this.close();
    const { files, directory, segments } = this.#dependencies;
    const segment = segments.addNext();
    try {
      this.#open = { segment, fd: files.openSync(pathOf(directory, segment.number, 'spool'), CREATE) };
      return this.#open;
    } catch (error) {
      segments.remove(segment);
      throw error;
    }
  }

  #sync(fd: number, segment: Segment): void {
    const { files, directory } = this.#dependencies;
    files.syncSync(fd);
    if (segment.size > 0) return;
    for (const path of namedIn(directory)) {
      const folder = files.openSync(path, READ);
      try {
        files.syncSync(folder);
      } finally {
        files.closeSync(folder);
      }
    }
  }

  #cut(offset: number, check: number): void {
    const open = this.#open;
    if (open === undefined) return;
    const { segment, fd } = open;
    if (!this.#try(() => this.#dependencies.files.truncateSync(fd, segment.size)))
      segment.disown(offset, check);
    this.close();
  }

  #try(work: () => void): boolean {
    try {
      work();
      return true;
    } catch (error) {
      this.#dependencies.onError(error);
      return false;
    }
  }
}
