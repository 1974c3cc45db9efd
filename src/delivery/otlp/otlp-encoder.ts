import type { InstrumentationScope } from '@opentelemetry/core';
import type { Resource } from '@opentelemetry/resources';
import type { ReadableLogRecord } from '@opentelemetry/sdk-logs';
import type { Encoder, Envelope, EnvelopeHeads } from '../buffer/encoder.ts';
import { ByteWriter } from './byte-writer.ts';
import { OtlpEnvelope, StoredEnvelope } from './envelope.ts';
import { RecordEncoder } from './record-encoder.ts';

/** Encodes as OTLP protobuf, into buffers of the caller. */
export class OtlpEncoder implements Encoder {
  readonly #records = new RecordEncoder();
  readonly #writer = new ByteWriter();

  append(record: ReadableLogRecord, bytes: Buffer, at: number, end: number): number {
    const writer = this.#writer;
    if (writer.bytes !== bytes) writer.bytes = bytes;
    writer.at = at;
    writer.end = end;
    return this.#records.append(writer, record) ? writer.at : -1;
  }

  envelope(resource: Resource, scope: InstrumentationScope): Envelope {
    return new OtlpEnvelope(resource, scope);
  }

  envelopeOf(heads: EnvelopeHeads): Envelope {
    return new StoredEnvelope(heads);
  }
}
