import { sendLast } from './at-exit/last-delivery.ts';
import type { Delivery, DeliveryListener } from './delivery.ts';
import { NoDelivery } from './no-delivery.ts';
import { OtlpEncoder } from './otlp/otlp-encoder.ts';
import { withResourceAttribute } from './otlp/resource-attribute.ts';
import { BatchDelivery, type BatchOptions } from './sdk/batch-delivery.ts';
import { ConsoleExporter } from './sdk/console-exporter.ts';
import { createExporter, type ExporterSettings } from './sdk/official-exporter.ts';
import { startProcessTimer } from './sending/process-timers.ts';
import { DiskSpool } from './spool/disk-spool.ts';
import { StreamDelivery } from './stream/stream-delivery.ts';
import type { StreamSettings } from './stream/stream-settings.ts';
import { createTransport, type TransportSettings } from './transport/create-transport.ts';
import type { FileListener } from './transport/credentials/credentials.ts';
import { Secrets } from './transport/credentials/secrets.ts';
import { RelievedTransport } from './transport/thread/relieved-transport.ts';
import { type ProcessWatch, WatchedTransport } from './transport/watched-transport.ts';

/** Resource attribute that gives late records a stream of their own in Loki, one for each spool. */
export const REPLAY = 'access_log.replay';

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
  /** For the official exporter; `undefined` where it reads the standard variables itself. */
  readonly exporter: ExporterSettings | undefined;
  /** Environment for a worker thread: that of the process, without preloads. */
  readonly workerEnvironment: NodeJS.ProcessEnv;
}

/** Listeners and services that delivery is given. */
export interface DeliveryDependencies extends DeliveryListener, FileListener {
  /** Called with an internal error of this package. */
  onError(error: unknown): void;
  /** Where exports must not keep a process alive that has nothing else to do. */
  readonly watch?: ProcessWatch;
}

/** The delivery that the settings ask for. Opens no connection before the first record. */
export function startDelivery(
  settings: DeliverySettings,
  dependencies: DeliveryDependencies & {
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
        () => new ConsoleExporter((text) => dependencies.onOutput(text)),
        settings.batch,
        dependencies,
      );
    case 'sdk':
      return new BatchDelivery(
        () => createExporter(transport.protocol, settings.exporter),
        batchInTime(settings),
        dependencies,
        {
          sendLast: (messages, timeoutMs) => sendLast(transport, messages, workerEnvironment, timeoutMs),
          secrets: Secrets.of(transport),
          protocol: transport.protocol,
        },
      );
    case 'stream':
      return startStream(settings, dependencies);
  }
}

/** The export time-out is one attempt and a second: an official exporter that has not given up by then never will. */
function batchInTime({ batch, stream }: DeliverySettings): BatchOptions {
  const { exportTimeoutMillis = Infinity } = batch;
  return { ...batch, exportTimeoutMillis: Math.min(exportTimeoutMillis, stream.attemptTimeoutMs + 1_000) };
}

/** Own encoding, own sending. */
export function startStream(
  { transport, stream, workerEnvironment }: DeliverySettings,
  dependencies: DeliveryDependencies,
): StreamDelivery {
  const direct = createTransport(transport, dependencies);
  const relieved = new RelievedTransport(direct, transport, workerEnvironment);
  const { watch } = dependencies;
  const watched = watch === undefined ? relieved : new WatchedTransport(relieved, watch);
  return new StreamDelivery(
    stream,
    watched,
    dependencies,
    {
      encoder: new OtlpEncoder(),
      now: () => performance.now(),
      wallMs: () => Date.now(),
      random: () => Math.random(),
      startTimer: startProcessTimer,
      sendLast: (messages, timeoutMs) => sendLast(transport, messages, workerEnvironment, timeoutMs),
      onError: (error) => dependencies.onError(error),
    },
    spoolOf(stream),
  );
}

function spoolOf({ spool }: StreamSettings): DiskSpool | undefined {
  if (spool === undefined) return undefined;
  return new DiskSpool(spool, {
    now: () => performance.now(),
    wallMs: () => Date.now(),
    startTimer: startProcessTimer,
    withReplay: (resourceLogs, name) => withResourceAttribute(resourceLogs, REPLAY, name),
  });
}
