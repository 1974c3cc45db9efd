// A record in the form that the READMEs of the examples and the tests are compared in.
import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import vm from 'node:vm';
import type { ReceivedRecord } from '../../../src/cli/receiver/otlp-receiver.ts';

export interface ShownRecord {
  readonly eventName: unknown;
  readonly severityNumber: unknown;
  readonly severityText: unknown;
  readonly body: unknown;
  readonly traceId: unknown;
  readonly spanId: unknown;
  readonly traceFlags: unknown;
  readonly attributes: Readonly<Record<string, unknown>>;
  /** Absent where it is not shown. */
  readonly resource?: Readonly<Record<string, unknown>>;
  readonly scope?: { readonly name: string; readonly version: string };
}

/** What differs from run to run, and how it is known. */
export interface Dependencies {
  /** Port that the server listens on. */
  readonly port: number;
  /** Trace that the client asked for. */
  readonly traceId?: string | undefined;
}

export function receivedRecord(record: ReceivedRecord): ShownRecord {
  const { eventName, severityNumber, severityText, body, traceId, spanId, flags } = record;
  const { attributes, resource, scope } = record;
  return {
    eventName,
    severityNumber,
    severityText,
    body,
    traceId,
    spanId,
    traceFlags: flags,
    attributes,
    resource,
    scope,
  };
}

/** What ConsoleLogRecordExporter prints, and nothing that it does not. */
export function consoleRecord(text: string): ShownRecord {
  const printed = JSON.parse(JSON.stringify(vm.runInNewContext(`(${text})`)));
  assert.equal(text.trim(), inspect(printed, { depth: 3, customInspect: false }));
  const { resource, instrumentationScope, timestamp: _time, ...record } = printed;
  return { ...record, resource: resource.attributes, scope: instrumentationScope };
}

/** What `renderFull` writes: its sections `record` and `attributes`. */
export function renderedRecord(text: string): ShownRecord {
  const [head = {}, attributes = {}] = text.split(/^attributes$/m).map(fieldsOf);
  const json = (field: string): unknown => JSON.parse(head[field] ?? 'null');
  const [severityNumber, severityText] = head.severity?.split(' ') ?? [];
  return {
    eventName: json('event name'),
    severityNumber: Number(severityNumber),
    severityText,
    body: json('body'),
    traceId: head['trace id'],
    spanId: head['span id'],
    traceFlags: Number.parseInt(head.flags ?? '', 16),
    attributes: Object.fromEntries(
      Object.entries(attributes).map(([name, value]) => [name, JSON.parse(value)]),
    ),
  };
}

function fieldsOf(section: string): Record<string, string> {
  const pairs = [...section.matchAll(/^ {2}(\S+(?: \S+)*) {2,}(.*)$/gm)];
  return Object.fromEntries(pairs.map(([, name = '', value = '']) => [name, value]));
}

/** The record with names in the place of what differs from run to run; what is not as it must be stays as it is. */
export function masked(record: ShownRecord, { port, traceId }: Dependencies): ShownRecord {
  const attributes = Object.entries(record.attributes).map(([name, value]) => {
    if (name === 'server.port') return [name, value === port ? '<port>' : value];
    if (name === 'network.peer.port')
      return [name, isPositive(value) && value !== port ? '<peer port>' : value];
    // A test sends other headers than curl, and to a port of other length.
    if (name === 'http.request.size') return [name, isPositive(value) ? '<request size>' : value];
    if (SECONDS.has(name)) return [name, isPositive(value) && value < 60 ? '<seconds>' : value];
    return [name, value];
  });
  const { scope } = record;
  return {
    ...record,
    // A README is not written anew for every release.
    ...(scope === undefined
      ? {}
      : { scope: { ...scope, version: scope.version.replace(/^\d+\.\d+\.\d+.*/, '<version>') } }),
    body: String(record.body).replace(/ [\d.]+m?s$/, ' <time>'),
    traceId:
      record.traceId === traceId
        ? record.traceId
        : String(record.traceId).replace(/^[\da-f]{32}$/, '<trace>'),
    spanId: String(record.spanId).replace(/^[\da-f]{16}$/, '<span>'),
    attributes: Object.fromEntries(attributes),
  };
}

const SECONDS: ReadonlySet<string> = new Set(['http.server.request.duration', 'access_log.time_to_headers']);

function isPositive(value: unknown): value is number {
  return typeof value === 'number' && value > 0;
}
