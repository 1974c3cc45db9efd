import { createRequire } from 'node:module';
import type { LogRecordExporter } from '@opentelemetry/sdk-logs';

/** How records leave: OTLP over gRPC or over HTTP. */
export type ExporterKind = 'grpc' | 'http/protobuf' | 'http/json';

const require = createRequire(import.meta.url);

/**
 * The official exporter of that kind; endpoint, headers, TLS files, timeout and compression come from the standard
 * `OTEL_EXPORTER_OTLP_*` variables, which it reads itself. Only the needed package is loaded: each costs start-up time.
 */
export function createExporter(kind: ExporterKind): LogRecordExporter {
  switch (kind) {
    case 'grpc': {
      const {
        OTLPLogExporter,
      }: typeof import('@opentelemetry/exporter-logs-otlp-grpc') = require('@opentelemetry/exporter-logs-otlp-grpc');
      return new OTLPLogExporter();
    }
    // Receivers of JSON take protobuf too. The official JSON exporter is another package; a warning names what is sent.
    case 'http/json':
    case 'http/protobuf': {
      const {
        OTLPLogExporter,
      }: typeof import('@opentelemetry/exporter-logs-otlp-proto') = require('@opentelemetry/exporter-logs-otlp-proto');
      return new OTLPLogExporter();
    }
  }
}
