import type { ReadableLogRecord } from '@opentelemetry/sdk-logs';
import { deliverySettings } from '../../../delivery/delivery-settings.ts';
import { Secrets } from '../../../delivery/transport/credentials/secrets.ts';
import { resolveOptions, resolveOtelEnvironment } from '../../../options/options.ts';
import { asError } from '../../../telemetry/caught.ts';
import { sendByExporter } from './send-by-exporter.ts';
import { sendByTransport, sendNothing } from './send-by-transport.ts';
import { failed, type SendResult, withoutSecrets } from './send-result.ts';

const OK = 200;

/** Sends one record the way the configured pipeline does, once, and waits for what becomes of it. */
export async function sendRecord(
  record: ReadableLogRecord,
  timeoutMs: number,
): Promise<SendResult & { readonly ms: number }> {
  const start = performance.now();
  const result = await send(record, timeoutMs).catch(unsent);
  return { ...result, ms: performance.now() - start };
}

function unsent(error: unknown): SendResult {
  return { failure: failed(asError(error)) };
}

async function send(record: ReadableLogRecord, timeoutMs: number): Promise<SendResult> {
  const { kind, transport, exporter, stream } = deliverySettings(
    resolveOptions({}),
    resolveOtelEnvironment(),
  );
  if (kind !== 'sdk') return sendByTransport(transport, record, Math.min(timeoutMs, stream.attemptTimeoutMs));
  // Our transports have masked what a receiver echoes; the official exporters hand it on as it came.
  const result = await sendByExporter(transport.protocol, exporter, record, timeoutMs).catch(unsent);
  if (result.failure !== undefined || transport.protocol === 'grpc')
    return withoutSecrets(result, Secrets.of(transport));
  // They do not look at what is in a response with a status of success.
  const { failure } = await sendNothing(transport, Math.min(timeoutMs, stream.attemptTimeoutMs));
  const isPage = failure?.stage === 'send' && failure.code === OK;
  const seen = failure?.stage === 'foreign' || isPage ? { failure } : result;
  return withoutSecrets(seen, Secrets.of(transport));
}
