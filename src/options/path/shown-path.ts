import { showGiven } from '../options-error.ts';

const MAX_LENGTH = 255;

/** Begins like a path of some system. */
const ROOTED = /^(?:[/\\]|\.{0,2}[/\\]|~|[a-z]:[\\/])/i;
/** Ends like the name of a file; a word alone may be a token. */
const FILE_NAME = /^[^\s:,;]+\.[a-z]{1,6}$/i;
/** PEM, `name=value`, a JSON Web Token. */
const CONTENT = /[\p{Cc}=]|-----|^eyJ/u;

/**
 * Is it the path of a file? Instead of a path some users give the contents of the file: a key, a header, a token. Only
 * what certainly is a path is shown.
 */
function looksLikePath(text: string): boolean {
  if (text.length > MAX_LENGTH || CONTENT.test(text)) return false;
  return ROOTED.test(text) || FILE_NAME.test(text);
}

/** The path of a file for a table; a text that may be contents is not shown. */
export function showPath(text: string): string {
  return looksLikePath(text) ? text : '(not shown, since it may not be a path)';
}

/** The path of a file for a sentence about what was given; a text that may be contents is not shown. */
export function showGivenPath(text: string): string {
  return looksLikePath(text) ? showGiven(text) : 'something that is not shown (it may not be a path)';
}
