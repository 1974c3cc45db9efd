import { createContextKey } from '@opentelemetry/api';

/** The key of `setRPCMetadata` in `@opentelemetry/core`: the same symbol in every copy and version of it. */
export const RPC_METADATA: symbol = createContextKey('OpenTelemetry SDK Context Key RPC_METADATA');
