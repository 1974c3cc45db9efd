import type { ReadableLogRecord } from '@opentelemetry/sdk-logs';
import { deliverySettings } from '../../delivery/settings.ts';
import { Secrets } from '../../delivery/transport/secrets.ts';
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
  if (kind !== 'sdk') return sendByTransport(transport, record, Math.min(timeoutMs, stream.attemptTimeoutMs));
  return withoutSecrets(await sendByExporter(transport.protocol, record, timeoutMs), Secrets.of(transport));
}

/** Our own transport has hidden them already. */
function withoutSecrets({ failure, warning }: Outcome, secrets: Secrets): Outcome {
  return {
    ...(failure?.stage === 'send' && {
      failure: { ...failure, message: secrets.hide(failure.message), data: secrets.hide(failure.data) },
    }),
    ...(failure?.stage === 'rejected' && {
      failure: { ...failure, message: secrets.hide(failure.message) },
    }),
    ...(warning !== undefined && { warning: secrets.hide(warning) }),
  };
}
