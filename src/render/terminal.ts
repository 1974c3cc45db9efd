import { styleText } from 'node:util';

/** What a text stands for, not how it looks: the looks are in one table here. */
export type Tone =
  | 'success'
  | 'redirect'
  | 'warning'
  | 'error'
  | 'fatal'
  | 'accent'
  | 'faint'
  | 'marked'
  | 'plain';

/** The tone of a status code; no status at all is a failure. */
export function toneOf(status: number | undefined): Tone {
  if (status === undefined || status >= 500) return 'error';
  if (status >= 400) return 'warning';
  return status >= 300 ? 'redirect' : 'success';
}

const STYLES: Readonly<Record<Exclude<Tone, 'plain'>, Parameters<typeof styleText>[0]>> = {
  success: 'green',
  redirect: 'cyan',
  warning: 'yellow',
  error: 'red',
  fatal: ['bold', 'red'],
  accent: 'bold',
  faint: 'gray',
  marked: 'inverse',
};

export type Paint = (tone: Tone, text: string) => string;

/** Colours by `util.styleText` where `colours` is true, the text as it is where not. */
export function createPaint(colours: boolean): Paint {
  if (!colours) return (_tone, text) => text;
  return (tone, text) => (tone === 'plain' ? text : styleText(STYLES[tone], text, { validateStream: false }));
}

/** Node's own decision for a stream: a terminal that has colours, `NO_COLOR`, `FORCE_COLOR`, `TERM`. */
export function wantsColours(stream: NodeJS.WritableStream): boolean {
  return styleText('red', 'x', { stream }) !== 'x';
}

/**
 * The text with everything that a terminal may obey instead of show written as an escape (`\x1b`, `\u{202e}`):
 * control characters, format characters (direction overrides, zero width), line separators, lone surrogates.
 * Record texts come from traffic; each of them passes here before it is printed.
 */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, (character) => {
    const hex = (character.codePointAt(0) ?? 0).toString(16);
    return hex.length <= 2 ? `\\x${hex.padStart(2, '0')}` : `\\u{${hex}}`;
  });
}

/** As {@link shorten}, for what is kept: a copy, since a slice holds all of the text in memory. */
export function shortCopy(text: string, length: number): string {
  return text.length <= length ? text : Buffer.from(shorten(text, length)).toString();
}

/** At most `length` characters, the last of them `…` where something is missing. */
export function shorten(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}
