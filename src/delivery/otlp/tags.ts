/**
 * Tags (field number and wire type) of the logs messages of OTLP 1.x: opentelemetry-proto, collector/logs/v1, logs/v1,
 * resource/v1 and common/v1. Every one of them is a single byte.
 */
export const EXPORT_LOGS_REQUEST = { resourceLogs: 0x0a } as const;
export const RESOURCE_LOGS = { resource: 0x0a, scopeLogs: 0x12, schemaUrl: 0x1a } as const;
export const RESOURCE = { attributes: 0x0a } as const;
export const SCOPE_LOGS = { scope: 0x0a, logRecords: 0x12, schemaUrl: 0x1a } as const;
export const SCOPE = { name: 0x0a, version: 0x12, attributes: 0x1a, droppedAttributesCount: 0x20 } as const;
export const LOG_RECORD = {
  timeUnixNano: 0x09,
  severityNumber: 0x10,
  severityText: 0x1a,
  body: 0x2a,
  attributes: 0x32,
  droppedAttributesCount: 0x38,
  flags: 0x45,
  traceId: 0x4a,
  spanId: 0x52,
  observedTimeUnixNano: 0x59,
  eventName: 0x62,
} as const;
export const KEY_VALUE = { key: 0x0a, value: 0x12 } as const;
export const ANY_VALUE = {
  string: 0x0a,
  bool: 0x10,
  int: 0x18,
  double: 0x21,
  array: 0x2a,
  kvlist: 0x32,
  bytes: 0x3a,
} as const;
export const ARRAY_VALUE = { values: 0x0a } as const;
export const KEY_VALUE_LIST = { values: 0x0a } as const;

/** Bytes that `value`, an integer of 64 bits, takes as a varint. */
export function sizeOfVarint(value: number): number {
  if (value < 0x80) return value < 0 ? 10 : 1;
  if (value < 0x4000) return 2;
  if (value < 0x20_0000) return 3;
  if (value < 0x1000_0000) return 4;
  let size = 5;
  for (let limit = 2 ** 35; value >= limit && size < 10; limit *= 0x80) size++;
  return size;
}
