import type { Attributes } from '@opentelemetry/api';
import type { Delivery } from '../delivery/delivery.ts';
import type { DeliverySettings } from '../delivery/start-delivery.ts';
import type { SamplingProcessor } from '../sampling/sampling-processor.ts';
import { Metrics } from '../telemetry/metrics.ts';
import { allMetrics } from '../telemetry/metrics-table.ts';
import type { ProcessMasking } from './masking-source.ts';

/** Unique among the components of the application's SDK, which count theirs: `otlp_grpc_log_exporter/0`. */
const INSTANCE = 'otel-access-log';

export interface PipelineMetricsDependencies {
  readonly bucket: SamplingProcessor;
  readonly delivery: Delivery;
  readonly masking: ProcessMasking;
  readonly settings: DeliverySettings;
  /** Hands over exchanges that have ended and wait to be counted. */
  readonly beforeRead: () => void;
  readonly onError: (error: unknown) => void;
}

/** The metrics of a pipeline. They start nothing before `follow`. */
export function pipelineMetrics(dependencies: PipelineMetricsDependencies): Metrics {
  const { bucket, delivery, masking, settings, beforeRead, onError } = dependencies;
  return new Metrics({
    definitions: allMetrics,
    read: () => {
      beforeRead();
      return {
        totals: bucket.totals(),
        lostByType: bucket.lostByType,
        delivery: delivery.report(),
        processor: component(processorType(settings)),
        exporter: { ...component(exporterType(settings)), ...serverOf(settings) },
        rules: masking.report(),
        mode: bucket.mode,
      };
    },
    onError,
  });
}

function component(type: string): Attributes {
  return { 'otel.component.type': type, 'otel.component.name': `${type}/${INSTANCE}` };
}

/** Where the conventions have no name for a type, they ask for that of the language. */
function processorType({ kind }: DeliverySettings): string {
  return kind === 'stream' ? 'OtlpStreamLogRecordProcessor' : 'batching_log_processor';
}

function exporterType({ kind, transport: { protocol } }: DeliverySettings): string {
  if (kind === 'console') return 'ConsoleLogRecordExporter';
  switch (protocol) {
    case 'grpc':
      return 'otlp_grpc_log_exporter';
    case 'http/protobuf':
      return 'otlp_http_log_exporter';
    case 'http/json':
      return 'otlp_http_json_log_exporter';
  }
}

/** `server.address` and `server.port`: a Unix socket has its path, and no port. */
function serverOf({ kind, transport: { url } }: DeliverySettings): Attributes {
  if (kind === 'console' || !URL.canParse(url)) return {};
  const { protocol, hostname, port, pathname } = new URL(url);
  if (protocol === 'unix:') return { 'server.address': pathname };
  return {
    'server.address': hostname,
    'server.port': Number(port || (protocol === 'https:' ? 443 : 80)),
  };
}
