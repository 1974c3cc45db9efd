import { FRAME_MAGIC, type FrameHeader, HEADER_BYTES, readHeader } from '../frame/frame-header.ts';
import type { SpoolDamage } from './damage.ts';
import { FileWindow } from './file-window.ts';
import type { SpoolPlace } from './segment.ts';
import { ACK_BYTES, checkSegmentHeader, decodeAcks, pathOf, SEGMENT_HEADER_BYTES } from './segment-format.ts';
import type { Segments } from './segments.ts';
import { type FileStatus, isMissing, isShortage, READ, readAll, type SpoolFiles } from './spool-files.ts';

/** Acknowledgements that are read, at most: more than a segment has frames. */
const MAX_ACKS = 1 << 18;

/**
 * Finds the frames of a segment by their headers. The records are checked when they are read: a start that read
 * everything would take seconds of a slow disk. Where a header is damaged, the search goes on behind it.
 *
 * @throws what the disk says
 */
async function findFrames(
  window: FileWindow,
  size: number,
  onFrame: (header: FrameHeader, offset: number) => void,
  onDamage: (kind: 'torn' | 'damaged', bytes: number) => void,
): Promise<void> {
  const frameAt = async (at: number): Promise<FrameHeader | undefined> => {
    const bytes = await window.bytes(at, HEADER_BYTES);
    const header = bytes === undefined ? undefined : readHeader(bytes);
    return header !== undefined && at + header.length <= size ? header : undefined;
  };
  const hasHeader = checkSegmentHeader(await window.bytes(0, SEGMENT_HEADER_BYTES)) === 'intact';
  let at = hasHeader ? SEGMENT_HEADER_BYTES : 0;
  while (at < size) {
    const damagedFrom = at;
    let header = await frameAt(at);
    while (header === undefined && at < size) {
      at = (await window.indexOf(FRAME_MAGIC, at + 1)) ?? size;
      header = await frameAt(at);
    }
    if (at > damagedFrom) onDamage(header === undefined ? 'torn' : 'damaged', at - damagedFrom);
    if (header === undefined) break;
    onFrame(header, at);
    at += header.length;
  }
}

/**
 * Adds a segment of a process that has ended, with its frames and what of them is finished.
 *
 * @throws what the system says where it is short of something: that says nothing of the file
 */
export async function recoverSegment(
  place: SpoolPlace,
  segments: Segments,
  number: number,
  onDamage: (damage: SpoolDamage) => void,
): Promise<void> {
  const { files, directory } = place;
  const file = pathOf(directory, number, 'spool');
  const acksFile = pathOf(directory, number, 'acks');
  const acked = await recoverAcks(files, acksFile, onDamage);
  const segment = segments.addRecovered(number);
  try {
    const size = await withFile(files, file, async (fd, status) => {
      const window = new FileWindow(files, fd);
      if (checkSegmentHeader(await window.bytes(0, SEGMENT_HEADER_BYTES)) === 'newer') {
        onDamage({ file, kind: 'newer', bytes: status.size });
        return undefined;
      }
      await findFrames(
        window,
        status.size,
        (header, offset) => segment.frames.add({ ...header, offset }),
        (kind, bytes) => onDamage({ file, kind, bytes }),
      );
      return status.size;
    });
    if (size === undefined) {
      segments.remove(segment);
      return;
    }
    segment.recovered(size, acked.size);
  } catch (error) {
    segments.remove(segment);
    if (isShortage(error)) throw error;
    onDamage({ file, kind: 'unreadable', bytes: 0, error });
    return;
  }
  for (const ack of acked.acks) segment.frames.finish(ack);
}

interface Acked {
  readonly acks: readonly { readonly offset: number; readonly check: number }[];
  /** Bytes of the file. */
  readonly size: number;
}

/** Where the file is missing or damaged, its frames are read again: they may arrive twice. */
async function recoverAcks(
  files: SpoolFiles,
  file: string,
  onDamage: (damage: SpoolDamage) => void,
): Promise<Acked> {
  try {
    return await withFile(files, file, async (fd, { size }) => {
      const bytes = Buffer.allocUnsafeSlow(Math.min(size, MAX_ACKS * ACK_BYTES));
      const count = await readAll(files, fd, bytes, 0);
      return { acks: decodeAcks(bytes.subarray(0, count)), size };
    });
  } catch (error) {
    // Without it, all frames would be delivered again.
    if (isShortage(error)) throw error;
    if (!isMissing(error)) onDamage({ file, kind: 'unreadable', bytes: 0, error });
    return { acks: [], size: 0 };
  }
}

/** Opens a file for reading, and closes it. @throws what the disk says; Error where it is no file */
export async function withFile<Result>(
  files: SpoolFiles,
  path: string,
  work: (fd: number, status: FileStatus) => Promise<Result>,
): Promise<Result> {
  const fd = await files.open(path, READ);
  try {
    const status = await files.statusOf(fd);
    if (!status.isFile) throw new Error(`${path} is no file`);
    return await work(fd, status);
  } finally {
    await files.close(fd);
  }
}
