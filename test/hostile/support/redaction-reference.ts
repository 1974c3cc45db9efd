// What redaction is to do, said slowly: text by text and rule by rule, with regular expressions and copies.
import {
  CREDENTIAL_ENDINGS,
  CREDENTIAL_NAMES,
  CREDENTIAL_PARTS,
} from '../../../src/record/redact/credential-words.ts';

const MAX_LENGTH = 2048;
const MAX_LOOKS = 512;
const MAX_CREDENTIALS = 32;
const MAX_NAME_IN_VALUE = 64;

/** Parts of a name are separated by `|`; what is in no word is `0`. */
const PART_PATTERNS = [...CREDENTIAL_PARTS, ...CREDENTIAL_ENDINGS].map(
  (word) => new RegExp(`(?:^|\\|)${[...word].join('\\|*')}(?:\\||$)`),
);
const ENDING_PATTERNS = CREDENTIAL_ENDINGS.map((word) => new RegExp(`${word}(?:\\||$)`));

function referenceDecode(text: string): string {
  const decoded = text.replace(/%([0-9a-f]{2})/gi, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return decoded === text ? text : referenceDecode(decoded);
}

/** @param separators of parameters: `&` in a query, `/&` in a path */
export function referenceRedact(whole: string, separators: string): string {
  const text = whole.slice(0, MAX_LENGTH);
  let redacted = '';
  let isInValue = false;
  let looks = 0;
  let credentials = 0;
  for (const piece of text.split(new RegExp(`(?<=[${separators};?])`))) {
    const content = piece.replace(new RegExp(`[${separators};?]$`), '');
    const separator = piece.slice(content.length);
    const endsParameter = separator === '' || separators.includes(separator);
    if (!isInValue) {
      looks += 1 + referenceDecode(content).split('=').length - 1;
      if (piece !== '' && looks > MAX_LOOKS) return `${redacted}REDACTED`;
      const shown = shownOf(content);
      isInValue = shown !== undefined && !(endsParameter && shown === content);
      redacted += isInValue ? `${shown}REDACTED` : content;
      if (isInValue && ++credentials === MAX_CREDENTIALS) return redacted;
    }
    if (!isInValue || endsParameter) redacted += separator;
    if (endsParameter) isInValue = false;
  }
  return redacted;
}

/** What may be shown of a piece that holds a credential; `undefined` where it holds none. */
function shownOf(piece: string): string | undefined {
  const mayHoldJson = /["']/.test(referenceDecode(piece));
  const holdsInJson = (decoded: string): boolean => mayHoldJson && holdsName(referenceJsonNames(decoded));
  const holdsCredential = (decoded: string): boolean => holdsName(decoded) || holdsInJson(decoded);
  const equals = piece.indexOf('=');
  if (equals === -1) return holdsCredential(referenceDecode(piece)) ? '' : undefined;
  const name = referenceDecode(piece.slice(0, equals));
  if (holdsCredential(name)) return '';
  const value = referenceDecode(piece.slice(equals + 1));
  const isInValue = holdsName(`${name}=`) || holdsName(`=${value}`) || holdsInJson(value);
  return isInValue ? piece.slice(0, equals + 1) : undefined;
}

/** The names of JSON as those of a query. */
function referenceJsonNames(decoded: string): string {
  return decoded
    .replace(/\\+(?:u([0-9a-fA-F]{4})|([bfnrt])|)/g, (_, hex?: string, space?: string) => {
      if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16));
      return space === undefined ? '' : ' ';
    })
    .replace(/["'](?:["']|[^!-*,-\uffff])*(?=:)/g, (quotes) => `=${quotes.slice(1)}`)
    .replace(/:(?=[^!-*,-\uffff]*["'])/g, '=')
    .replace(/["'{(,]/g, '&');
}

function holdsName(decoded: string): boolean {
  const pieces = decoded.split(/(?<=[=&;?#])/);
  return pieces.some((piece, index) => {
    const name = piece.slice(0, -1);
    const isAfterName = pieces[index - 1]?.endsWith('=') === true;
    if (!piece.endsWith('=') || (isAfterName && name.length > MAX_NAME_IN_VALUE)) return false;
    return referenceIsCredentialName(name);
  });
}

export function referenceIsCredentialName(name: string): boolean {
  const parts = name
    .replace(/([[.])[0-9]+/g, '$1')
    .replace(/[^a-zA-Z0-9\u00c3-\u00c9]/g, '|')
    .replace(/(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[a-z])|(?=[A-Z][a-z])/g, '|')
    .replace(/[0-9]+/g, '|0|')
    .replace(/[\u00c3-\u00c9]/g, '0')
    .toLowerCase();
  return (
    CREDENTIAL_NAMES.includes(parts.replaceAll('|', '')) ||
    PART_PATTERNS.some((pattern) => pattern.test(parts)) ||
    ENDING_PATTERNS.some((pattern) => pattern.test(parts))
  );
}
