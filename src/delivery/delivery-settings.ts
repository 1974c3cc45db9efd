import { resolve } from 'node:path';
import {
  checkHeadersFile,
  type OtelEnvironment,
  type ResolvedOptions,
  withoutPreloads,
} from '../options/options.ts';
import type { BatchOptions } from './sdk/batch-delivery.ts';
import type { DeliverySettings } from './start-delivery.ts';
import type { SpoolSettings, StreamSettings } from './stream/stream-settings.ts';
import type { TransportSettings } from './transport/create-transport.ts';

/** With a spool records are sent after so many milliseconds: a receiver that answers soon spares the disk. */
const SPOOLED_DELAY_MS = 50;
const BYTES_PER_MIB = 1024 * 1024;

/**
 * Bytes of an export over `http/json`. Translating records into JSON blocks the event loop for 21 ms a MiB (Node 20,
 * records of 500 bytes), so for 4 ms at this size. A larger record is exported alone.
 */
const JSON_EXPORT_BYTES = 192 * 1024;

/**
 * The settings of delivery, from options and standard variables.
 *
 * @throws {TypeError} where the file of headers cannot be used
 */
export function deliverySettings(options: ResolvedOptions, environment: OtelEnvironment): DeliverySettings {
  const { logsExporter, otlp } = environment;
  const kind = logsExporter === 'otlp' ? options.pipeline : logsExporter;
  const { otlpHeadersFile } = options;
  if (kind === 'stream' && otlpHeadersFile !== '') checkHeadersFile(otlpHeadersFile, otlp.protocol);
  return {
    kind,
    transport: transportSettings(options, environment),
    stream: streamSettings(options, environment),
    batch: batchOptions(environment),
    exporter: environment.configFile === undefined ? undefined : otlp,
    workerEnvironment: withoutPreloads(),
  };
}

function transportSettings(
  { otlpHeadersFile }: ResolvedOptions,
  { otlp: { protocol, url, headers, compression, tls, proxy } }: OtelEnvironment,
): TransportSettings {
  return { protocol, url, headers, compression, tls, proxy, headersFile: otlpHeadersFile };
}

function streamSettings(options: ResolvedOptions, { batch, otlp }: OtelEnvironment): StreamSettings {
  const { memoryLimitMib, maxInFlight } = options;
  const spool = spoolSettings(options);
  return {
    scheduleDelayMs: Math.min(batch.scheduleDelayMs, spool === undefined ? Infinity : SPOOLED_DELAY_MS),
    maxExportBatchSize: batch.maxExportBatchSize,
    maxQueueSize: batch.maxQueueSize,
    attemptTimeoutMs: otlp.timeoutMs,
    flushTimeoutMs: batch.exportTimeoutMs,
    memoryLimitBytes: Math.round(memoryLimitMib * BYTES_PER_MIB),
    maxExportBytes: otlp.protocol === 'http/json' ? JSON_EXPORT_BYTES : undefined,
    maxInFlight,
    spool,
  };
}

function spoolSettings({ spoolDir, spoolLimitMib, spoolFsync }: ResolvedOptions): SpoolSettings | undefined {
  if (spoolDir === '') return undefined;
  return {
    // Absolute from the start: an application may change its working directory later.
    directory: resolve(spoolDir),
    limitBytes: Math.round(spoolLimitMib * BYTES_PER_MIB),
    fsync: spoolFsync,
  };
}

function batchOptions({ batch }: OtelEnvironment): BatchOptions {
  const { maxQueueSize, maxExportBatchSize } = batch;
  return {
    scheduledDelayMillis: batch.scheduleDelayMs,
    exportTimeoutMillis: batch.exportTimeoutMs,
    ...(maxExportBatchSize === undefined ? {} : { maxExportBatchSize }),
    ...(maxQueueSize === undefined ? {} : { maxQueueSize }),
  };
}
