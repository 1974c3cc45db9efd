import type { RandomIds } from '../http/trace/random-ids.ts';
import type { AttributeFields } from './attributes/attribute-table.ts';

type AttributeValue = string | number | boolean | string[] | number[] | boolean[];

/** Attributes of a record. */
export type RecordAttributes = Record<string, AttributeValue>;

/**
 * Content of the record of an exchange, flat: every value is final (redacted, bounded, well-formed), and there is no
 * attribute map yet. The builder fills one object again for each exchange, so the content holds until the next one.
 */
export interface RecordFields extends AttributeFields {
  /** End of the exchange since the Unix epoch; nanoseconds are below 1e9. */
  timestampSeconds: number;
  timestampNanos: number;
  severityNumber: number;
  severityText: string;
  /** The ids where they are numbers; `traceId` and `spanId` are `undefined` then. */
  randomIds: RandomIds | undefined;
  /** Lower-case hexadecimal; `undefined` where the record has none. A trace id may stand alone. */
  traceId: string | undefined;
  spanId: string | undefined;
  traceFlags: number;
  /** One line; `undefined` in the format `line`, which `writeLine` writes straight from these fields. */
  body: string | undefined;
  /**
   * Records with the same object here have the same scheme, addresses, ports, protocol version and user agent.
   * `undefined` promises nothing.
   */
  connectionFields: object | undefined;
  /** Fields that handlers have set; `undefined` where there are none. */
  handlerFields: RecordAttributes | undefined;
  /** Captured headers, notes and attributes of the user's hook; `undefined` where there are none. */
  additions: RecordAttributes | undefined;
}
