import { type Cell, cell, fit, type Line, paintLine, plainText } from '../render/line-cells.ts';
import { createPaint, type Paint } from '../render/terminal.ts';
import type { Key } from './keys.ts';
import { LastLines } from './last-lines.ts';

/** Lines that can be searched, and lines that wait during a pause. */
const KEPT_LINES = 1000;
/**
 * Lines that one drawing writes at most: ten times a second, this is more than anyone can read. A batch of an exporter is
 * larger; the rest waits for the next drawing.
 */
const LINES_PER_DRAWING = 200;
const MAX_SEARCH_LENGTH = 80;

/** Back to the start of the bottom line, and clears it and what is below. */
const CLEAR = '\r\x1b[J';

export interface ScreenOptions {
  readonly columns: number;
  readonly colours: boolean;
  /** Whether keys can be pressed: only then the bottom line lists them. */
  readonly hasKeys: boolean;
}

/**
 * What a terminal shows: lines that scroll by, and one line at the bottom. It knows no clock and no stream: records and
 * keys come in, {@link Screen.draw} returns what to write.
 */
export class Screen {
  readonly #paint: Paint;
  readonly #hasKeys: boolean;
  readonly #history = new LastLines(KEPT_LINES);
  /** Not drawn yet. */
  readonly #fresh = new LastLines(KEPT_LINES);
  /** To be drawn before them. */
  #notes: Line[] = [];
  #columns: number;
  #isPaused = false;
  /** What is being typed after `/`. */
  #typed: string | undefined;
  /** In lower case; lines without it are not shown. */
  #search = '';
  #bottom = '';

  constructor({ columns, colours, hasKeys }: ScreenOptions) {
    this.#paint = createPaint(colours);
    this.#columns = columns;
    this.#hasKeys = hasKeys;
  }

  add(line: Line): void {
    this.#history.push(line);
    if (this.#isFound(line)) this.#fresh.push(line);
  }

  resize(columns: number): void {
    this.#columns = columns;
    this.#bottom = '';
  }

  /** @returns `quit` where the key asks for the end */
  press(key: Key): 'quit' | undefined {
    if (key.kind === 'interrupt') return 'quit';
    if (this.#typed !== undefined) this.#type(key, this.#typed);
    else if (key.kind === 'escape') this.#endSearch();
    else if (key.kind === 'character') return this.#command(key.character);
    return undefined;
  }

  /** The text that brings the terminal up to date; empty where it is. What is too much for one drawing is in the next. */
  draw(summary: Line): string {
    const lines = this.#take(LINES_PER_DRAWING);
    const bottom = paintLine(fit(this.#bottomLine(summary), this.#columns - 1), this.#paint);
    if (lines.length === 0 && bottom === this.#bottom) return '';
    this.#bottom = bottom;
    return CLEAR + this.#painted(lines) + bottom;
  }

  /** The last drawing: what was not drawn yet, unless it is paused, and no bottom line. */
  end(): string {
    return CLEAR + this.#painted(this.#take(KEPT_LINES));
  }

  #take(count: number): readonly Line[] {
    const notes = this.#notes;
    this.#notes = [];
    return this.#isPaused ? notes : [...notes, ...this.#takeFresh(count)];
  }

  #painted(lines: readonly Line[]): string {
    return lines
      .map((line) => `${paintLine(fit(line, this.#columns), this.#paint, this.#search)}\n`)
      .join('');
  }

  #command(character: string): 'quit' | undefined {
    if (character === 'q') return 'quit';
    if (character === '/') this.#typed = '';
    if (character === 'p' || character === ' ') this.#isPaused = !this.#isPaused;
    return undefined;
  }

  #type(key: Key, typed: string): void {
    if (key.kind === 'character') this.#typed = (typed + key.character).slice(0, MAX_SEARCH_LENGTH);
    else if (key.kind === 'backspace')
      this.#typed = typed === '' ? undefined : Array.from(typed).slice(0, -1).join('');
    else if (key.kind === 'erase') this.#typed = '';
    else {
      this.#typed = undefined;
      if (key.kind === 'enter' && typed === '') this.#endSearch();
      else if (key.kind === 'enter') this.#startSearch(typed);
    }
  }

  #startSearch(text: string): void {
    this.#search = text.toLowerCase();
    // What was not drawn yet is among what is searched.
    this.#fresh.take();
    const found = this.#history.lines.filter((line) => this.#isFound(line));
    this.#notes = [note(`/${text}: in ${found.length} of the last ${this.#history.length} lines`), ...found];
  }

  #endSearch(): void {
    if (this.#search === '') return;
    this.#search = '';
    this.#notes.push(note('end of the search, all lines again'));
  }

  #isFound(line: Line): boolean {
    return this.#search === '' || plainText(line).toLowerCase().includes(this.#search);
  }

  #takeFresh(count: number): readonly Line[] {
    const { lines, leftOut } = this.#fresh.take(count);
    return leftOut === 0 ? lines : [note(`${leftOut} lines left out`), ...lines];
  }

  #bottomLine(summary: Line): Line {
    if (this.#typed !== undefined) {
      return [cell('accent', `/${this.#typed}`), { tone: 'marked', text: ' ' }];
    }
    const keys = `  p ${this.#isPaused ? 'go on' : 'pause'}  / search  q quit`;
    return [
      ...(this.#isPaused ? [marked(`paused: ${this.#waiting()}`), GAP] : []),
      ...(this.#search === ''
        ? []
        : [marked(`/${this.#search}`), { tone: 'faint', text: ' Esc ends  ' } as const]),
      ...summary,
      ...(this.#hasKeys ? [{ tone: 'faint', text: keys } as const] : []),
    ];
  }

  #waiting(): string {
    const { length, leftOut } = this.#fresh;
    return `${length} waiting${leftOut === 0 ? '' : `, ${leftOut} left out`}`;
  }
}

const GAP: Cell = { tone: 'plain', text: '  ' };

function note(text: string): Line {
  return [cell('faint', `… ${text}`)];
}

function marked(text: string): Cell {
  return cell('marked', ` ${text} `);
}
