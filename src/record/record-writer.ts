import type { RandomIds } from '../http/trace/random-ids.ts';
import { ATTRIBUTE_ROWS, type Attribute, type AttributeFields } from './attributes/attribute-table.ts';
import { CAPS } from './attributes/caps.ts';
import { bound } from './bounded.ts';
import type { ConnectionFields } from './reading/connection-fields.ts';
import type { RecordAttributes, RecordFields } from './record-fields.ts';

/** The fields of the attribute table, with their initial values. */
const InitialFields = class {
  constructor() {
    for (const [field, { initial }] of ATTRIBUTE_ROWS) Reflect.set(this, field, initial);
  }
} as new () => AttributeFields;

/** Fields of one record after the other, each text bounded, and the names of the attributes that were cut. */
export class RecordWriter extends InitialFields implements RecordFields {
  timestampSeconds = 0;
  timestampNanos = 0;
  severityNumber = 0;
  severityText = '';
  randomIds: RandomIds | undefined = undefined;
  traceId: string | undefined = undefined;
  spanId: string | undefined = undefined;
  traceFlags = 0;
  body: string | undefined = undefined;
  connectionFields: ConnectionFields | undefined = undefined;
  handlerFields: RecordAttributes | undefined = undefined;
  additions: RecordAttributes | undefined = undefined;

  #additionsLeft: number = CAPS.additions;

  /** Clears what the reader of fields does not write for every record. */
  reset(): void {
    this.handlerFields = undefined;
    this.additions = undefined;
    this.truncated = undefined;
    this.#additionsLeft = CAPS.additions;
  }

  /** A well-formed text of at most as many units as the attribute may have; notes where it was cut. */
  capped({ name, cap }: Attribute<unknown>, value: string): string {
    return this.bounded(name, value, cap);
  }

  /** `value` as a well-formed string of at most `cap` units; notes `name` where it was cut. */
  bounded(name: string, value: string, cap: number): string {
    if (value.length > cap) this.cut(name);
    return bound(value, cap);
  }

  /** Adds a value of fixed size. */
  add(name: string, value: RecordAttributes[string]): void {
    this.additions ??= {};
    this.additions[name] = value;
  }

  /** What was added so far are the fields that handlers have set. */
  endHandlerFields(): void {
    this.handlerFields = this.additions;
    this.additions = undefined;
  }

  /** Adds strings. All additions of a record share a budget; nothing is added once that is used up. */
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

  /** Adds one string out of the same budget as {@link addTexts}. */
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
