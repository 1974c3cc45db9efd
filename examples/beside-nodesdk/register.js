import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-proto';
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http';
import { BatchLogRecordProcessor } from '@opentelemetry/sdk-logs';
import { NodeSDK } from '@opentelemetry/sdk-node';
import { HttpAccessLogInstrumentation, TokenBucketLogRecordProcessor } from 'otel-access-log';

// In code before ACCESS_LOG_… in the environment before the defaults.
const options = { ignore: ['/healthz'], rate: 500 };
const exporter = new OTLPLogExporter();

const sdk = new NodeSDK({
  instrumentations: [new HttpInstrumentation(), new HttpAccessLogInstrumentation(options)],
  logRecordProcessors: [
    new TokenBucketLogRecordProcessor(options, new BatchLogRecordProcessor({ exporter })),
  ],
});
sdk.start();

// NodeSDK listens to no signal: without this the records of the last second would be lost.
process.once('SIGTERM', async () => {
  await sdk.shutdown();
  process.exit(0);
});
