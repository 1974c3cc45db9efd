import { HttpInstrumentation } from '@opentelemetry/instrumentation-http';
import { NodeSDK } from '@opentelemetry/sdk-node';

// Spans only: the access log delivers its records itself.
const sdk = new NodeSDK({ instrumentations: [new HttpInstrumentation()], logRecordProcessors: [] });
sdk.start();

process.once('SIGTERM', () => sdk.shutdown());
