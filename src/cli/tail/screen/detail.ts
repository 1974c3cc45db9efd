import { cell, fit, type Line, wrap } from '../../../render/line-cells.ts';
import { fullLines } from '../../../render/render-full.ts';
import type { Entry } from './entries.ts';

/** Characters of a line of a record: of a larger text the rest is left out. */
const LINE_LENGTH = 16_384;

/** Lines of a text that is longer than the screen, from the line that was scrolled to. */
export class Scrolled {
  #top = 0;

  toStart(): void {
    this.#top = 0;
  }

  move(by: number): void {
    this.#top += by;
  }

  /** So many lines, fewer at the end only where there are no more. */
  window(lines: readonly Line[], rows: number): readonly Line[] {
    this.#top = Math.max(0, Math.min(this.#top, lines.length - rows));
    return lines.slice(this.#top, this.#top + rows);
  }
}

/** Every field of a record, in so many columns; laid out once, and not for every drawing. */
export class Detail {
  #laidOut: { readonly entry: Entry; readonly columns: number; readonly lines: readonly Line[] } | undefined;

  lines(entry: Entry, columns: number): readonly Line[] {
    if (this.#laidOut?.entry !== entry || this.#laidOut.columns !== columns) {
      const lines = fullLines(entry.record).flatMap((line) => wrap(fit(line, LINE_LENGTH), columns));
      this.#laidOut = { entry, columns, lines };
    }
    return this.#laidOut.lines;
  }
}

/** What to do with a record that is open. */
export const DETAIL_TITLE: Line = [
  cell('accent', 'One record'),
  cell('faint', '  ↑↓ scroll  ←→ the one before, the next  Esc closes'),
];
