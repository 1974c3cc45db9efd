import { UNKNOWN_EXCHANGE } from '../../../record/receipt/receipt-of.ts';
import { countsOf, decodeFrame, type FrameContent } from '../frame/frame.ts';
import { HEADER_BYTES, readHeader } from '../frame/frame-header.ts';
import { type KeyCount, KeyCounter } from '../frame/key-counts.ts';
import { FileWindow } from './file-window.ts';
import type { StoredFrame } from './frame-table.ts';
import type { SpoolPlace } from './segment.ts';
import { pathOf } from './segment-format.ts';
import { withFile } from './segment-scan.ts';
import { isMissing, readAll } from './spool-files.ts';

/**
 * @returns `undefined` where the frame is damaged, or the file is not there any more
 * @throws what the disk says; the frame may be readable later
 */
export async function readFrame(
  { files, directory }: SpoolPlace,
  { segment, offset, length, check }: StoredFrame,
): Promise<FrameContent | undefined> {
  try {
    return await withFile(files, pathOf(directory, segment, 'spool'), async (fd) => {
      const bytes = Buffer.allocUnsafeSlow(length);
      const count = await readAll(files, fd, bytes, offset);
      return count === length && readHeader(bytes)?.check === check ? decodeFrame(bytes) : undefined;
    });
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** The exchanges of frames of one segment. Those whose key cannot be read have the key `_OTHER`. Never rejects. */
export async function readCounts(
  { files, directory }: SpoolPlace,
  segment: number,
  frames: Iterable<StoredFrame>,
): Promise<readonly KeyCount[]> {
  const counter = new KeyCounter();
  const all = frames[Symbol.iterator]();
  const countUnknown = (exchanges: number): void => {
    if (exchanges > 0) counter.add(UNKNOWN_EXCHANGE, exchanges);
  };
  let current: StoredFrame | undefined;
  try {
    await withFile(files, pathOf(directory, segment, 'spool'), async (fd) => {
      const window = new FileWindow(files, fd);
      for (let next = all.next(); next.done !== true; next = all.next()) {
        current = next.value;
        const counts = await countsIn(window, current);
        if (counts === undefined) countUnknown(current.exchanges);
        else for (const { receipt, count } of counts) counter.add(receipt, count);
        current = undefined;
      }
    });
  } catch {
    // What is left of the frames counts all the same.
    if (current !== undefined) countUnknown(current.exchanges);
    for (let next = all.next(); next.done !== true; next = all.next()) countUnknown(next.value.exchanges);
  }
  return counter.counts();
}

async function countsIn(
  window: FileWindow,
  { offset, check }: StoredFrame,
): Promise<readonly KeyCount[] | undefined> {
  const bytes = await window.bytes(offset, HEADER_BYTES);
  const header = bytes === undefined ? undefined : readHeader(bytes);
  if (header === undefined || header.check !== check) return undefined;
  const head = await window.bytes(offset, HEADER_BYTES + header.metadataLength);
  return head === undefined ? undefined : countsOf(head);
}
