import { inspect } from 'node:util';
import type { ExportResult, ExportResultCode } from '@opentelemetry/core';
import type { LogRecordExporter, ReadableLogRecord } from '@opentelemetry/sdk-logs';

const SUCCESS = 0 satisfies ExportResultCode;
const MICROSECONDS = 1e6;
const NANOSECONDS_PER_MICROSECOND = 1e3;

/**
 * Writes records in the format of the official ConsoleLogRecordExporter, but not through `console`: when the reader of
 * standard output stops reading, its queue grows without bound and keeps the process alive.
 */
export class ConsoleExporter implements LogRecordExporter {
  readonly #write: (text: string) => void;

  constructor(write: (text: string) => void) {
    this.#write = write;
  }

  export(records: ReadableLogRecord[], resultCallback: (result: ExportResult) => void): void {
    for (const record of records) this.#write(inspect(shown(record), { depth: 3, customInspect: false }));
    resultCallback({ code: SUCCESS });
  }

  async forceFlush(): Promise<void> {}

  async shutdown(): Promise<void> {}
}

function shown(record: ReadableLogRecord): object {
  const { hrTime, spanContext, severityText, severityNumber, eventName, body, attributes } = record;
  const [seconds, nanoseconds] = hrTime;
  return {
    resource: { attributes: record.resource.attributes },
    instrumentationScope: record.instrumentationScope,
    timestamp: seconds * MICROSECONDS + nanoseconds / NANOSECONDS_PER_MICROSECOND,
    traceId: spanContext?.traceId,
    spanId: spanContext?.spanId,
    traceFlags: spanContext?.traceFlags,
    severityText,
    severityNumber,
    eventName,
    body,
    attributes,
  };
}
