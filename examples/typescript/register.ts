import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-proto';
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http';
import { BatchLogRecordProcessor } from '@opentelemetry/sdk-logs';
import { NodeSDK } from '@opentelemetry/sdk-node';
import type { AccessLogOptions } from 'otel-access-log';
import { HttpAccessLogInstrumentation, TokenBucketLogRecordProcessor } from 'otel-access-log';

const options: AccessLogOptions = {
  rate: 500,
  skip: ({ userAgent }) => userAgent?.startsWith('kube-probe/') ?? false,
  attributes: ({ userAgent }) => ({ 'app.client': userAgent?.split('/')[0] }),
};
const exporter = new OTLPLogExporter();

const sdk = new NodeSDK({
  instrumentations: [new HttpInstrumentation(), new HttpAccessLogInstrumentation(options)],
  logRecordProcessors: [
    new TokenBucketLogRecordProcessor(options, new BatchLogRecordProcessor({ exporter })),
  ],
});
sdk.start();

process.once('SIGTERM', async () => {
  await sdk.shutdown();
  process.exit(0);
});
