import {
  type Cell,
  cell,
  displayWidth,
  fit,
  type Line,
  paintLine,
  plainText,
} from '../../../render/line-cells.ts';
import { createPaint, type Paint } from '../../../render/terminal.ts';
import type { ReceivedRecord } from '../../receiver/otlp-record.ts';
import { DETAIL_TITLE, Detail, Scrolled } from './detail.ts';
import type { Entry } from './entries.ts';
import type { Key, Move } from './keys.ts';
import { layOut, type Table } from './layout.ts';
import { LEGEND_LINES, LEGEND_TITLE } from './legend.ts';
import { RecordList } from './record-list.ts';
import { GAP } from './row.ts';
import { RowMaker } from './row-maker.ts';

const MAX_SEARCH_LENGTH = 80;
/** Further than there are records or lines. */
const FAR = 1e9;
/** The titles above, the summary below. */
const OTHER_ROWS = 2;

export interface ScreenOptions {
  readonly columns: number;
  readonly rows: number;
  readonly colours: boolean;
  /** Whether keys can be pressed: only then the bottom line lists them. */
  readonly hasKeys: boolean;
  /** Shown until there is a record. */
  readonly welcome?: readonly string[];
}

/**
 * What a terminal shows: titles, records, and a summary at the bottom; or one record in full, or the legend. It knows no
 * clock and no stream: records and keys come in, {@link Screen.draw} returns what to write. It draws all of the screen, so
 * that nothing of what was there before stays when the window changes.
 */
export class Screen {
  readonly #paint: Paint;
  readonly #hasKeys: boolean;
  readonly #welcome: readonly Line[];
  readonly #maker = new RowMaker();
  readonly #list = new RecordList();
  readonly #scrolled = new Scrolled();
  readonly #detail = new Detail();
  #columns: number;
  #rows: number;
  #opened: Entry | 'legend' | undefined;
  /** What is being typed after `/`. */
  #typed: string | undefined;
  #search = '';
  /** The lines as they were written; `undefined` where the terminal may show anything. */
  #drawn: readonly string[] | undefined;

  constructor({ columns, rows, colours, hasKeys, welcome = [] }: ScreenOptions) {
    this.#paint = createPaint(colours);
    this.#columns = columns;
    this.#rows = rows;
    this.#hasKeys = hasKeys;
    this.#welcome = welcome.map((text) => [cell('plain', text)]);
  }

  add(record: ReceivedRecord): void {
    this.#list.add(this.#maker.row(record), record);
  }

  resize(columns: number, rows: number): void {
    this.#columns = columns;
    this.#rows = rows;
    this.#drawn = undefined;
  }

  /** @returns `quit` where the key asks for the end */
  press(key: Key): 'quit' | undefined {
    if (key.kind === 'interrupt') return 'quit';
    if (key.kind === 'redraw') this.#drawn = undefined;
    else if (this.#typed !== undefined) this.#type(key, this.#typed);
    else if (key.kind === 'character') return this.#command(key.character);
    else if (key.kind === 'escape') this.#escape();
    else if (key.kind === 'enter') this.#enter();
    else if (key.kind !== 'backspace' && key.kind !== 'erase') this.#move(key.kind);
    return undefined;
  }

  /** The text that brings the terminal up to date; empty where it is. */
  draw(summary: Line): string {
    const room = Math.max(0, this.#rows - OTHER_ROWS);
    const { titles, lines } = this.#content(room);
    const painted = (line: Line, marked = ''): string =>
      paintLine(fit(line, this.#columns), this.#paint, marked);
    const search = this.#opened === undefined ? this.#search.toLowerCase() : '';
    const content = Array.from({ length: room }, (_, index) => painted(lines[index] ?? [], search));
    const drawn = [painted(titles), ...content, painted(this.#bottom(summary))].slice(-this.#rows);
    const before = this.#drawn;
    this.#drawn = drawn;
    const changed = drawn.map((text, index) =>
      text === before?.[index] ? '' : `\x1b[${index + 1};1H\x1b[2K${text}`,
    );
    return (before === undefined ? '\x1b[2J' : '') + changed.join('');
  }

  /** What stays in the terminal at the end: the records that were seen last, as lines. */
  end(): string {
    const { lines } = this.#table(Math.max(0, this.#rows - OTHER_ROWS));
    return lines.map((line) => `${paintLine(line, this.#paint)}\n`).join('');
  }

  #content(room: number): Table {
    if (this.#opened === 'legend') {
      return { titles: LEGEND_TITLE, lines: this.#scrolled.window(LEGEND_LINES, room) };
    }
    if (this.#opened !== undefined) {
      const lines = this.#detail.lines(this.#opened, this.#columns);
      return { titles: DETAIL_TITLE, lines: this.#scrolled.window(lines, room) };
    }
    if (this.#list.total === 0) return { titles: [], lines: this.#welcome };
    return this.#table(room);
  }

  #table(room: number): Table {
    const page = this.#list.page(room);
    const { selected } = this.#list;
    const { titles, lines } = layOut(
      page.map(({ row }) => row),
      { columns: this.#columns, hasServices: this.#maker.hasServices },
    );
    return {
      titles,
      lines: lines.map((line, index) => (page[index] === selected ? this.#asSelected(line) : line)),
    };
  }

  #asSelected(line: Line): Line {
    return [cell('marked', plainText(line).padEnd(this.#columns))];
  }

  #command(character: string): 'quit' | undefined {
    if (character === 'q') return 'quit';
    if (character === '?') this.#open(this.#opened === 'legend' ? undefined : 'legend');
    else if (this.#opened !== undefined) return undefined;
    else if (character === '/') this.#typed = '';
    else if (character === 'p' || character === ' ') {
      if (this.#list.isPaused) this.#list.goOn();
      else this.#list.pause();
    }
    return undefined;
  }

  #escape(): void {
    if (this.#opened !== undefined) this.#open(undefined);
    else if (this.#search !== '') this.#startSearch('');
    else this.#list.goOn();
  }

  #enter(): void {
    const { selected, lowest } = this.#list;
    if (this.#opened === undefined && selected === undefined) this.#list.move(-1);
    this.#open(this.#opened === undefined ? (selected ?? lowest) : undefined);
  }

  #open(opened: Entry | 'legend' | undefined): void {
    this.#opened = opened;
    this.#scrolled.toStart();
  }

  #move(move: Move): void {
    const page = Math.max(1, this.#rows - OTHER_ROWS);
    const ways = { up: -1, down: 1, pageUp: -page, pageDown: page, home: -FAR, end: FAR };
    if (move !== 'left' && move !== 'right') {
      if (this.#opened === undefined) this.#list.move(ways[move]);
      else this.#scrolled.move(ways[move]);
    } else if (this.#opened !== undefined) this.#openNeighbour(this.#opened, move === 'left' ? -1 : 1);
  }

  #openNeighbour(opened: Entry | 'legend', by: 1 | -1): void {
    if (opened === 'legend') return;
    const neighbour = this.#list.neighbour(opened, by);
    if (neighbour !== undefined) this.#open(neighbour);
  }

  #type(key: Key, typed: string): void {
    if (key.kind === 'character') this.#typed = (typed + key.character).slice(0, MAX_SEARCH_LENGTH);
    else if (key.kind === 'backspace')
      this.#typed = typed === '' ? undefined : Array.from(typed).slice(0, -1).join('');
    else if (key.kind === 'erase') this.#typed = '';
    else if (key.kind === 'enter' || key.kind === 'escape') {
      this.#typed = undefined;
      if (key.kind === 'enter') this.#startSearch(typed);
    }
  }

  #startSearch(text: string): void {
    this.#search = text;
    this.#list.search(text.toLowerCase());
  }

  #bottom(summary: Line): Line {
    if (this.#typed !== undefined) {
      return [cell('accent', `/${this.#typed}`), { tone: 'marked', text: ' ' }];
    }
    const line = [...this.#states(), ...summary];
    if (!this.#hasKeys) return line;
    const room = this.#columns - displayWidth(plainText(line)) - GAP.text.length;
    const keys = HINTS.find((hint) => displayWidth(hint) <= room);
    return keys === undefined ? line : [...line, GAP, { tone: 'faint', text: keys }];
  }

  #states(): Cell[] {
    const { isPaused, waiting, leftOut, length, total } = this.#list;
    const missed = `paused: ${waiting} waiting${leftOut === 0 ? '' : `, ${leftOut} left out`}`;
    return [
      ...(isPaused ? [marked(missed), GAP] : []),
      ...(this.#search === ''
        ? []
        : [marked(`/${this.#search}`), cell('faint', ` ${length} of ${total}, Esc ends  `)]),
    ];
  }
}

/** The longest one that there is room for. */
const HINTS = [
  '↑↓ Enter open  / search  p pause  ? help  q quit',
  '/ search  p pause  ? help  q quit',
  '? help  q quit',
  '? help',
];

function marked(text: string): Cell {
  return cell('marked', ` ${text} `);
}
