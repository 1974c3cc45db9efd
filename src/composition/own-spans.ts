import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/**
 * `ACCESS_LOG_TRACING=spans`, in a process without an SDK: a NodeTracerProvider and HttpInstrumentation. There is no
 * span exporter: spans exist so that handlers and records have a context. The sampler is that of
 * `OTEL_TRACES_SAMPLER`, by default parentbased_always_on, so that no service downstream drops a trace because of us.
 *
 * Takes the tracer slots of the OpenTelemetry API; an SDK that starts later is refused them.
 */
export function startOwnSpans(propagate: boolean): void {
  const {
    NodeTracerProvider,
  }: typeof import('@opentelemetry/sdk-trace-node') = require('@opentelemetry/sdk-trace-node');
  const {
    HttpInstrumentation,
  }: typeof import('@opentelemetry/instrumentation-http') = require('@opentelemetry/instrumentation-http');
  const provider = new NodeTracerProvider();
  provider.register();
  new HttpInstrumentation({ disableOutgoingRequestInstrumentation: !propagate }).setTracerProvider(provider);
  // Its hook patches a module when it is required; the prototypes that it patches are those of the ES modules too.
  require('node:http');
  require('node:https');
  // Named imports of ES modules (`import { request } from 'node:http'`) are copies, which must be synchronised. Not
  // imported by name: older versions of Deno have no such function, and would not start the service.
  const { syncBuiltinESMExports }: typeof import('node:module') = require('node:module');
  syncBuiltinESMExports();
}
