import { BatchDelivery, type BatchOptions } from './batch-delivery.ts';
import type { Delivery, DeliveryListener } from './delivery.ts';
import { createExporter, type ExporterKind } from './exporter.ts';
import { deliverLast } from './last-delivery.ts';
import { NoDelivery } from './no-delivery.ts';

export interface DeliverySettings {
  /** `none`: there is no receiver (`OTEL_LOGS_EXPORTER=none`). */
  readonly exporter: ExporterKind | 'none';
  readonly batch: BatchOptions;
  /** Environment for a worker thread: that of the process, without preloads. */
  readonly workerEnvironment: NodeJS.ProcessEnv;
}

/** The delivery that the settings ask for. Opens no connection before the first record. */
export function startDelivery(settings: DeliverySettings, listener: DeliveryListener): Delivery {
  const { exporter, batch, workerEnvironment } = settings;
  if (exporter === 'none') return new NoDelivery();
  return new BatchDelivery(createExporter(exporter), batch, listener, (records, timeoutMs) =>
    deliverLast(exporter, records, workerEnvironment, timeoutMs),
  );
}
