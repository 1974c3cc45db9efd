import type { InstrumentationScope } from '@opentelemetry/core';
import type { Resource } from '@opentelemetry/resources';
import type { ReadableLogRecord } from '@opentelemetry/sdk-logs';
import type { Encoder, Envelope, EnvelopeHeads } from '../../../../src/delivery/buffer/encoder.ts';

const PREFIX_BYTES = 24;
const LENGTH_BYTES = 4;

/** Records of one resource and scope, as a receiver decodes them. */
export interface ReceivedGroup {
  readonly group: string;
  readonly records: readonly string[];
}

/** A simple format instead of OTLP. A record: length, body. The prefix: resource and scope, length of the records. */
export const textEncoder: Encoder = {
  append(record: ReadableLogRecord, bytes: Buffer, at: number, end: number): number {
    const body = String(record.body);
    if (body === 'poison for the encoder') throw new RangeError('odd');
    const length = Buffer.byteLength(body);
    if (at + LENGTH_BYTES + length > end) return -1;
    bytes.writeUInt32BE(length, at);
    return at + LENGTH_BYTES + bytes.write(body, at + LENGTH_BYTES);
  },
  envelope(resource: Resource, scope: InstrumentationScope): Envelope {
    const group = `${resource.attributes['service.name']} ${scope.name}`.padEnd(PREFIX_BYTES - LENGTH_BYTES);
    return envelopeOf({ resourceLogs: Buffer.from(group), scopeLogs: Buffer.alloc(0) });
  },
  envelopeOf,
};

function envelopeOf(heads: EnvelopeHeads): Envelope {
  return {
    heads: () => heads,
    prefixLength: () => PREFIX_BYTES,
    writePrefix(into, at, recordsLength) {
      into.set(heads.resourceLogs, at);
      into.writeUInt32BE(recordsLength, at + PREFIX_BYTES - LENGTH_BYTES);
    },
  };
}

export function decode(parts: readonly Uint8Array[]): readonly ReceivedGroup[] {
  const bytes = Buffer.concat(parts);
  const groups: ReceivedGroup[] = [];
  for (let at = 0; at < bytes.length; ) {
    const group = bytes.toString('utf8', at, at + PREFIX_BYTES - LENGTH_BYTES).trim();
    at += PREFIX_BYTES;
    const end = at + bytes.readUInt32BE(at - LENGTH_BYTES);
    const records: string[] = [];
    while (at < end) {
      const begin = at + LENGTH_BYTES;
      at = begin + bytes.readUInt32BE(at);
      records.push(bytes.toString('utf8', begin, at));
    }
    if (at !== end) throw new Error('the message is not well-formed');
    groups.push({ group, records });
  }
  return groups;
}
