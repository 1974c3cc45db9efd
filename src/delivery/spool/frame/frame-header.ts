import { crc32 } from 'node:zlib';

/** Bytes of a whole frame, at most. */
export const MAX_FRAME_BYTES: number = 16 * 1024 * 1024;
/** Bytes of one record, at most. */
export const MAX_RECORD_BYTES: number = 4 * 1024 * 1024;
/** Records of one frame, at most. */
export const MAX_FRAME_RECORDS = 65_536;

/**
 * Bytes of a header, little endian:
 *
 * | at | size | what                                          |
 * | -- | ---- | --------------------------------------------- |
 * | 0  | 4    | `FRAME_MAGIC`                                 |
 * | 4  | 4    | version of the format                         |
 * | 8  | 4    | bytes of the metadata, which follow           |
 * | 12 | 4    | bytes of the records, which follow those      |
 * | 16 | 4    | records                                       |
 * | 20 | 4    | exchanges among them                          |
 * | 24 | 8    | when the oldest record ended, ms, as a double |
 * | 32 | 8    | when the newest one did                       |
 * | 40 | 4    | CRC-32 of the metadata                        |
 * | 44 | 4    | CRC-32 of the records                         |
 * | 48 | 4    | CRC-32 of the 48 bytes before                 |
 * | 52 | 4    | `FRAME_MAGIC`                                 |
 */
export const HEADER_BYTES = 56;

/**
 * Stands at both ends of a header, and is searched for after damage. A client must not be able to send a record that
 * looks like a frame. Texts cannot, since `FF` does not occur in UTF-8; trace and span ids, which are bytes that a client
 * chooses, are too short to hold both ends.
 */
export const FRAME_MAGIC: Buffer = Buffer.from([0xff, 0x4f, 0x41, 0x4c]);

const MAGIC = FRAME_MAGIC.readUInt32LE(0);
const VERSION = 1;

/** What is known of a frame without its records. */
export interface FrameInfo {
  readonly records: number;
  /** Records of exchanges; the other ones are not counted. */
  readonly exchanges: number;
  /** Wall-clock milliseconds since the epoch. */
  readonly oldestMs: number;
  readonly newestMs: number;
}

export interface FrameHeader extends FrameInfo {
  /** Bytes of the whole frame. */
  readonly length: number;
  readonly metadataLength: number;
  readonly recordsLength: number;
  readonly metadataCheck: number;
  readonly recordsCheck: number;
  /** Checksum of the header itself. Identifies the frame, since it covers the other checksums. */
  readonly check: number;
}

/** Writes a header into the first bytes of a buffer. */
export function writeHeader(into: Buffer, header: Omit<FrameHeader, 'check' | 'length'>): void {
  into.writeUInt32LE(MAGIC, 0);
  into.writeUInt32LE(VERSION, 4);
  into.writeUInt32LE(header.metadataLength, 8);
  into.writeUInt32LE(header.recordsLength, 12);
  into.writeUInt32LE(header.records, 16);
  into.writeUInt32LE(header.exchanges, 20);
  into.writeDoubleLE(header.oldestMs, 24);
  into.writeDoubleLE(header.newestMs, 32);
  into.writeUInt32LE(header.metadataCheck, 40);
  into.writeUInt32LE(header.recordsCheck, 44);
  into.writeUInt32LE(crc32(into.subarray(0, 48)), 48);
  into.writeUInt32LE(MAGIC, 52);
}

/** The header in the first bytes; `undefined` where there is none, or one that is damaged or out of bounds. */
export function readHeader(bytes: Uint8Array): FrameHeader | undefined {
  if (bytes.length < HEADER_BYTES) return undefined;
  const header = Buffer.from(bytes.buffer, bytes.byteOffset, HEADER_BYTES);
  if (header.readUInt32LE(0) !== MAGIC || header.readUInt32LE(52) !== MAGIC) return undefined;
  const check = header.readUInt32LE(48);
  if (crc32(header.subarray(0, 48)) !== check || header.readUInt32LE(4) !== VERSION) return undefined;
  const metadataLength = header.readUInt32LE(8);
  const recordsLength = header.readUInt32LE(12);
  const found: FrameHeader = {
    length: HEADER_BYTES + metadataLength + recordsLength,
    metadataLength,
    recordsLength,
    records: header.readUInt32LE(16),
    exchanges: header.readUInt32LE(20),
    oldestMs: header.readDoubleLE(24),
    newestMs: header.readDoubleLE(32),
    metadataCheck: header.readUInt32LE(40),
    recordsCheck: header.readUInt32LE(44),
    check,
  };
  return isWithinBounds(found) ? found : undefined;
}

function isWithinBounds({
  length,
  records,
  exchanges,
  recordsLength,
  oldestMs,
  newestMs,
}: FrameHeader): boolean {
  return (
    length <= MAX_FRAME_BYTES &&
    records >= 1 &&
    records <= Math.min(MAX_FRAME_RECORDS, recordsLength) &&
    exchanges <= records &&
    Number.isFinite(oldestMs) &&
    Number.isFinite(newestMs)
  );
}
