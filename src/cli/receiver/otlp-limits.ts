/** Largest export that is read, before and after decompression: 20 MiB, as in the Collector's HTTP receiver. */
export const MAX_MESSAGE_BYTES: number = 20 * 1024 * 1024;

/** Levels of arrays and maps within a value. What is deeper cannot be read. */
export const MAX_DEPTH = 64;

/** Of one export. A batch processor sends 512. */
const MAX_RECORDS = 50_000;
/** Groups of records by resource and scope; empty ones hold nothing, but take time. */
const MAX_GROUPS = 50_000;
/** Attributes and items in all of one export. */
const MAX_VALUES = 250_000;
/** Attributes of a record, a resource or a map, or items of an array. The SDK's own limit is 128 attributes. */
const MAX_ENTRIES = 256;

/**
 * What may still be decoded of one export. Two bytes can encode a record or an attribute, and the object for it takes
 * fifty times as much memory. What exceeds the allowance is left out and counted.
 */
export class Allowance {
  #groups = MAX_GROUPS;
  #records = MAX_RECORDS;
  #values = MAX_VALUES;
  #recordsLeftOut = 0;
  #valuesLeftOut = 0;

  /** @throws RangeError where there are too many groups */
  takeGroup(): void {
    if (this.#groups-- <= 0) throw new RangeError('too many resources and scopes');
  }

  /** Whether one more record may be read. */
  takeRecord(): boolean {
    if (this.#records > 0) {
      this.#records--;
      return true;
    }
    this.#recordsLeftOut++;
    return false;
  }

  /**
   * Whether one more attribute or item may be read.
   *
   * @param entries that the record, map or array has already
   */
  takeValue(entries: number): boolean {
    if (entries < MAX_ENTRIES && this.#values > 0) {
      this.#values--;
      return true;
    }
    this.#valuesLeftOut++;
    return false;
  }

  get recordsLeftOut(): number {
    return this.#recordsLeftOut;
  }

  get valuesLeftOut(): number {
    return this.#valuesLeftOut;
  }
}
