import { type Context, createContextKey, ROOT_CONTEXT } from '@opentelemetry/api';

/**
 * A context of nobody's request in which instrumentations make no spans: for what sends our records. As
 * `suppressTracing(ROOT_CONTEXT)` of `@opentelemetry/core`; the key is the same symbol in every copy and version of it.
 */
export const SUPPRESSED_CONTEXT: Context = ROOT_CONTEXT.setValue(
  createContextKey('OpenTelemetry SDK Context Key SUPPRESS_TRACING'),
  true,
);
