import { isUtf8 } from 'node:buffer';

/**
 * What could end a line, steer a terminal, change the order in which a text is shown, or is not seen at all: controls,
 * line breaks and blanks beyond ASCII, format characters, and what Unicode has renderers ignore.
 */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{DI}\xa0\u1680\u2000-\u200a\u202f\u205f\u3000]/gu;
/** What nearly every text consists of, and needs no escape in JSON. */
const PLAIN_JSON = /^[ !#-[\]-~]*$/;

/** What RFC 3986 (section 2) has in a URI, apart from the percent sign, and from `=`, of which logfmt makes a pair. */
const LINE_CHARACTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~:/?#[]@!$&'()*+,;";
/** 1 for each of them, by its code. */
export const IS_LINE_CHARACTER: Uint8Array = new Uint8Array(256);
for (const char of LINE_CHARACTERS) IS_LINE_CHARACTER[char.charCodeAt(0)] = 1;

const ONLY_LINE_CHARACTERS = /^[\w\-.~:/?#[\]@!$&'()*+,;]*(?:%[\dA-Fa-f]{2}[\w\-.~:/?#[\]@!$&'()*+,;]*)*$/;
/** Bytes of the wire, one character each, and not all of them ASCII. */
const SENT_BYTES = /^[\0-\x7f]*[\x80-\xff][\0-\xff]*$/;

const PERCENT = 0x25;
const HEX_DIGITS = Buffer.from('0123456789ABCDEF');
/** 1 for each hexadecimal digit, by its code. */
const IS_HEX_DIGIT = new Uint8Array(256);
for (const char of '0123456789ABCDEFabcdef') IS_HEX_DIGIT[char.charCodeAt(0)] = 1;

/** What both Apache and nginx escape: all but printable ASCII, and quote and backslash. */
const COMBINED_ESCAPED = /[^ !#-[\]-~]/gu;
/** The same, and the blank; for words that are to be no pair of logfmt, `=` too. */
const PAIRS_ESCAPED = /[^!#-[\]-~]/gu;
const WORD_ESCAPED = /[^!#-<>-[\]-~]/gu;
const PLAIN_PAIRS = /^[!#-[\]-~]*$/;
const PLAIN_WORD = /^[!#-<>-[\]-~]*$/;

const SHORT_ESCAPES: ReadonlyMap<string, string> = new Map([
  ['\b', '\\b'],
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
  ['\v', '\\v'],
]);

/**
 * Percent-encodes all that RFC 3986 does not allow in a request target: blanks and controls, `{ } " < > \ ^ | \``, what
 * is not ASCII, and a percent sign that encodes nothing; and `=`. What is encoded already stays. So no text of a client
 * ends a line, separates its fields, or is taken for JSON or logfmt by what looks for that in lines.
 */
export function encodeTarget(text: string): string {
  if (ONLY_LINE_CHARACTERS.test(text)) return text;
  const bytes = bytesOf(text);
  const encoded = Buffer.allocUnsafe(bytes.length * '%00'.length);
  let size = 0;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] ?? 0;
    if (IS_LINE_CHARACTER[byte] === 1 || (byte === PERCENT && isEncoded(bytes, at))) {
      encoded[size++] = byte;
    } else {
      encoded[size++] = PERCENT;
      encoded[size++] = HEX_DIGITS[byte >> 4] ?? 0;
      encoded[size++] = HEX_DIGITS[byte & 0xf] ?? 0;
    }
  }
  return encoded.toString('latin1', 0, size);
}

/** UTF-8: what was sent, of which Node makes one character for each byte; for any other text that of its characters. */
function bytesOf(text: string): Buffer {
  if (SENT_BYTES.test(text)) {
    const sent = Buffer.from(text, 'latin1');
    if (isUtf8(sent)) return sent;
  }
  return Buffer.from(text);
}

/** Whether two hexadecimal digits follow. */
function isEncoded(bytes: Buffer, at: number): boolean {
  return IS_HEX_DIGIT[bytes[at + 1] ?? 0] === 1 && IS_HEX_DIGIT[bytes[at + 2] ?? 0] === 1;
}

/**
 * A JSON string of what is seen alone: all else is escaped, and `=` behind a blank too. Readers of JSON get the text as it
 * was; one that looks for pairs of logfmt in the line finds none.
 */
export function jsonString(text: string): string {
  if (PLAIN_JSON.test(text)) return `"${hasPair(text) ? text.replaceAll('=', '\\u003d') : text}"`;
  const json = JSON.stringify(text).replace(UNSEEN, escapedUnits);
  return hasPair(json) ? json.replaceAll('=', '\\u003d') : json;
}

/** Of a character beyond the Basic Multilingual Plane both halves. */
function escapedUnits(char: string): string {
  let escaped = '';
  for (let at = 0; at < char.length; at++) escaped += `\\u${hex(char.charCodeAt(at), 4)}`;
  return escaped;
}

/** Whether logfmt could read a pair in the text: that begins behind a blank. */
function hasPair(text: string): boolean {
  const blank = text.indexOf(' ');
  return blank !== -1 && text.includes('=', blank);
}

/**
 * Escapes for a value in quotes: `\n` and the like as Apache does, `\xhh` for every other byte that is not printable
 * ASCII. Quote and backslash are `\x22` and `\x5c`, as nginx writes them: of Apache's `\"` and `\\` a reader that knows
 * no escapes makes the end of the value. Where a blank precedes, `=` is `\x3d`: else logfmt would read a pair.
 *
 * Node gives one character for each byte of a header; characters beyond that are taken as UTF-8.
 */
export function escapeQuoted(text: string): string {
  // Testing a text is far quicker than replacing nothing in it.
  const escaped = PLAIN_JSON.test(text) ? text : text.replace(COMBINED_ESCAPED, escapedBytes);
  return hasPair(escaped) ? escaped.replaceAll('=', '\\x3d') : escaped;
}

/** The same for a word that stands between blanks: it has none itself, and no `=`. */
export function escapeWord(text: string): string {
  return PLAIN_WORD.test(text) ? text : text.replace(WORD_ESCAPED, escapedBytes);
}

/** The same for a word in which `=` stays. */
export function escapePairs(text: string): string {
  return PLAIN_PAIRS.test(text) ? text : text.replace(PAIRS_ESCAPED, escapedBytes);
}

function escapedBytes(char: string): string {
  const short = SHORT_ESCAPES.get(char);
  if (short !== undefined) return short;
  const bytes = Buffer.from(char, char > '\u00ff' ? 'utf8' : 'latin1');
  return Array.from(bytes, (byte) => `\\x${hex(byte, 2)}`).join('');
}

function hex(code: number, digits: number): string {
  return code.toString(16).padStart(digits, '0');
}
