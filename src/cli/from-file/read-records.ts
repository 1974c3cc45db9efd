import { createReadStream } from 'node:fs';
import { addAbortSignal, type Readable } from 'node:stream';
import { LineSplitter } from '../mask/lines.ts';
import { decodeRequest, parseBounded } from '../receiver/otlp-json.ts';
import { Allowance, MAX_MESSAGE_BYTES } from '../receiver/otlp-limits.ts';
import type { ReceivedRecord } from '../receiver/otlp-record.ts';
import { recordOfStdoutLine } from './stdout-line.ts';
import { recordOfTailLine } from './tail-line.ts';

/** What a file held, as far as it has been read. */
export interface FileCounts {
  records: number;
  /** Lines that hold no record: broken, too long, or of another program. */
  unreadable: number;
  /** Records, attributes and items left out because there were too many of them in one line. */
  leftOut: number;
}

/** Standard input instead of a file. */
export const STANDARD_INPUT = '-';

/**
 * Yields the records of a file, line by line: lines of `tail --json`, of `ACCESS_LOG_STDOUT=json`, or of OTLP/JSON as the
 * Collector's file exporter writes it, in any order. Holds one line at a time, at most 20 MiB of it.
 *
 * @param path `-` for standard input
 * @param counts goes up while records are yielded
 * @param signal ends the reading before the end of the file
 * @throws Error with `code` (`ENOENT`, `EISDIR`, `EACCES`) where the file cannot be read, `ABORT_ERR` where it was ended
 */
export async function* readRecords(
  path: string,
  counts: FileCounts = { records: 0, unreadable: 0, leftOut: 0 },
  signal?: AbortSignal,
): AsyncGenerator<ReceivedRecord, void, undefined> {
  const input: Readable = path === STANDARD_INPUT ? process.stdin : createReadStream(path);
  if (signal !== undefined) addAbortSignal(signal, input);
  const splitter = new LineSplitter(MAX_MESSAGE_BYTES);
  for await (const chunk of input) {
    for (const line of splitter.push(chunk)) yield* recordsOf(line.bytes, line.isCut, counts);
  }
  for (const line of splitter.end()) yield* recordsOf(line.bytes, line.isCut, counts);
}

function recordsOf(bytes: Buffer, isCut: boolean, counts: FileCounts): readonly ReceivedRecord[] {
  if (isBlank(bytes)) return [];
  const records = isCut ? undefined : decodeLine(bytes, counts);
  if (records === undefined) counts.unreadable++;
  counts.records += records?.length ?? 0;
  return records ?? [];
}

function decodeLine(bytes: Buffer, counts: FileCounts): readonly ReceivedRecord[] | undefined {
  try {
    const line = parseBounded(bytes);
    if (typeof line !== 'object' || line === null) return undefined;
    if ('resourceLogs' in line) {
      const allowance = new Allowance();
      const records = decodeRequest(line, allowance);
      counts.leftOut += allowance.recordsLeftOut + allowance.valuesLeftOut;
      return records;
    }
    const record = recordOfTailLine(line) ?? recordOfStdoutLine(line);
    return record === undefined ? undefined : [record];
  } catch {
    return undefined;
  }
}

const BLANKS: ReadonlySet<number> = new Set(Buffer.from(' \t\r'));

function isBlank(bytes: Buffer): boolean {
  return bytes.every((byte) => BLANKS.has(byte));
}
