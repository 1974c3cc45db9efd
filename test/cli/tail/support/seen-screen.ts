import { readKeys } from '../../../../src/cli/tail/screen/keys.ts';
import { Screen, type ScreenOptions } from '../../../../src/cli/tail/screen/screen.ts';
import { cell, type Line } from '../../../../src/render/line-cells.ts';
import { exchange } from './records.ts';

const SUMMARY: Line = [cell('plain', '1.0 requests/s')];
/** Clears all, goes to a row and clears it, and texts. */
const PARTS = /ESC\[2J|ESC\[(\d+);1HESC\[2K|(?:(?!ESC).)+/g;

/** What terminals send for keys. */
export const KEY = {
  up: '\x1b[A',
  down: '\x1b[B',
  right: '\x1b[C',
  left: '\x1b[D',
  pageUp: '\x1b[5~',
  pageDown: '\x1b[6~',
  home: '\x1b[H',
  end: '\x1b[F',
  enter: '\r',
  escape: '\x1b',
} as const;

/** Paths of records that are told apart by their number. */
export function numbered(from: number, to: number): string[] {
  return Array.from({ length: to - from + 1 }, (_, index) => `/${from + index}`);
}

/** A screen, and a terminal that shows what it writes. */
export function seenScreen(options: Partial<ScreenOptions> = {}) {
  const screen = new Screen({ columns: 60, rows: 6, colours: false, hasKeys: true, ...options });
  let rows: string[] = [];
  let cursor = 0;
  return {
    screen,
    /** Exchanges with these paths. */
    add: (...paths: readonly string[]) => {
      for (const path of paths) screen.add(exchange({ 'url.path': path, 'http.route': undefined }));
    },
    type: (text: string) => readKeys(text).map((key) => screen.press(key)),
    /** All rows after a drawing, without blanks at their ends. */
    see: (summary = SUMMARY): readonly string[] => {
      for (const [part, row] of screen.draw(summary).replaceAll('\u001b', 'ESC').matchAll(PARTS)) {
        if (part === 'ESC[2J') rows = [];
        else if (row === undefined) rows[cursor] = part.trimEnd();
        else {
          cursor = Number(row) - 1;
          rows[cursor] = '';
        }
      }
      return [...rows];
    },
    /** What the last column shows of the rows between the titles and the summary. */
    paths(): readonly string[] {
      return this.see()
        .slice(1, -1)
        .filter((row) => row !== '')
        .map((row) => row.split(' ').at(-1) ?? '');
    },
    bottom(): string {
      return this.see().at(-1) ?? '';
    },
  };
}
