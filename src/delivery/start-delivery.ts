import { sendLast } from './at-exit/last-delivery.ts';
import type { Delivery, DeliveryListener } from './delivery.ts';
import { NoDelivery } from './no-delivery.ts';
import { OtlpEncoder } from './otlp/otlp-encoder.ts';
import { BatchDelivery, type BatchOptions } from './sdk/batch-delivery.ts';
import { ConsoleExporter } from './sdk/console-exporter.ts';
import { createExporter } from './sdk/official-exporter.ts';
import { startProcessTimer } from './stream/sending/process-timers.ts';
import { StreamDelivery } from './stream/stream-delivery.ts';
import type { StreamSettings } from './stream/stream-settings.ts';
import { createTransport, type TransportSettings } from './transport/create-transport.ts';
import { Secrets } from './transport/credentials/secrets.ts';
import type { Notices } from './transport/credentials/watched-files.ts';
import { type ProcessWatch, WatchedTransport } from './transport/watched-transport.ts';

export interface DeliverySettings {
  /**
   * - `stream`: own encoding, own sending
   * - `sdk`: BatchLogRecordProcessor and the official exporter
   * - `console`: BatchLogRecordProcessor, readable on standard output
   * - `none`: there is no receiver
   */
  readonly kind: 'stream' | 'sdk' | 'console' | 'none';
  readonly transport: TransportSettings;
  readonly stream: StreamSettings;
  readonly batch: BatchOptions;
  /** Environment for a worker thread: that of the process, without preloads. */
  readonly workerEnvironment: NodeJS.ProcessEnv;
}

/** Hears what delivery has to say. */
export interface DeliveryReporter extends DeliveryListener, Notices {
  /** Takes what must not happen: an error of this package. */
  onError(error: unknown): void;
  /** Where exports are to keep no process alive that has nothing else to do. */
  readonly watch?: ProcessWatch;
}

/** The delivery that the settings ask for. Opens no connection before the first record. */
export function startDelivery(
  settings: DeliverySettings,
  reporter: DeliveryReporter & {
    /** Takes what `console` writes to standard output. */
    onOutput(text: string): void;
  },
): Delivery {
  const { kind, transport, workerEnvironment } = settings;
  switch (kind) {
    case 'none':
      return new NoDelivery();
    case 'console':
      return new BatchDelivery(
        () => new ConsoleExporter((text) => reporter.onOutput(text)),
        settings.batch,
        reporter,
      );
    case 'sdk':
      return new BatchDelivery(() => createExporter(transport.protocol), batchInTime(settings), reporter, {
        lastResort: (messages, timeoutMs) => sendLast(transport, messages, workerEnvironment, timeoutMs),
        secrets: Secrets.of(transport),
        protocol: transport.protocol,
      });
    case 'stream':
      return startStream(settings, reporter);
  }
}

/** An official exporter has given up by then, or never will. */
function batchInTime({ batch, stream }: DeliverySettings): BatchOptions {
  const { exportTimeoutMillis = Infinity } = batch;
  return { ...batch, exportTimeoutMillis: Math.min(exportTimeoutMillis, stream.attemptTimeoutMs + 1_000) };
}

/** Own encoding, own sending. */
export function startStream(
  { transport, stream, workerEnvironment }: DeliverySettings,
  reporter: DeliveryReporter,
): StreamDelivery {
  const direct = createTransport(transport, reporter);
  const { watch } = reporter;
  const watched = watch === undefined ? direct : new WatchedTransport(direct, watch);
  return new StreamDelivery(stream, watched, reporter, {
    encoder: new OtlpEncoder(),
    now: () => performance.now(),
    random: () => Math.random(),
    startTimer: startProcessTimer,
    sendLast: (messages, timeoutMs) => sendLast(transport, messages, workerEnvironment, timeoutMs),
    onError: (error) => reporter.onError(error),
  });
}
