import schema from 'otlp-schema/build/src/generated/root.js';

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

interface AnyValueMessage {
  readonly stringValue?: string;
  readonly boolValue?: boolean;
  readonly intValue?: string;
  readonly doubleValue?: number;
  readonly bytesValue?: Uint8Array;
  readonly arrayValue?: { readonly values?: readonly AnyValueMessage[] };
  readonly kvlistValue?: KeyValueList;
}
interface KeyValueList {
  readonly values?: readonly KeyValueMessage[];
}
interface KeyValueMessage {
  readonly key?: string;
  readonly value?: AnyValueMessage;
}
interface LogRecordMessage {
  readonly timeUnixNano?: string;
  readonly observedTimeUnixNano?: string;
  readonly severityNumber?: number;
  readonly severityText?: string;
  readonly body?: AnyValueMessage;
  readonly attributes?: readonly KeyValueMessage[];
  readonly flags?: number;
  readonly traceId?: Uint8Array;
  readonly spanId?: Uint8Array;
  readonly eventName?: string;
}
interface ScopeLogsMessage {
  readonly scope?: { readonly name?: string; readonly version?: string };
  readonly logRecords?: readonly LogRecordMessage[];
}
interface ExportRequestMessage {
  readonly resourceLogs?: readonly {
    readonly resource?: { readonly attributes?: readonly KeyValueMessage[] };
    readonly scopeLogs?: readonly ScopeLogsMessage[];
  }[];
}

/** What is used of the class that protobufjs generates for a message. */
interface MessageClass<Plain> {
  decode(bytes: Uint8Array): object;
  encode(message: object): { finish(): Uint8Array };
  fromObject(json: object): object;
  toObject(message: object, options: { longs: StringConstructor }): Plain;
}
interface LogsSchema {
  readonly opentelemetry: {
    readonly proto: {
      readonly collector: {
        readonly logs: {
          readonly v1: {
            readonly ExportLogsServiceRequest: MessageClass<ExportRequestMessage>;
            readonly ExportLogsServiceResponse: MessageClass<object>;
          };
        };
      };
    };
  };
}

const { ExportLogsServiceRequest, ExportLogsServiceResponse } = logsMessages(schema);

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

/** The schema's own type declarations say nothing about what is in it. */
function logsMessages(value: unknown): LogsSchema['opentelemetry']['proto']['collector']['logs']['v1'] {
  if (!isLogsSchema(value)) throw new Error('otlp-schema holds no OTLP messages');
  return value.opentelemetry.proto.collector.logs.v1;
}

function isLogsSchema(value: unknown): value is LogsSchema {
  return typeof value === 'object' && value !== null && 'opentelemetry' in value;
}

function recordsOf(request: object): ReceivedRecord[] {
  const { resourceLogs = [] } = ExportLogsServiceRequest.toObject(request, { longs: String });
  return resourceLogs.flatMap(({ resource, scopeLogs = [] }) => {
    const resourceAttributes = attributesOf(resource?.attributes);
    return scopeLogs.flatMap(({ scope, logRecords = [] }) => {
      const { name = '', version = '' } = scope ?? {};
      return logRecords.map((record) => recordOf(record, resourceAttributes, { name, version }));
    });
  });
}

function recordOf(
  record: LogRecordMessage,
  resource: ReceivedRecord['resource'],
  scope: ReceivedRecord['scope'],
): ReceivedRecord {
  return {
    timeUnixNano: BigInt(record.timeUnixNano ?? 0),
    observedTimeUnixNano: BigInt(record.observedTimeUnixNano ?? 0),
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

/** `fromEntries` defines own properties, so that an attribute named `__proto__` is only a name. */
function attributesOf(list: readonly KeyValueMessage[] = [], depth = 0): Record<string, unknown> {
  return Object.fromEntries(list.map(({ key = '', value }) => [key, plainValue(value, depth)]));
}

function plainValue(value: AnyValueMessage = {}, depth = 0): unknown {
  // Hostile nesting ends here, as an export that cannot be read, and not in whoever walks the record.
  if (depth > MAX_DEPTH) throw new RangeError('nested too deeply');
  if (value.intValue !== undefined) return integer(value.intValue);
  if (value.arrayValue !== undefined) {
    return (value.arrayValue.values ?? []).map((inner) => plainValue(inner, depth + 1));
  }
  if (value.kvlistValue !== undefined) return attributesOf(value.kvlistValue.values, depth + 1);
  return value.stringValue ?? value.boolValue ?? value.doubleValue ?? value.bytesValue;
}

function integer(text: string): number | bigint {
  const number = Number(text);
  return Number.isSafeInteger(number) ? number : BigInt(text);
}

/** OTLP: an id that is all zeros or has another length is to be taken as missing. */
function hexId(bytes: Uint8Array | undefined, length: number): string | undefined {
  if (bytes?.length !== length || bytes.every((byte) => byte === 0)) return undefined;
  return Buffer.from(bytes).toString('hex');
}

/** Attribute keys are values in OTLP/JSON, never names of fields, so no attribute is taken for an id. */
function isIdField(key: string): boolean {
  return key === 'traceId' || key === 'spanId';
}

function hexBytes(value: unknown): Buffer {
  if (typeof value !== 'string' || !/^(?:[0-9a-f]{2})*$/i.test(value)) throw new TypeError('id is not hex');
  return Buffer.from(value, 'hex');
}
