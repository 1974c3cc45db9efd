import { MAX_UNKNOWN_LENGTH, type Secrets } from './secrets.ts';

const MAX_LENGTH = 300;
/** Characters that are looked at: a body may be long. */
const MAX_LOOKED_AT = 4096;

/** The words of a receiver or of the system, on one line, of at most 300 characters, without secrets. */
export function oneLine(text: string, secrets: Secrets): string {
  const known = secrets.hide(text.slice(0, MAX_LOOKED_AT));
  const told = text.length > MAX_LOOKED_AT ? known.slice(0, -MAX_UNKNOWN_LENGTH) : known;
  const line = told.replaceAll(/[\s\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ').trim();
  return (line.length > MAX_LENGTH ? `${line.slice(0, MAX_LENGTH - 1)}…` : line).toWellFormed();
}
