import type { ReadableLogRecord } from '@opentelemetry/sdk-logs';
import { OtlpEncoder } from '../otlp/otlp-encoder.ts';

/** Records in a message: the default batch size of the SDK (`OTEL_BLRP_MAX_EXPORT_BATCH_SIZE`). */
const MAX_RECORDS = 512;
/** Bytes of a message: the default limit of gRPC receivers. A record that does not fit is left out. */
const MAX_BYTES = 4 * 1024 * 1024;

/** An export request, and the records in it. */
export interface EncodedMessage {
  readonly parts: readonly Uint8Array[];
  readonly records: readonly ReadableLogRecord[];
}

/** Encodes records as export requests, each of one resource and scope. A record that cannot be encoded is left out. */
export function encodeMessages(records: readonly ReadableLogRecord[]): readonly EncodedMessage[] {
  const encoder = new OtlpEncoder();
  const messages: EncodedMessage[] = [];
  for (const group of groupsOf(records)) {
    const [{ resource, instrumentationScope }] = group;
    const bytes = Buffer.allocUnsafeSlow(MAX_BYTES);
    const encoded: ReadableLogRecord[] = [];
    let end = 0;
    for (const record of group) {
      const next = encoder.append(record, bytes, end, bytes.length);
      if (next < 0) continue;
      encoded.push(record);
      end = next;
    }
    const envelope = encoder.envelope(resource, instrumentationScope);
    const prefix = Buffer.alloc(envelope.prefixLength(end));
    envelope.writePrefix(prefix, 0, end);
    if (encoded.length > 0) messages.push({ parts: [prefix, bytes.subarray(0, end)], records: encoded });
  }
  return messages;
}

type Group = [ReadableLogRecord, ...ReadableLogRecord[]];

/** Records in a row that share resource and scope. */
function groupsOf(records: readonly ReadableLogRecord[]): readonly Group[] {
  const groups: Group[] = [];
  for (const record of records) {
    const group = groups.at(-1);
    const isSame =
      group !== undefined &&
      group.length < MAX_RECORDS &&
      group[0].resource === record.resource &&
      group[0].instrumentationScope === record.instrumentationScope;
    if (isSame) group.push(record);
    else groups.push([record]);
  }
  return groups;
}
