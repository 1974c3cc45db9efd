import type { ReadableLogRecord } from '@opentelemetry/sdk-logs';
import {
  HTTP_REQUEST_METHOD,
  HTTP_REQUEST_METHOD_ORIGINAL,
  HTTP_RESPONSE_STATUS_CODE,
  HTTP_ROUTE,
  OUTCOME,
  SUPPRESSED_BEFORE,
} from '../attributes/attribute-names.ts';
import { REQUEST_EVENT } from '../record-builder.ts';
import { OTHER, OTHER_KEY } from './exchange-key.ts';
import type { ExchangeReceipt, Receipt } from './receipt.ts';
import { TrackedLogRecord } from './tracked-log-record.ts';

/** Receipt for exchanges that were counted but not recorded. */
export const UNKNOWN_EXCHANGE: ExchangeReceipt = { kind: 'exchange', ...OTHER_KEY, suppressedBefore: 0 };

/**
 * The receipt of a record: its own, or one made of its attributes where the SDK made the record of an exchange.
 * `undefined` for every other record: it is not counted.
 */
export function receiptOf(record: ReadableLogRecord): Receipt | undefined {
  if (record instanceof TrackedLogRecord) return record.receipt;
  if (record.eventName !== REQUEST_EVENT) return undefined;
  const {
    [HTTP_ROUTE]: route,
    [HTTP_REQUEST_METHOD_ORIGINAL]: original,
    [HTTP_REQUEST_METHOD]: method,
    [HTTP_RESPONSE_STATUS_CODE]: statusCode,
    [OUTCOME]: outcome,
    [SUPPRESSED_BEFORE]: suppressedBefore,
  } = record.attributes;
  return {
    kind: 'exchange',
    route: textOr(route, undefined),
    method: textOr(original, textOr(method, OTHER)),
    statusCode: typeof statusCode === 'number' ? statusCode : undefined,
    outcome: textOr(outcome, OTHER),
    suppressedBefore: typeof suppressedBefore === 'number' ? suppressedBefore : 0,
  };
}

function textOr<Otherwise>(value: unknown, otherwise: Otherwise): string | Otherwise {
  return typeof value === 'string' ? value : otherwise;
}
