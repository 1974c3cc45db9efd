import assert from 'node:assert/strict';
import type { InstrumentationScope } from '@opentelemetry/core';
import { ProtobufLogsSerializer } from '@opentelemetry/otlp-transformer';
import type { Resource } from '@opentelemetry/resources';
import type { ReadableLogRecord } from '@opentelemetry/sdk-logs';
import { ByteWriter } from '../../../../src/delivery/otlp/byte-writer.ts';
import { OtlpEnvelope } from '../../../../src/delivery/otlp/envelope.ts';
import { officialMessage } from '../../../support/official-otlp.ts';

/** An AnyValue as it is decoded: one field, or none; 64-bit integers are text. */
export type Value = Readonly<Record<string, unknown>>;
export interface Entry {
  readonly key: string;
  readonly value: Value | null;
}
export interface DecodedRecord {
  readonly attributes: readonly Entry[];
  readonly [field: string]: unknown;
}
export interface DecodedRequest {
  readonly resourceLogs: readonly {
    readonly resource: object;
    readonly schemaUrl: string;
    readonly scopeLogs: readonly {
      readonly scope: object;
      readonly schemaUrl: string;
      readonly logRecords: readonly DecodedRecord[];
    }[];
  }[];
}

/** With defaults: proto3 does not tell a field that is absent from one that is empty. */
export function decodeRequest(bytes: Uint8Array): DecodedRequest {
  const request = officialMessage('ExportLogsServiceRequest');
  const plain = request.toObject(request.decode(bytes), { longs: String, defaults: true });
  assert.ok(isRequest(plain));
  return plain;
}
function isRequest(plain: object): plain is DecodedRequest {
  return 'resourceLogs' in plain;
}

export function decodeRecords(bytes: Uint8Array): DecodedRecord[] {
  return decodeRequest(bytes).resourceLogs.flatMap(({ scopeLogs }) =>
    scopeLogs.flatMap(({ logRecords }) => logRecords),
  );
}

/** What the official serializer makes of the same records. */
export function serializeOfficially(records: ReadableLogRecord[]): Buffer {
  const bytes = ProtobufLogsSerializer.serializeRequest(records);
  assert.ok(bytes !== undefined);
  // Decoded from a Buffer, bytes are Buffers, as they are of ours.
  return Buffer.from(bytes);
}

/** A writer with that much room. */
export function writerOf(size: number): ByteWriter {
  const writer = new ByteWriter();
  writer.bytes = Buffer.alloc(size);
  writer.end = size;
  return writer;
}

/** A whole request with the records that `append` appends, each of which must fit. */
export function requestOf(
  resource: Resource,
  scope: InstrumentationScope,
  appends: readonly ((writer: ByteWriter) => boolean)[],
): Buffer {
  const writer = writerOf(1 << 20);
  for (const append of appends) assert.ok(append(writer));
  const envelope = new OtlpEnvelope(resource, scope);
  const prefix = Buffer.alloc(envelope.prefixLength(writer.at));
  envelope.writePrefix(prefix, 0, writer.at);
  return Buffer.concat([prefix, writer.bytes.subarray(0, writer.at)]);
}
