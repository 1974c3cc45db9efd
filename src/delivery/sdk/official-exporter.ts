import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { OTLPLogExporter as GrpcExporter } from '@opentelemetry/exporter-logs-otlp-grpc';
import type { OTLPLogExporter as HttpExporter } from '@opentelemetry/exporter-logs-otlp-proto';
import type { LogRecordExporter } from '@opentelemetry/sdk-logs';
import type { Compression } from '../../options/otlp/otlp-checks.ts';
import type { TlsFiles } from '../../options/otlp/tls-files.ts';

type GrpcConfig = NonNullable<ConstructorParameters<typeof GrpcExporter>[0]>;
type Metadata = NonNullable<GrpcConfig['metadata']>;
type ChannelCredentials = NonNullable<GrpcConfig['credentials']>;
type CompressionAlgorithm = NonNullable<
  NonNullable<ConstructorParameters<typeof HttpExporter>[0]>['compression']
>;

/** What is needed of `@opentelemetry/otlp-grpc-exporter-base`, a dependency of the exporter. */
interface GrpcBase {
  createEmptyMetadata(): Metadata;
  createInsecureCredentials(): ChannelCredentials;
  createSslCredentials(ca?: Buffer, key?: Buffer, cert?: Buffer): ChannelCredentials;
}

/** How records leave: OTLP over gRPC or over HTTP. */
export type ExporterKind = 'grpc' | 'http/protobuf' | 'http/json';

const require = createRequire(import.meta.url);

/** What an exporter is given where the standard variables do not count. */
export interface ExporterSettings {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly compression: Compression;
  /** `undefined` where the connection is not TLS. */
  readonly tls: TlsFiles | undefined;
}

/**
 * The official exporter of that kind. Only the needed package is loaded: each costs start-up time.
 *
 * @param settings of declarative configuration; without them the exporter reads the standard `OTEL_EXPORTER_OTLP_*`
 *   variables itself. Headers of these variables it adds in any case
 */
export function createExporter(kind: ExporterKind, settings?: ExporterSettings): LogRecordExporter {
  switch (kind) {
    case 'grpc': {
      const {
        OTLPLogExporter,
      }: typeof import('@opentelemetry/exporter-logs-otlp-grpc') = require('@opentelemetry/exporter-logs-otlp-grpc');
      return settings === undefined
        ? new OTLPLogExporter()
        : new OTLPLogExporter({ ...common(settings), ...grpcOnly(settings) });
    }
    // The official JSON exporter is another package, which is not installed; a warning names what is sent.
    case 'http/json':
    case 'http/protobuf': {
      const {
        OTLPLogExporter,
      }: typeof import('@opentelemetry/exporter-logs-otlp-proto') = require('@opentelemetry/exporter-logs-otlp-proto');
      return settings === undefined
        ? new OTLPLogExporter()
        : new OTLPLogExporter({
            ...common(settings),
            headers: settings.headers,
            httpAgentOptions: tlsContents(settings.tls),
          });
    }
  }
}

function common({ url, timeoutMs, compression }: ExporterSettings): {
  url: string;
  timeoutMillis: number;
  compression: CompressionAlgorithm;
} {
  return {
    url,
    timeoutMillis: timeoutMs,
    // The exporters know no other.
    compression: (compression === 'gzip' ? 'gzip' : 'none') as CompressionAlgorithm,
  };
}

/** Credentials and metadata are objects of the gRPC exporter's own packages. */
function grpcOnly({ headers, tls }: ExporterSettings): {
  metadata: Metadata;
  credentials: ChannelCredentials;
} {
  const ofExporter = createRequire(require.resolve('@opentelemetry/exporter-logs-otlp-grpc'));
  const { createEmptyMetadata, createInsecureCredentials, createSslCredentials }: GrpcBase = ofExporter(
    '@opentelemetry/otlp-grpc-exporter-base',
  );
  const metadata = createEmptyMetadata();
  for (const [name, value] of Object.entries(headers)) metadata.set(name, value);
  const { ca, key, cert } = tlsContents(tls);
  const credentials = tls === undefined ? createInsecureCredentials() : createSslCredentials(ca, key, cert);
  return { metadata, credentials };
}

function tlsContents(tls: TlsFiles | undefined): { ca?: Buffer; cert?: Buffer; key?: Buffer } {
  const { ca, cert, key } = tls ?? {};
  return {
    ...(ca === undefined ? {} : { ca: readFileSync(ca) }),
    ...(cert === undefined ? {} : { cert: readFileSync(cert) }),
    ...(key === undefined ? {} : { key: readFileSync(key) }),
  };
}
