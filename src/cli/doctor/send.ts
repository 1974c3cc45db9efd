import { DiagLogLevel, diag, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import type { AnyValueMap, LogRecord } from '@opentelemetry/api-logs';
import { type ExportResult, ExportResultCode } from '@opentelemetry/core';
import type { Resource } from '@opentelemetry/resources';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { LoggerProvider, type ReadableLogRecord } from '@opentelemetry/sdk-logs';
import type { ExportError } from '../../delivery/export-error.ts';
import { createExporter } from '../../delivery/exporter.ts';
import type { OtlpProtocol } from '../../options/environment.ts';
import { SCOPE_NAME, VERSION } from '../../version.ts';
import type { ReceivedRecord } from '../otlp-receiver.ts';
import type { Failure } from './failure.ts';

interface SendResult {
  readonly failure: Failure | undefined;
  /** What the receiver said although it took the record. */
  readonly warning: string | undefined;
  readonly ms: number;
}

/** Exports one record the way the pipeline does, and waits for what becomes of it. */
export async function sendRecord(
  protocol: OtlpProtocol,
  record: ReadableLogRecord,
  timeoutMs: number,
): Promise<SendResult> {
  const warnings: string[] = [];
  // The official exporters tell a partial success nowhere else. The process is the doctor's own.
  diag.setLogger(collector(warnings), { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true });
  const start = performance.now();
  try {
    const exporter = createExporter(protocol);
    const result = await exported((settle) => exporter.export([record], settle), timeoutMs);
    const ms = performance.now() - start;
    void exporter.shutdown().catch(() => undefined);
    const partial = partialSuccessOf(warnings);
    if (result === undefined) return { failure: noAnswer(), warning: undefined, ms };
    if (result.code !== ExportResultCode.SUCCESS)
      return { failure: failed(result.error), warning: undefined, ms };
    if (partial !== undefined && partial.rejected > 0)
      return { failure: { stage: 'rejected', message: partial.message }, warning: undefined, ms };
    return { failure: undefined, warning: partial?.message, ms };
  } catch (error) {
    return {
      failure: failed(error instanceof Error ? error : new Error(String(error))),
      warning: undefined,
      ms: performance.now() - start,
    };
  } finally {
    diag.disable();
  }
}

function noAnswer(): Failure {
  return { stage: 'send', code: undefined, message: 'no answer', data: '' };
}

function exported(
  start: (settle: (result: ExportResult) => void) => void,
  timeoutMs: number,
): Promise<ExportResult | undefined> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(undefined), timeoutMs);
    start((result) => {
      clearTimeout(timer);
      resolve(result);
    });
  });
}

function failed(error: ExportError | undefined): Failure {
  const { code, message = 'no reason given', data = '' } = error ?? {};
  // A time-out of the HTTP exporter has no code.
  const isTimeout = code === undefined && /time[d ]*out/i.test(message);
  return { stage: 'send', code: isTimeout ? undefined : (code ?? 'no code'), message, data: String(data) };
}

function collector(lines: string[]): Parameters<typeof diag.setLogger>[0] {
  const note = (...words: unknown[]): void => {
    lines.push(words.map(String).join(' '));
  };
  const ignore = (): void => undefined;
  return { error: ignore, warn: note, info: ignore, debug: ignore, verbose: ignore };
}

/** As the exporters write it: `Received Partial Success response: {"rejectedLogRecords":…,"errorMessage":…}`. */
export function partialSuccessOf(
  lines: readonly string[],
): { rejected: number; message: string } | undefined {
  const text = lines.find((line) => /partial success/i.test(line));
  const json = text === undefined ? undefined : /\{.*\}/s.exec(text)?.[0];
  if (json === undefined) return undefined;
  try {
    const { rejectedLogRecords = 0, errorMessage = '' } = JSON.parse(json);
    return { rejected: Number(rejectedLogRecords), message: String(errorMessage) || 'without a reason' };
  } catch {
    return undefined;
  }
}

/** A record of our own that says what it is; it counts as no exchange. */
export function testRecord(resource: Resource, nowMs: number): ReadableLogRecord {
  return readable(
    resource,
    { name: SCOPE_NAME, version: VERSION },
    {
      eventName: 'access_log.doctor',
      timestamp: nowMs,
      observedTimestamp: nowMs,
      severityNumber: 9,
      severityText: 'INFO',
      body: 'otel-access-log doctor: a record to see whether it arrives',
      attributes: { 'access_log.event': 'doctor' },
      context: ROOT_CONTEXT,
    },
  );
}

/** A record that was received, to be sent on as it came. */
export function recordAgain(received: ReceivedRecord): ReadableLogRecord {
  const { traceId, spanId, flags } = received;
  const context =
    traceId === undefined || spanId === undefined
      ? ROOT_CONTEXT
      : trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags: flags });
  return readable(resourceFromAttributes(received.resource as Resource['attributes']), received.scope, {
    ...(received.eventName === undefined ? {} : { eventName: received.eventName }),
    timestamp: hrTime(received.timeUnixNano),
    observedTimestamp: hrTime(received.observedTimeUnixNano),
    severityNumber: received.severityNumber,
    ...(received.severityText === undefined ? {} : { severityText: received.severityText }),
    body: received.body as string,
    // Integers that no number can hold do not occur in our records.
    attributes: received.attributes as AnyValueMap,
    context,
  });
}

function hrTime(unixNano: bigint): [number, number] {
  return [Number(unixNano / 1_000_000_000n), Number(unixNano % 1_000_000_000n)];
}

/** What a LoggerProvider makes of it. */
function readable(
  resource: Resource,
  scope: { readonly name: string; readonly version: string },
  record: LogRecord,
): ReadableLogRecord {
  const made: ReadableLogRecord[] = [];
  const provider = new LoggerProvider({
    resource,
    processors: [
      {
        onEmit: (emitted) => {
          made.push(emitted);
        },
        forceFlush: async () => undefined,
        shutdown: async () => undefined,
      },
    ],
  });
  provider.getLogger(scope.name, scope.version).emit(record);
  const [first] = made;
  if (first === undefined) throw new Error('no record was made');
  return first;
}
