import { isUtf8 } from 'node:buffer';

/** C0, DEL, C1, and the two line breaks beyond ASCII: what could end a line or steer a terminal. */
const CONTROL = /[\p{Cc}\p{Zl}\p{Zp}]/gu;
/** What nearly every text consists of, and needs no escape in JSON. */
const PLAIN_JSON = /^[ !#-[\]-~]*$/;

/** What RFC 3986 (section 2) has in a URI, apart from the percent sign. */
const URI_CHARACTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~:/?#[]@!$&'()*+,;=";
/** 1 for each of them, by its code. */
export const IS_URI_CHARACTER: Uint8Array = new Uint8Array(256);
for (const char of URI_CHARACTERS) IS_URI_CHARACTER[char.charCodeAt(0)] = 1;

const ONLY_URI_CHARACTERS = /^[\w\-.~:/?#[\]@!$&'()*+,;=]*(?:%[\dA-Fa-f]{2}[\w\-.~:/?#[\]@!$&'()*+,;=]*)*$/;
/** Bytes of the wire, one character each, and not all of them ASCII. */
const SENT_BYTES = /^[\0-\x7f]*[\x80-\xff][\0-\xff]*$/;

const PERCENT = 0x25;
const HEX_DIGITS = Buffer.from('0123456789ABCDEF');
/** 1 for each hexadecimal digit, by its code. */
const IS_HEX_DIGIT = new Uint8Array(256);
for (const char of '0123456789ABCDEFabcdef') IS_HEX_DIGIT[char.charCodeAt(0)] = 1;

/** What Apache's `ap_escape_logitem` escapes: all but printable ASCII, and quote and backslash. */
const APACHE_ESCAPED = /[^ !#-[\]-~]/gu;

const SHORT_ESCAPES: ReadonlyMap<string, string> = new Map([
  ['\\', '\\\\'],
  ['\b', '\\b'],
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
  ['\v', '\\v'],
]);

/**
 * Percent-encodes all that RFC 3986 does not allow in a request target: blanks and controls, `{ } " < > \ ^ | \``, what
 * is not ASCII, and a percent sign that encodes nothing. What is encoded already stays. So no text of a client ends a
 * line, separates its fields, or is taken for JSON by what looks for that in lines.
 */
export function encodeTarget(text: string): string {
  if (ONLY_URI_CHARACTERS.test(text)) return text;
  const bytes = bytesOf(text);
  const encoded = Buffer.allocUnsafe(bytes.length * '%00'.length);
  let size = 0;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] ?? 0;
    if (IS_URI_CHARACTER[byte] === 1 || (byte === PERCENT && isEncoded(bytes, at))) {
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

/** A JSON string on one line, also for readers that break lines at C1 controls, U+2028 and U+2029. */
export function jsonString(text: string): string {
  if (PLAIN_JSON.test(text)) return `"${text}"`;
  return JSON.stringify(text).replace(CONTROL, (char) => `\\u${hex(char.charCodeAt(0), 4)}`);
}

/**
 * Escapes as Apache does in its logs: `\"`, `\\`, `\n`, and `\xhh` for every byte that is not printable ASCII. Node
 * gives one character for each byte of a header; characters beyond that are taken as UTF-8.
 */
export function escapeAsApache(text: string): string {
  // The same characters are plain in both; testing a text is far quicker than replacing nothing in it.
  if (PLAIN_JSON.test(text)) return text;
  return text.replace(APACHE_ESCAPED, (char) => {
    const short = char === '"' ? '\\"' : SHORT_ESCAPES.get(char);
    if (short !== undefined) return short;
    const bytes = Buffer.from(char, char > '\u00ff' ? 'utf8' : 'latin1');
    return Array.from(bytes, (byte) => `\\x${hex(byte, 2)}`).join('');
  });
}

function hex(code: number, digits: number): string {
  return code.toString(16).padStart(digits, '0');
}
