/** `--import`: an application's own SDK, traces only. Sampler and endpoint come from the environment. */
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http';
import { NodeSDK } from '@opentelemetry/sdk-node';

new NodeSDK({
  instrumentations: [new HttpInstrumentation()],
  logRecordProcessors: [],
  metricReaders: [],
}).start();
