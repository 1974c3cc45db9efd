import type { ReceivedRecord } from '../../receiver/otlp-record.ts';
import { sizeOf } from '../../web/record-ring.ts';
import { Entries, type Entry } from './entries.ts';
import { type Row, textOfRow } from './row.ts';

/** Records that can be searched, opened and gone back to. */
const KEPT_RECORDS = 10_000;
/** Of all of them, roughly. */
const KEPT_BYTES = 32 * 1024 * 1024;
/** Of a row, beside the record. */
const ROW_BYTES = 1024;

/**
 * The last records, and which of them are seen: the newest ones, or, during a pause, those that were there. A record can be
 * selected, which pauses too. A search hides the records that do not have the text.
 */
export class RecordList {
  readonly #all = new Entries();
  #size = 0;
  #last = 0;
  #found: Entries | undefined;
  #search = '';
  /** The last record that is seen; `undefined` where it is the newest. */
  #bottom: number | undefined;
  #selected: number | undefined;

  add(row: Row, record: ReceivedRecord): void {
    const size = ROW_BYTES + sizeOf(record.attributes) + sizeOf(record.body);
    const entry = { sequence: ++this.#last, row, record, size };
    this.#all.push(entry);
    if (this.#found !== undefined && this.#isFound(entry)) this.#found.push(entry);
    this.#size += size;
    let drop = 0;
    const { length } = this.#all;
    while (length - drop > KEPT_RECORDS || (this.#size > KEPT_BYTES && length - drop > 1)) {
      this.#size -= this.#all.at(drop)?.size ?? 0;
      drop++;
    }
    if (drop === 0) return;
    const oldest = this.#last - (length - drop) + 1;
    this.#all.dropBefore(oldest);
    this.#found?.dropBefore(oldest);
  }

  /** Those that a search has not hidden. */
  get length(): number {
    return this.#shown.length;
  }

  /** How many there are to search. */
  get total(): number {
    return this.#all.length;
  }

  get isPaused(): boolean {
    return this.#bottom !== undefined;
  }

  /** Records that came during a pause. */
  get waiting(): number {
    return this.#bottom === undefined ? 0 : this.length - 1 - this.#shown.indexOf(this.#bottom);
  }

  /** Records that came during a pause, and are held no longer. */
  get leftOut(): number {
    if (this.#bottom === undefined) return 0;
    return Math.max(0, this.#last - this.#all.length - this.#bottom);
  }

  get selected(): Entry | undefined {
    return this.#selected === undefined ? undefined : this.#shown.at(this.#selectedIndex);
  }

  /** The newest one that is seen. */
  get lowest(): Entry | undefined {
    return this.#shown.at(this.#bottomIndex);
  }

  pause(): void {
    this.#bottom ??= this.#last;
  }

  /** Ends the pause and the selection. */
  goOn(): void {
    this.#bottom = this.#selected = undefined;
  }

  /** Selects a record so many further down; beyond the newest one, the pause ends. */
  move(by: number): void {
    const from = this.#selected === undefined ? this.#bottomIndex + (by < 0 ? 1 : 0) : this.#selectedIndex;
    if (by > 0 && from + by > this.length - 1) this.goOn();
    else this.#select(Math.max(0, from + by));
  }

  /** Selects the record before or behind one, where there is one. */
  neighbour({ sequence }: Entry, by: 1 | -1): Entry | undefined {
    const index = this.#shown.indexOf(sequence);
    const entry = this.#shown.at(index + by);
    if (entry !== undefined) this.#select(index + by);
    return entry;
  }

  /** @param text in lower case; empty for the end of the search */
  search(text: string): void {
    this.#search = text;
    this.#found = text === '' ? undefined : this.#all.filter((entry) => this.#isFound(entry));
    // The newest records that have the text, not those around the one that was selected.
    if (text !== '') this.#selected = undefined;
    if (text !== '' && this.#bottom !== undefined) this.#bottom = this.#last;
  }

  /** The records that are seen in so many rows, the selected one among them. */
  page(rows: number): readonly Entry[] {
    let bottom = this.#bottomIndex;
    if (this.#selected !== undefined) {
      const selected = this.#selectedIndex;
      if (selected > bottom) bottom = selected;
      else if (selected <= bottom - rows) bottom = selected + rows - 1;
      this.#bottom = this.#shown.at(bottom)?.sequence ?? this.#bottom;
    }
    // Where those that were there at the beginning of the pause are held no longer: the oldest ones.
    if (this.leftOut > 0) bottom = Math.max(bottom, Math.min(rows, this.length) - 1);
    return this.#shown.slice(bottom - rows + 1, bottom + 1);
  }

  get #shown(): Entries {
    return this.#found ?? this.#all;
  }

  get #bottomIndex(): number {
    return this.#bottom === undefined ? this.length - 1 : this.#shown.indexOf(this.#bottom);
  }

  /** The oldest one where the selected one is held no longer. */
  get #selectedIndex(): number {
    return Math.max(0, this.#shown.indexOf(this.#selected ?? 0));
  }

  #select(index: number): void {
    const entry = this.#shown.at(index);
    if (entry === undefined) return;
    this.#selected = entry.sequence;
    this.#bottom ??= this.#shown.at(this.length - 1)?.sequence;
  }

  #isFound({ row, record }: Entry): boolean {
    return `${textOfRow(row)}  ${record.traceId ?? ''}`.toLowerCase().includes(this.#search);
  }
}
