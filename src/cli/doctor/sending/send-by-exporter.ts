import { DiagLogLevel, diag } from '@opentelemetry/api';
import { type ExportResult, ExportResultCode } from '@opentelemetry/core';
import type { ReadableLogRecord } from '@opentelemetry/sdk-logs';
import { createExporter, type ExporterSettings } from '../../../delivery/sdk/official-exporter.ts';
import type { OtlpProtocol } from '../../../options/environment.ts';
import { failed, noAnswer, partialSuccess, type SendResult } from './send-result.ts';

/**
 * As `ACCESS_LOG_PIPELINE=sdk` does: by the official exporter, which reads the standard variables itself.
 *
 * @param settings of declarative configuration, which comes before the variables
 */
export async function sendByExporter(
  protocol: OtlpProtocol,
  settings: ExporterSettings | undefined,
  record: ReadableLogRecord,
  timeoutMs: number,
): Promise<SendResult> {
  const warnings: string[] = [];
  // The official exporters report a partial success only to `diag`. This process is the doctor's own, so it may set it.
  diag.setLogger(collector(warnings), { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true });
  try {
    const exporter = createExporter(protocol, settings);
    const result = await exported((settle) => exporter.export([record], settle), timeoutMs);
    void exporter.shutdown().catch(() => undefined);
    const partial = partialSuccessOf(warnings);
    if (result === undefined) return { failure: noAnswer() };
    if (result.code !== ExportResultCode.SUCCESS) return { failure: failed(result.error) };
    return partial === undefined ? {} : partialSuccess(partial.rejected, partial.message);
  } finally {
    diag.disable();
  }
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
