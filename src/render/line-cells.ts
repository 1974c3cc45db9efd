import { type Paint, printable, shortCopy, type Tone } from './terminal.ts';

/** A text and what it stands for; its text holds nothing that a terminal would obey. */
export interface Cell {
  readonly tone: Tone;
  readonly text: string;
}

/** A line before it is painted, so that it can be cut, searched and marked by what is seen of it. */
export type Line = readonly Cell[];

/** A cell for text from traffic: printable, and of at most `length` characters (before escapes). May be kept. */
export function cell(tone: Tone, text: string, length: number = Number.POSITIVE_INFINITY): Cell {
  return { tone, text: printable(shortCopy(text, length)) };
}

export function plainText(line: Line): string {
  return line.map(({ text }) => text).join('');
}

/** The line in colours, with every occurrence of `marked` (given in lower case, compared case-insensitively) marked. */
export function paintLine(line: Line, paint: Paint, marked = ''): string {
  const ranges = marked === '' ? [] : occurrences(plainText(line).toLowerCase(), marked);
  const show = (tone: Tone, text: string): string => (text === '' ? '' : paint(tone, text));
  let offset = 0;
  let painted = '';
  for (const { tone, text } of line) {
    let at = 0;
    for (const [from, to] of ranges) {
      const start = Math.max(at, from - offset);
      const end = Math.min(text.length, to - offset);
      if (start >= end) continue;
      painted += show(tone, text.slice(at, start)) + paint('marked', text.slice(start, end));
      at = end;
    }
    painted += show(tone, text.slice(at));
    offset += text.length;
  }
  return painted;
}

function occurrences(text: string, wanted: string): [from: number, to: number][] {
  const ranges: [number, number][] = [];
  for (let at = text.indexOf(wanted); at >= 0; at = text.indexOf(wanted, at + wanted.length)) {
    ranges.push([at, at + wanted.length]);
  }
  return ranges;
}

/** As much of the line as `columns` hold, the last of it `…` where something is missing. */
export function fit(line: Line, columns: number): Line {
  if (displayWidth(plainText(line)) <= columns) return line;
  const kept: Cell[] = [];
  let left = columns - 1;
  for (const { tone, text } of line) {
    const width = displayWidth(text);
    if (width <= left) {
      kept.push({ tone, text });
      left -= width;
      continue;
    }
    let part = '';
    for (const character of text) {
      left -= displayWidth(character);
      if (left < 0) break;
      part += character;
    }
    return [...kept, { tone, text: `${part}…` }];
  }
  return kept;
}

/** The line on as many lines as it needs in so many columns. */
export function wrap(line: Line, columns: number): Line[] {
  const lines: Cell[][] = [[]];
  let left = columns;
  for (const { tone, text } of line) {
    let part = '';
    const endPart = (): void => {
      if (part !== '') lines.at(-1)?.push({ tone, text: part });
      part = '';
    };
    for (const character of text) {
      const width = displayWidth(character);
      if (width > left) {
        endPart();
        lines.push([]);
        left = columns;
      }
      part += character;
      left -= width;
    }
    endPart();
  }
  return lines;
}

const ASCII = /^[\x20-\x7e]*$/;
const WIDE =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Emoji_Presentation}\u3000-\u303f\uff01-\uff60\uffe0-\uffe6]/u;
const COMBINING = /\p{M}/u;

/** Columns that a terminal needs for a printable text, as most of them count. */
export function displayWidth(text: string): number {
  if (ASCII.test(text)) return text.length;
  let width = 0;
  for (const character of text) width += COMBINING.test(character) ? 0 : WIDE.test(character) ? 2 : 1;
  return width;
}

/** Spaces after the text up to so many columns. */
export function padEnd(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - displayWidth(text)));
}
