import type { Connection, Outcome } from '../http/exchange.ts';
import type { RandomIds } from '../http/trace/random-ids.ts';
import { bound } from './bounded.ts';
import { CAPS } from './caps.ts';
import type { ConnectionFields } from './connection-fields.ts';
import type { RecordAttributes, RecordFields } from './record-fields.ts';

const NO_CONNECTION: Connection = {
  remoteAddress: undefined,
  isUnixSocket: false,
  remotePort: undefined,
  localAddress: undefined,
  localPort: undefined,
  encrypted: false,
};

/** Fields of one record after the other, each text bounded, and the names of those that were cut. */
export class RecordWriter implements RecordFields {
  connection: Connection = NO_CONNECTION;
  timestampSeconds = 0;
  timestampNanos = 0;
  severityNumber = 0;
  severityText = '';
  randomIds: RandomIds | undefined = undefined;
  traceId: string | undefined = undefined;
  spanId: string | undefined = undefined;
  traceFlags = 0;
  body: string | undefined = undefined;

  method = '';
  methodOriginal: string | undefined = undefined;
  path = '';
  query = '';
  ends: ConnectionFields | undefined = undefined;
  scheme: 'http' | 'https' = 'http';
  clientAddress: string | undefined = undefined;
  clientAddressSource: string | undefined = undefined;
  peerAddress: string | undefined = undefined;
  peerPort: number | undefined = undefined;
  serverAddress: string | undefined = undefined;
  serverPort: number | undefined = undefined;
  protocolVersion = '';
  userAgent: string | undefined = undefined;
  route: string | undefined = undefined;
  requestBodySize: number | undefined = undefined;
  statusCode: number | undefined = undefined;
  errorType: string | undefined = undefined;
  responseBodySize: number | undefined = undefined;
  responseSize: number | undefined = undefined;
  duration = 0;
  timeToHeaders: number | undefined = undefined;
  outcome: Outcome = 'completed';
  suppressedBefore = 0;
  additions: RecordAttributes | undefined = undefined;
  truncated: string[] | undefined = undefined;

  #additionsLeft: number = CAPS.additions;

  /** Forgets what the record before had, where it is not written over anyway. */
  reset(): void {
    this.additions = undefined;
    this.truncated = undefined;
    this.#additionsLeft = CAPS.additions;
  }

  /** `value` as a well-formed string of at most `cap` units; that it was cut is noted under `name`. */
  bounded(name: string, value: string, cap: number): string {
    if (value.length > cap) this.cut(name);
    return bound(value, cap);
  }

  /** Writes something of fixed size that comes on top of what every record has. */
  add(name: string, value: RecordAttributes[string]): void {
    this.additions ??= {};
    this.additions[name] = value;
  }

  /**
   * Writes strings that come on top, out of what the additions may take together. Nothing is written once that is
   * used up.
   */
  addTexts(name: string, values: readonly string[], cap: number, maxCount: number): void {
    const written: string[] = [];
    for (const value of values) {
      const left = Math.min(cap, this.#additionsLeft);
      if (written.length === maxCount || (left === 0 && value !== '')) break;
      const bounded = this.bounded(name, value, left);
      this.#additionsLeft -= bounded.length;
      written.push(bounded);
    }
    if (written.length < values.length) this.cut(name);
    if (written.length > 0) this.add(name, written);
  }

  /** Writes one string that comes on top, as {@link addTexts} does. */
  addText(name: string, value: string, cap: number): void {
    const left = Math.min(cap, this.#additionsLeft);
    if (left === 0 && value !== '') {
      this.cut(name);
      return;
    }
    const bounded = this.bounded(name, value, left);
    this.#additionsLeft -= bounded.length;
    this.add(name, bounded);
  }

  /** Notes that an attribute was cut or left out. */
  cut(name: string): void {
    this.truncated ??= [];
    const names = this.truncated;
    if (names.length < CAPS.truncatedNames && !names.includes(name)) names.push(name);
  }
}
