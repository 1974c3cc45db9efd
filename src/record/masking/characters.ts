/** What a character can be a part of, as bits. */
export const LETTER_OR_DIGIT = 1;
export const DIGIT = 2;
/** RFC 4648 section 5: what a JSON Web Token and most keys consist of. */
export const BASE64URL = 4;
/** RFC 9110 section 11.2, `token68`: credentials of `Bearer` and `Basic`. */
export const TOKEN68 = 8;
/** Part of an address before its `@`, as far as mailboxes are written in practice. */
export const LOCAL_PART = 16;
export const DOMAIN = 32;
/** What people write between the groups of a number; `+` is a space in a query. */
export const SEPARATOR = 64;
/** Needs no percent-encoding (RFC 3986 section 2.3), so that an encoded one is looked at closely. */
export const UNRESERVED = 128;

/** No ASCII character, or one that no detector distinguishes. */
export const OTHER = 0x80;

/** The bits of each code that a window holds. */
export const CHARACTERS: Uint8Array = charactersOf([
  ['0123456789', LETTER_OR_DIGIT | DIGIT | BASE64URL | TOKEN68 | LOCAL_PART | DOMAIN | UNRESERVED],
  [
    'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz',
    LETTER_OR_DIGIT | BASE64URL | TOKEN68 | LOCAL_PART | DOMAIN | UNRESERVED,
  ],
  ['-', BASE64URL | TOKEN68 | LOCAL_PART | DOMAIN | SEPARATOR | UNRESERVED],
  ['_', BASE64URL | TOKEN68 | LOCAL_PART | UNRESERVED],
  ['.', TOKEN68 | LOCAL_PART | DOMAIN | UNRESERVED],
  ['~', TOKEN68 | UNRESERVED],
  ['+', TOKEN68 | LOCAL_PART | SEPARATOR],
  ['/=', TOKEN68],
  ["%'", LOCAL_PART],
  [' ', SEPARATOR],
]);

function charactersOf(rows: readonly (readonly [characters: string, bits: number])[]): Uint8Array {
  const table = new Uint8Array(256);
  for (const [characters, bits] of rows)
    for (const character of characters) table[character.charCodeAt(0)] = bits;
  return table;
}
