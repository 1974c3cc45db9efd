import { TRUNCATED } from './attribute-names.ts';
import { bound } from './bounded.ts';
import { CAPS } from './caps.ts';

type AttributeValue = string | number | boolean | string[] | number[] | boolean[];

/** Attributes of a record. */
export type RecordAttributes = Record<string, AttributeValue>;

/** Collects the attributes of one record, each bounded, and the names of those that were cut. */
export class AttributeWriter {
  readonly attributes: RecordAttributes = {};
  readonly #truncated: string[] = [];
  #additionsLeft: number = CAPS.additions;

  /** `value` as a well-formed string of at most `cap` units; that it was cut is noted under `name`. */
  bounded(name: string, value: string, cap: number): string {
    if (value.length > cap) this.cut(name);
    return bound(value, cap);
  }

  /**
   * Writes strings that come on top of what every record has, out of what the additions may take together.
   * Nothing is written once that is used up.
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
    if (written.length > 0) this.attributes[name] = written;
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
    this.attributes[name] = bounded;
  }

  /** Notes that an attribute was cut or left out. */
  cut(name: string): void {
    const names = this.#truncated;
    if (names.length < CAPS.truncatedNames && !names.includes(name)) names.push(name);
  }

  /** Adds `access_log.truncated` where something was cut, and gives the attributes away. */
  finish(): RecordAttributes {
    if (this.#truncated.length > 0) this.attributes[TRUNCATED] = this.#truncated;
    return this.attributes;
  }
}
