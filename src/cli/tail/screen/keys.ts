/** A key press: a character, or one of the keys that mean something here. */
export type Key =
  | { readonly kind: 'character'; readonly character: string }
  | { readonly kind: 'enter' | 'escape' | 'backspace' | 'erase' | 'interrupt' | 'redraw' | Move };

export type Move = 'up' | 'down' | 'left' | 'right' | 'pageUp' | 'pageDown' | 'home' | 'end';

const NAMED: Readonly<Record<string, Exclude<Key['kind'], 'character'>>> = {
  '\r': 'enter',
  '\n': 'enter',
  '\x1b': 'escape',
  '\x7f': 'backspace',
  '\b': 'backspace',
  // Ctrl-U, Ctrl-C, Ctrl-D
  '\x15': 'erase',
  '\x03': 'interrupt',
  '\x04': 'interrupt',
  // Ctrl-L
  '\x0c': 'redraw',
  // Cursor keys in both of their modes, and what terminals send for Home and End.
  '\x1b[A': 'up',
  '\x1bOA': 'up',
  '\x1b[B': 'down',
  '\x1bOB': 'down',
  '\x1b[C': 'right',
  '\x1bOC': 'right',
  '\x1b[D': 'left',
  '\x1bOD': 'left',
  '\x1b[5~': 'pageUp',
  '\x1b[6~': 'pageDown',
  '\x1b[H': 'home',
  '\x1bOH': 'home',
  '\x1b[1~': 'home',
  '\x1b[F': 'end',
  '\x1bOF': 'end',
  '\x1b[4~': 'end',
};

/** Arrow and function keys, Alt with a character: an escape that something follows at once. */
const SEQUENCE = String.raw`\u001b(?:\[[0-?]*[ -/]*[@-~]|O.|[^\u001b])`;
const KEYS = new RegExp(`${SEQUENCE}|.`, 'gsu');

/** What a terminal in raw mode sent, as keys; what means nothing here is left out. */
export function readKeys(chunk: string): Key[] {
  const keys: Key[] = [];
  for (const [text] of chunk.matchAll(KEYS)) {
    const kind = Object.hasOwn(NAMED, text) ? NAMED[text] : undefined;
    if (kind !== undefined) keys.push({ kind });
    else if (!/\p{C}/u.test(text)) keys.push({ kind: 'character', character: text });
  }
  return keys;
}
