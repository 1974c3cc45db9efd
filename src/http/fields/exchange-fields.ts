import type { FieldDefinition } from '../../fields/definition.ts';
import { keptText } from './kept-value.ts';

/** A value as it waits for the record. */
export type KeptValue = string | number | boolean | readonly string[];

const MAX_FIELDS = 32;
const MAX_NOTES = 16;
/** Characters of all notes together: four of the longest that are kept. Many exchanges may be open for long. */
const MAX_NOTE_LENGTH = 8192;

/** What handlers have set on one exchange, as it was given: the record masks and cuts it. Bounded. */
export class ExchangeFields {
  /** In the order in which they were set; `values` has the value of each at the same place. */
  readonly definitions: FieldDefinition[] = [];
  readonly values: KeptValue[] = [];
  #notes: string[] | undefined = undefined;
  #noteLength = 0;

  /** Oldest first. */
  get notes(): readonly string[] | undefined {
    return this.#notes;
  }

  /** The value of the field of that name. */
  valueOf(name: string): KeptValue | undefined {
    return this.values[this.definitions.findIndex((field) => field.name === name)];
  }

  get(field: FieldDefinition): KeptValue | undefined {
    return this.values[this.definitions.indexOf(field)];
  }

  /** @returns false where there are too many */
  set(field: FieldDefinition, value: KeptValue): boolean {
    const at = this.definitions.indexOf(field);
    if (at !== -1) {
      this.values[at] = value;
      return true;
    }
    if (this.definitions.length === MAX_FIELDS) return false;
    this.definitions.push(field);
    this.values.push(value);
    return true;
  }

  remove(field: FieldDefinition): void {
    const at = this.definitions.indexOf(field);
    if (at === -1) return;
    this.definitions.splice(at, 1);
    this.values.splice(at, 1);
  }

  /** Adds a note; the oldest ones give way. */
  note(text: string): void {
    const kept = keptText(text);
    this.#notes ??= [];
    const notes = this.#notes;
    notes.push(kept);
    this.#noteLength += kept.length;
    while (notes.length > MAX_NOTES || this.#noteLength > MAX_NOTE_LENGTH)
      this.#noteLength -= notes.shift()?.length ?? 0;
  }
}
