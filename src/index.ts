import './preloaded-alone.ts';

export { OtlpStreamLogRecordProcessor } from './delivery/otlp-stream-log-record-processor.ts';
export { createField, type Field, type FieldOptions, type FieldValue, note } from './fields/fields.ts';
export type { Connection, Exchange, HttpMessages, Outcome } from './http/exchange.ts';
export { HttpAccessLogInstrumentation } from './instrumentation.ts';
export type { AccessLogOptions, Hooks, LostRecords } from './options/options.ts';
export {
  TokenBucketLogRecordProcessor,
  type TokenBucketOptions,
} from './sampling/token-bucket-log-record-processor.ts';
export type { DeliveryCounts } from './telemetry/totals.ts';
