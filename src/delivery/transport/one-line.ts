import { MAX_UNKNOWN_LENGTH, type Secrets } from './credentials/secrets.ts';

const MAX_LENGTH = 300;
/** Characters that are read at the beginning and at the end of a text: a body may be long. */
const MAX_LOOKED_AT = 4096;
const CUT = ' … ';
/** Characters that a cut keeps: the subject is at the beginning of a message, and the reason often at its end. */
const BEGINNING = 120;
const END = MAX_LENGTH - BEGINNING - CUT.length;

/**
 * A text of the receiver or of the system as one line of at most 300 characters, without secrets. A longer one becomes
 * `beginning … end`.
 */
export function oneLine(text: string, secrets: Secrets): string {
  if (text.length <= 2 * MAX_LOOKED_AT) {
    const line = onOneLine(secrets.hide(text));
    const isCut = line.length > MAX_LENGTH;
    return (isCut ? line.slice(0, BEGINNING) + CUT + line.slice(-END) : line).toWellFormed();
  }
  const beginning = secrets.hide(text.slice(0, MAX_LOOKED_AT)).slice(0, -MAX_UNKNOWN_LENGTH);
  const end = secrets.hide(text.slice(-MAX_LOOKED_AT)).slice(MAX_UNKNOWN_LENGTH);
  const line = onOneLine(beginning).slice(0, BEGINNING) + CUT + onOneLine(end).slice(-END);
  return line.toWellFormed();
}

function onOneLine(text: string): string {
  return text.replaceAll(/[\s\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ').trim();
}
