export { decodeJson } from './otlp-json.ts';
export { decodeProtobuf } from './otlp-protobuf.ts';
export type { ReceivedRecord } from './otlp-record.ts';
export { encodeResponse, type PartialSuccess } from './otlp-response.ts';
