import type { ReadableLogRecord } from '@opentelemetry/sdk-logs';
import { OtlpEncoder } from './otlp-encoder.ts';

/** More than a record usually has; larger ones count as so much. */
const SCRATCH_BYTES = 256 * 1024;

/** Makes a function that returns how many bytes a record has in a message. */
export function createMeasure(): (record: ReadableLogRecord) => number {
  const encoder = new OtlpEncoder();
  const scratch = Buffer.allocUnsafeSlow(SCRATCH_BYTES);
  return (record) => {
    const end = encoder.append(record, scratch, 0, scratch.length);
    return end === -1 ? SCRATCH_BYTES : end;
  };
}
