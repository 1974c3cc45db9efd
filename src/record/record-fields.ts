import type { Connection, Outcome } from '../http/exchange.ts';
import type { RandomIds } from '../http/trace/random-ids.ts';

type AttributeValue = string | number | boolean | string[] | number[] | boolean[];

/** Attributes of a record. */
export type RecordAttributes = Record<string, AttributeValue>;

/**
 * What the record of an exchange says, flat: every value final (redacted, bounded, well-formed), none of it an
 * attribute map yet. One object is filled again for one exchange after the other, so it holds until the next one.
 */
export interface RecordFields {
  /** The connection that the exchange came in on: one object for all of its exchanges. */
  connection: Connection;
  /** End of the exchange since the Unix epoch; nanoseconds are below 1e9. */
  timestampSeconds: number;
  timestampNanos: number;
  severityNumber: number;
  severityText: string;
  /** The ids, where they are numbers; the ones as text are `undefined` then. */
  randomIds: RandomIds | undefined;
  /** Lower-case hexadecimal; `undefined` where the record has none. A trace id may stand alone. */
  traceId: string | undefined;
  spanId: string | undefined;
  traceFlags: number;
  /** One line; `undefined` where it is of the format `line`, which `writeLine` makes of these fields. */
  body: string | undefined;

  /** `http.request.method`, and the original where it is not a known one. */
  method: string;
  methodOriginal: string | undefined;
  /** Absent where `''`. */
  path: string;
  query: string;
  /** Where it is the same object as in another record, so are all fields from here up to `userAgent`. */
  ends: object | undefined;
  scheme: 'http' | 'https';
  clientAddress: string | undefined;
  clientAddressSource: string | undefined;
  peerAddress: string | undefined;
  peerPort: number | undefined;
  serverAddress: string | undefined;
  serverPort: number | undefined;
  /** Absent where `''`. */
  protocolVersion: string;
  userAgent: string | undefined;

  route: string | undefined;
  requestBodySize: number | undefined;
  statusCode: number | undefined;
  errorType: string | undefined;
  responseBodySize: number | undefined;
  responseSize: number | undefined;
  /** Seconds. */
  duration: number;
  timeToHeaders: number | undefined;
  outcome: Outcome;
  /** `access_log.suppressed_before`; absent where 0. */
  suppressedBefore: number;
  /** Captured headers and what the user's hook added; `undefined` where there is neither. */
  additions: RecordAttributes | undefined;
  /** `access_log.truncated`; `undefined` where nothing was cut. */
  truncated: string[] | undefined;
}
