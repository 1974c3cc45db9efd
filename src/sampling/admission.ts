import type { ReadWriteLogRecord } from '@opentelemetry/sdk-logs';
import { AccessLogRecord } from '../record/access-log-record.ts';
import { SUPPRESSED_BEFORE } from '../record/attributes/attribute-names.ts';
import type { ExchangeKey } from '../record/receipt/exchange-key.ts';

/**
 * An exchange that was admitted: its record is to be passed on, or counted as lost. Holds a copy of the key, because the
 * object that was decided on may describe another exchange by then.
 */
export interface Admission extends ExchangeKey {
  /** Count of suppressed exchanges that the record is to carry. */
  readonly suppressedBefore: number;
  /** Reading of the monotonic clock at which the exchange was admitted. */
  readonly atMs: number;
}

/**
 * Gives the record the count of suppressed exchanges to carry.
 *
 * @returns whether it has it: the SDK drops an attribute beyond its limit per record, silently
 */
export function carries(record: ReadWriteLogRecord, suppressedBefore: number): boolean {
  if (record instanceof AccessLogRecord && record.carry(suppressedBefore)) return true;
  record.setAttribute(SUPPRESSED_BEFORE, suppressedBefore);
  return record.attributes[SUPPRESSED_BEFORE] === suppressedBefore;
}
