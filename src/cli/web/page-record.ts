import { shorten } from '../../render/terminal.ts';
import type { ReceivedRecord } from '../receiver/otlp-record.ts';
import type { PageRecord } from './snapshot.ts';

/** Characters of a text that the page is given. */
const TEXT_LENGTH = 8192;

/** Both need not be copied until a page asks for the record. */
export interface KeptRecord {
  readonly sequence: number;
  readonly record: ReceivedRecord;
}

/** The record as JSON can hold it, without the ends of very long texts. */
export function pageRecordOf({ sequence, record }: KeptRecord): PageRecord {
  const { severityNumber, severityText, eventName, traceId, spanId, scope } = record;
  return {
    sequence,
    time: String(record.timeUnixNano),
    severityNumber,
    severityText,
    body: plain(record.body),
    eventName,
    traceId,
    spanId,
    attributes: plainMembers(record.attributes),
    resource: plainMembers(record.resource),
    scope,
  };
}

function plainMembers(members: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(members).map(([name, value]) => [name, plain(value)]));
}

function plain(value: unknown): unknown {
  if (typeof value === 'string') return shorten(value, TEXT_LENGTH);
  if (typeof value === 'bigint') return String(value);
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value);
  if (value instanceof Uint8Array) return shorten(Buffer.from(value).toString('base64'), TEXT_LENGTH);
  if (Array.isArray(value)) return value.map(plain);
  return typeof value === 'object' && value !== null ? plainMembers(value as Record<string, unknown>) : value;
}
