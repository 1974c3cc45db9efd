import { dirname, join } from 'node:path';
import { crc32 } from 'node:zlib';

/** Bytes before the first frame of a segment. */
export const SEGMENT_HEADER_BYTES = 16;
/** A segment has no more bytes than this, unless it has one frame only. */
export const SEGMENT_BYTES: number = 8 * 1024 * 1024;
/** Bytes of one acknowledgement. */
export const ACK_BYTES = 16;

const VERSION = 1;
const SEGMENT_MAGIC = Buffer.from([0xff, 0x4f, 0x41, 0x4c, 0x53, 0x0d, 0x0a, 0x1a]);
const ACK_MAGIC = 0x4b_43_41_ff;
const NAME = /^(\d{8,15})\.(spool|acks)$/;

/** Frames, and what of them is finished. */
export type FileKind = 'spool' | 'acks';

export function pathOf(directory: string, segment: number, kind: FileKind): string {
  return join(directory, `${String(segment).padStart(8, '0')}.${kind}`);
}

/**
 * The directories that have to be on the medium too, so that a new file is found there: the name of the file is in one,
 * that of its directory in the other. None on Windows, which cannot open a directory.
 */
export function namedIn(directory: string): readonly string[] {
  return process.platform === 'win32' ? [] : [directory, dirname(directory)];
}

/** @returns `undefined` for the name of another file */
export function parseName(name: string): { segment: number; kind: FileKind } | undefined {
  const [, digits, kind] = NAME.exec(name) ?? [];
  if (digits === undefined) return undefined;
  // Only as `pathOf` writes it: otherwise two names would stand for one segment.
  const segment = Number(digits);
  return String(segment).padStart(8, '0') === digits ? { segment, kind: kind as FileKind } : undefined;
}

/** What a segment begins with: magic, version, CRC-32 of both. */
export function segmentHeader(): Buffer {
  const header = Buffer.alloc(SEGMENT_HEADER_BYTES);
  SEGMENT_MAGIC.copy(header);
  header.writeUInt32LE(VERSION, 8);
  header.writeUInt32LE(crc32(header.subarray(0, 12)), 12);
  return header;
}

/** @returns `newer` for an intact header of another version */
export function checkSegmentHeader(bytes: Uint8Array | undefined): 'intact' | 'newer' | 'damaged' {
  if (bytes === undefined || bytes.length < SEGMENT_HEADER_BYTES) return 'damaged';
  const header = Buffer.from(bytes.buffer, bytes.byteOffset, SEGMENT_HEADER_BYTES);
  const isIntact =
    SEGMENT_MAGIC.equals(header.subarray(0, 8)) && crc32(header.subarray(0, 12)) === header.readUInt32LE(12);
  if (!isIntact) return 'damaged';
  return header.readUInt32LE(8) === VERSION ? 'intact' : 'newer';
}

/** Which frame an acknowledgement is for. */
interface AckedFrame {
  readonly offset: number;
  /** Checksum of the frame's header, so that no other frame in that place is taken for finished. */
  readonly check: number;
}

/** Magic, offset and checksum of the frame, CRC-32 of these. */
export function encodeAck({ offset, check }: AckedFrame): Buffer {
  const ack = Buffer.allocUnsafe(ACK_BYTES);
  ack.writeUInt32LE(ACK_MAGIC, 0);
  ack.writeUInt32LE(offset, 4);
  ack.writeUInt32LE(check, 8);
  ack.writeUInt32LE(crc32(ack.subarray(0, 12)), 12);
  return ack;
}

/** Those of a file that are intact. */
export function decodeAcks(bytes: Buffer): readonly AckedFrame[] {
  const acked: AckedFrame[] = [];
  for (let at = 0; at + ACK_BYTES <= bytes.length; at += ACK_BYTES) {
    const isIntact =
      bytes.readUInt32LE(at) === ACK_MAGIC &&
      crc32(bytes.subarray(at, at + 12)) === bytes.readUInt32LE(at + 12);
    if (isIntact) acked.push({ offset: bytes.readUInt32LE(at + 4), check: bytes.readUInt32LE(at + 8) });
  }
  return acked;
}
