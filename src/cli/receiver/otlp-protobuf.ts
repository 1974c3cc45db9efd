import { Allowance } from './otlp-limits.ts';
import { type Attributes, readAttributes, readPair, readValue } from './otlp-protobuf-values.ts';
import { type ReceivedRecord, validId } from './otlp-record.ts';
import { fixed32Field, fixed64Field, lengthField, ProtobufDecoder, varintField } from './protobuf-decoder.ts';

/** Fields of opentelemetry-proto 1.x: collector/logs/v1, logs/v1, resource/v1. Others are skipped. */
const REQUEST = { resourceLogs: lengthField(1) } as const;
const RESOURCE_LOGS = { resource: lengthField(1), scopeLogs: lengthField(2) } as const;
const RESOURCE = { attributes: lengthField(1) } as const;
const SCOPE_LOGS = { scope: lengthField(1), logRecords: lengthField(2) } as const;
const SCOPE = { name: lengthField(1), version: lengthField(2) } as const;
const LOG_RECORD = {
  timeUnixNano: fixed64Field(1),
  severityNumber: varintField(2),
  severityText: lengthField(3),
  body: lengthField(5),
  attributes: lengthField(6),
  flags: fixed32Field(8),
  traceId: lengthField(9),
  spanId: lengthField(10),
  observedTimeUnixNano: fixed64Field(11),
  eventName: lengthField(12),
} as const;
/**
 * Reads a protobuf `ExportLogsServiceRequest`, in the order in which the records are written there, as much of it as is
 * allowed. Of what is left out nothing is made.
 *
 * @throws Error where the bytes are not one
 */
export function decodeProtobuf(bytes: Uint8Array, allowance: Allowance = new Allowance()): ReceivedRecord[] {
  const reader = new ProtobufDecoder(bytes);
  const records: ReceivedRecord[] = [];
  while (reader.hasMore()) {
    const tag = reader.tag();
    if (tag === REQUEST.resourceLogs) readResourceLogs(reader, allowance, records);
    else reader.skip(tag);
  }
  return records;
}

/** Fields have no order: the resource may stand behind its records, so it is looked for first. */
function readResourceLogs(reader: ProtobufDecoder, allowance: Allowance, records: ReceivedRecord[]): void {
  allowance.takeGroup();
  const outer = reader.enter();
  const start = reader.position;
  let resource: ReceivedRecord['resource'] = {};
  while (reader.hasMore()) {
    const tag = reader.tag();
    if (tag === RESOURCE_LOGS.resource) resource = readAttributes(reader, allowance, RESOURCE.attributes, 0);
    else reader.skip(tag);
  }
  reader.goTo(start);
  while (reader.hasMore()) {
    const tag = reader.tag();
    if (tag === RESOURCE_LOGS.scopeLogs) readScopeLogs(reader, allowance, records, resource);
    else reader.skip(tag);
  }
  reader.leave(outer);
}

function readScopeLogs(
  reader: ProtobufDecoder,
  allowance: Allowance,
  records: ReceivedRecord[],
  resource: ReceivedRecord['resource'],
): void {
  allowance.takeGroup();
  const outer = reader.enter();
  const start = reader.position;
  let scope: ReceivedRecord['scope'] = { name: '', version: '' };
  while (reader.hasMore()) {
    const tag = reader.tag();
    if (tag === SCOPE_LOGS.scope) scope = readScope(reader);
    else reader.skip(tag);
  }
  reader.goTo(start);
  while (reader.hasMore()) {
    const tag = reader.tag();
    if (tag === SCOPE_LOGS.logRecords && allowance.takeRecord()) {
      records.push(readRecord(reader, allowance, resource, scope));
    } else reader.skip(tag);
  }
  reader.leave(outer);
}

function readScope(reader: ProtobufDecoder): ReceivedRecord['scope'] {
  const outer = reader.enter();
  let name = '';
  let version = '';
  while (reader.hasMore()) {
    const tag = reader.tag();
    if (tag === SCOPE.name) name = reader.text();
    else if (tag === SCOPE.version) version = reader.text();
    else reader.skip(tag);
  }
  reader.leave(outer);
  return { name, version };
}

function readRecord(
  reader: ProtobufDecoder,
  allowance: Allowance,
  resource: ReceivedRecord['resource'],
  scope: ReceivedRecord['scope'],
): ReceivedRecord {
  const outer = reader.enter();
  let timeUnixNano = 0n;
  let observedTimeUnixNano = 0n;
  let severityNumber = 0;
  let severityText = '';
  let body: unknown;
  let eventName = '';
  let traceId = '';
  let spanId = '';
  let flags = 0;
  const attributes: Attributes = {};
  let count = 0;
  while (reader.hasMore()) {
    const tag = reader.tag();
    switch (tag) {
      case LOG_RECORD.timeUnixNano:
        timeUnixNano = reader.fixed64();
        break;
      case LOG_RECORD.observedTimeUnixNano:
        observedTimeUnixNano = reader.fixed64();
        break;
      case LOG_RECORD.severityNumber:
        severityNumber = reader.int32();
        break;
      case LOG_RECORD.severityText:
        severityText = reader.text();
        break;
      case LOG_RECORD.body:
        body = readValue(reader, allowance, 0);
        break;
      case LOG_RECORD.eventName:
        eventName = reader.text();
        break;
      case LOG_RECORD.traceId:
        traceId = reader.hex();
        break;
      case LOG_RECORD.spanId:
        spanId = reader.hex();
        break;
      case LOG_RECORD.flags:
        flags = reader.fixed32();
        break;
      case LOG_RECORD.attributes:
        if (allowance.takeValue(count++)) readPair(reader, allowance, attributes, 0);
        else reader.skip(tag);
        break;
      default:
        reader.skip(tag);
    }
  }
  reader.leave(outer);
  return {
    timeUnixNano,
    observedTimeUnixNano,
    severityNumber,
    severityText: severityText || undefined,
    body,
    eventName: eventName || undefined,
    traceId: validId(traceId, 32),
    spanId: validId(spanId, 16),
    flags,
    attributes,
    resource,
    scope,
  };
}
