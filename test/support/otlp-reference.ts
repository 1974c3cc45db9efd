import type { ReceivedRecord } from '../../src/cli/receiver/otlp-record.ts';
import { ExportLogsServiceRequest } from './otlp-schema.ts';

/** Messages as plain objects, with the fields that are set. */
interface Value {
  readonly stringValue?: string;
  readonly boolValue?: boolean;
  readonly intValue?: string;
  readonly doubleValue?: number;
  readonly bytesValue?: Uint8Array;
  readonly arrayValue?: { readonly values?: readonly Value[] };
  readonly kvlistValue?: { readonly values?: readonly Pair[] };
}
interface Pair {
  readonly key?: string;
  readonly value?: Value;
}
interface LogRecord {
  readonly timeUnixNano?: string;
  readonly observedTimeUnixNano?: string;
  readonly severityNumber?: number;
  readonly severityText?: string;
  readonly body?: Value;
  readonly attributes?: readonly Pair[];
  readonly flags?: number;
  readonly traceId?: Uint8Array;
  readonly spanId?: Uint8Array;
  readonly eventName?: string;
}
interface Request {
  readonly resourceLogs?: readonly {
    readonly resource?: { readonly attributes?: readonly Pair[] };
    readonly scopeLogs?: readonly {
      readonly scope?: { readonly name?: string; readonly version?: string };
      readonly logRecords?: readonly LogRecord[];
    }[];
  }[];
}

/** Reads an export slowly and without limits: by protobufjs, and a copy of what that makes. */
export function referenceRecords(bytes: Uint8Array): ReceivedRecord[] {
  const message = ExportLogsServiceRequest.decode(bytes);
  const { resourceLogs = [] }: Request = ExportLogsServiceRequest.toObject(message, { longs: String });
  return resourceLogs.flatMap(({ resource, scopeLogs = [] }) =>
    scopeLogs.flatMap(({ scope, logRecords = [] }) =>
      logRecords.map((record) => ({
        timeUnixNano: BigInt(record.timeUnixNano ?? 0),
        observedTimeUnixNano: BigInt(record.observedTimeUnixNano ?? 0),
        severityNumber: record.severityNumber ?? 0,
        severityText: record.severityText || undefined,
        body: plain(record.body),
        eventName: record.eventName || undefined,
        traceId: idOf(record.traceId, 16),
        spanId: idOf(record.spanId, 8),
        flags: record.flags ?? 0,
        attributes: attributesOf(record.attributes),
        resource: attributesOf(resource?.attributes),
        scope: { name: scope?.name ?? '', version: scope?.version ?? '' },
      })),
    ),
  );
}

function plain(value: Value = {}): unknown {
  if (value.stringValue !== undefined) return value.stringValue;
  if (value.boolValue !== undefined) return value.boolValue;
  if (value.intValue !== undefined) {
    const number = Number(value.intValue);
    return Number.isSafeInteger(number) ? number : BigInt(value.intValue);
  }
  if (value.doubleValue !== undefined) return value.doubleValue;
  if (value.arrayValue !== undefined) return (value.arrayValue.values ?? []).map((item) => plain(item));
  if (value.kvlistValue !== undefined) return attributesOf(value.kvlistValue.values);
  return value.bytesValue === undefined ? undefined : Buffer.from(value.bytesValue);
}

function attributesOf(pairs: readonly Pair[] = []): Record<string, unknown> {
  return Object.fromEntries(pairs.map(({ key = '', value }) => [key, plain(value)]));
}

function idOf(bytes: Uint8Array | undefined, length: number): string | undefined {
  if (bytes?.length !== length || bytes.every((byte) => byte === 0)) return undefined;
  return Buffer.from(bytes).toString('hex');
}

/** The same export as OTLP/JSON: ids are hex, other bytes base64, what a JSON number cannot hold is text. */
export function jsonOf(request: object): Buffer {
  const text = JSON.stringify(request, function (this: unknown, key: string, value: unknown): unknown {
    const given: unknown = typeof this === 'object' && this !== null ? Reflect.get(this, key) : undefined;
    if (given instanceof Uint8Array) {
      return Buffer.from(given).toString(key === 'traceId' || key === 'spanId' ? 'hex' : 'base64');
    }
    const isJson = typeof value !== 'number' || (Number.isFinite(value) && !Object.is(value, -0));
    return isJson ? value : Object.is(value, -0) ? '-0' : String(value);
  });
  return Buffer.from(text);
}
