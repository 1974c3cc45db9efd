import type { ReadableLogRecord } from '@opentelemetry/sdk-logs';
import { deliverySettings } from '../../delivery/settings.ts';
import { resolveOptions, resolveOtelEnvironment } from '../../options/options.ts';
import { failed, type Outcome } from './outcome.ts';
import { sendByExporter } from './send-by-exporter.ts';
import { sendByTransport } from './send-by-transport.ts';

/** Sends one record the way the configured pipeline does, once, and waits for what becomes of it. */
export async function sendRecord(
  record: ReadableLogRecord,
  timeoutMs: number,
): Promise<Outcome & { readonly ms: number }> {
  const start = performance.now();
  const outcome = await send(record, timeoutMs).catch(
    (error: unknown): Outcome => ({
      failure: failed(error instanceof Error ? error : new Error(String(error))),
    }),
  );
  return { ...outcome, ms: performance.now() - start };
}

async function send(record: ReadableLogRecord, timeoutMs: number): Promise<Outcome> {
  const { kind, transport, stream } = deliverySettings(resolveOptions({}), resolveOtelEnvironment());
  return kind === 'sdk'
    ? sendByExporter(transport.protocol, record, timeoutMs)
    : sendByTransport(transport, record, Math.min(timeoutMs, stream.attemptTimeoutMs));
}
