import { ExportLogsServiceRequest, ExportLogsServiceResponse } from './otlp-schema.ts';

/** A log record as it arrived over OTLP, as a plain object that a person or a test can read. */
export interface ReceivedRecord {
  readonly timeUnixNano: bigint;
  readonly observedTimeUnixNano: bigint;
  /** 1 (TRACE) to 24 (FATAL4); 0 where it was not given. */
  readonly severityNumber: number;
  readonly severityText: string | undefined;
  readonly body: unknown;
  readonly eventName: string | undefined;
  /** Lower-case hex; absent where it was missing or invalid (all zeros, wrong length). */
  readonly traceId: string | undefined;
  readonly spanId: string | undefined;
  readonly flags: number;
  /** Integers are numbers, or bigints where a number cannot hold them. */
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly resource: Readonly<Record<string, unknown>>;
  readonly scope: { readonly name: string; readonly version: string };
}

/** 64 bits as protobufjs holds them. */
interface Bits64 {
  readonly low: number;
  readonly high: number;
  readonly unsigned: boolean;
}
interface AnyValueMessage {
  readonly stringValue?: string;
  readonly boolValue?: boolean;
  readonly intValue?: Bits64;
  readonly doubleValue?: number;
  readonly bytesValue?: Uint8Array;
  readonly arrayValue?: { readonly values?: readonly AnyValueMessage[] };
  readonly kvlistValue?: { readonly values?: readonly KeyValueMessage[] };
}
interface KeyValueMessage {
  readonly key?: string;
  readonly value?: AnyValueMessage | null;
}
interface LogRecordMessage {
  readonly timeUnixNano?: Bits64;
  readonly observedTimeUnixNano?: Bits64;
  readonly severityNumber?: number;
  readonly severityText?: string;
  readonly body?: AnyValueMessage | null;
  readonly attributes?: readonly KeyValueMessage[];
  readonly flags?: number;
  readonly traceId?: Uint8Array;
  readonly spanId?: Uint8Array;
  readonly eventName?: string;
}
interface ScopeLogsMessage {
  readonly scope?: { readonly name?: string; readonly version?: string } | null;
  readonly logRecords?: readonly LogRecordMessage[];
}
interface ExportRequestMessage {
  readonly resourceLogs?: readonly {
    readonly resource?: { readonly attributes?: readonly KeyValueMessage[] } | null;
    readonly scopeLogs?: readonly ScopeLogsMessage[];
  }[];
}

/** Levels of arrays and maps within a value. */
const MAX_DEPTH = 64;

/**
 * Reads a protobuf `ExportLogsServiceRequest`, in the order in which the records are written there.
 * @throws Error where the bytes are not one
 */
export function decodeProtobuf(bytes: Uint8Array): ReceivedRecord[] {
  return recordsOf(ExportLogsServiceRequest.decode(bytes));
}

/**
 * Reads the OTLP/JSON form of it (OTLP 1.x, "JSON Protobuf Encoding": ids are hex, not base64).
 * @throws Error where the text is not one
 */
export function decodeJson(text: string): ReceivedRecord[] {
  const request: unknown = JSON.parse(text, (key, value) => (isIdField(key) ? hexBytes(value) : value));
  if (typeof request !== 'object' || request === null) throw new TypeError('not an object');
  return recordsOf(ExportLogsServiceRequest.fromObject(request));
}

/** A number of records that the receiver did not take, and why. */
export interface PartialSuccess {
  readonly rejectedLogRecords: number;
  readonly errorMessage: string;
}

/** The response to an export that was taken: empty, unless a part of it was not. */
export function encodeResponse(partialSuccess: PartialSuccess | undefined): Buffer {
  const fields = partialSuccess === undefined ? {} : { partialSuccess };
  const message = ExportLogsServiceResponse.fromObject(fields);
  return Buffer.from(ExportLogsServiceResponse.encode(message).finish());
}

/** Its class comes from the schema, which is what says that its fields are these. */
function isExportRequest(message: object): message is ExportRequestMessage {
  return message instanceof ExportLogsServiceRequest.ctor;
}

/** Reads the messages as protobufjs made them: a plain copy of each would cost as much again as decoding. */
function recordsOf(request: object): ReceivedRecord[] {
  const { resourceLogs = [] } = isExportRequest(request) ? request : {};
  const records: ReceivedRecord[] = [];
  for (const { resource, scopeLogs = [] } of resourceLogs) {
    const resourceAttributes = attributesOf(resource?.attributes);
    for (const { scope, logRecords = [] } of scopeLogs) {
      const { name = '', version = '' } = scope ?? {};
      for (const record of logRecords) records.push(recordOf(record, resourceAttributes, { name, version }));
    }
  }
  return records;
}

function recordOf(
  record: LogRecordMessage,
  resource: ReceivedRecord['resource'],
  scope: ReceivedRecord['scope'],
): ReceivedRecord {
  return {
    timeUnixNano: unsigned(record.timeUnixNano),
    observedTimeUnixNano: unsigned(record.observedTimeUnixNano),
    severityNumber: record.severityNumber ?? 0,
    severityText: record.severityText || undefined,
    body: plainValue(record.body),
    eventName: record.eventName || undefined,
    traceId: hexId(record.traceId, 16),
    spanId: hexId(record.spanId, 8),
    flags: record.flags ?? 0,
    attributes: attributesOf(record.attributes),
    resource,
    scope,
  };
}

function attributesOf(list: readonly KeyValueMessage[] = [], depth = 0): Record<string, unknown> {
  const attributes: Record<string, unknown> = {};
  for (const { key = '', value } of list) {
    const plain = plainValue(value, depth);
    // Set, it would be the prototype; defined, it is only a name.
    if (key === '__proto__') Object.defineProperty(attributes, key, { value: plain, ...OWN });
    else attributes[key] = plain;
  }
  return attributes;
}

const OWN = { enumerable: true, configurable: true, writable: true } as const;

/** A field that is set is the message's own; the one that is not is a default of the prototype. */
function plainValue(value: AnyValueMessage | null | undefined, depth = 0): unknown {
  if (value === null || value === undefined) return undefined;
  // Hostile nesting ends here, as an export that cannot be read, and not in whoever walks the record.
  if (depth > MAX_DEPTH) throw new RangeError('nested too deeply');
  if (Object.hasOwn(value, 'stringValue')) return value.stringValue;
  if (Object.hasOwn(value, 'intValue')) return integer(value.intValue);
  if (Object.hasOwn(value, 'doubleValue')) return value.doubleValue;
  if (Object.hasOwn(value, 'boolValue')) return value.boolValue;
  if (Object.hasOwn(value, 'arrayValue')) {
    return (value.arrayValue?.values ?? []).map((inner) => plainValue(inner, depth + 1));
  }
  if (Object.hasOwn(value, 'kvlistValue')) return attributesOf(value.kvlistValue?.values, depth + 1);
  return Object.hasOwn(value, 'bytesValue') ? value.bytesValue : undefined;
}

function integer({ low, high }: Bits64 = NONE): number | bigint {
  const number = high * TWO_TO_32 + (low >>> 0);
  return Number.isSafeInteger(number) ? number : (BigInt(high) << 32n) | BigInt(low >>> 0);
}

function unsigned({ low, high }: Bits64 = NONE): bigint {
  return (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);
}

const TWO_TO_32 = 2 ** 32;
const NONE: Bits64 = { low: 0, high: 0, unsigned: false };

/** OTLP: an id that is all zeros or has another length is to be taken as missing. */
function hexId(bytes: Uint8Array | undefined, length: number): string | undefined {
  if (bytes?.length !== length || bytes.every((byte) => byte === 0)) return undefined;
  return Buffer.from(bytes.buffer, bytes.byteOffset, length).toString('hex');
}

/** Attribute keys are values in OTLP/JSON, never names of fields, so no attribute is taken for an id. */
function isIdField(key: string): boolean {
  return key === 'traceId' || key === 'spanId';
}

function hexBytes(value: unknown): Buffer {
  if (typeof value !== 'string' || !/^(?:[0-9a-f]{2})*$/i.test(value)) throw new TypeError('id is not hex');
  return Buffer.from(value, 'hex');
}
