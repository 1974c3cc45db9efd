/** C0, DEL, C1, and the two line breaks beyond ASCII: what could end a line or steer a terminal. */
const CONTROL = /[\p{Cc}\p{Zl}\p{Zp}]/gu;
const CONTROL_OR_BACKSLASH = /[\p{Cc}\p{Zl}\p{Zp}\\]/gu;
/** What nearly every line consists of; far quicker to test than to look for what is not in it. */
const PRINTABLE_ASCII = /^[ -~]*$/;
const WITHOUT_BACKSLASH = /^[ -[\]-~]*$/;

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

/** Makes one readable line of any text: `\n`, `\x1b`, `\u2028`; a backslash is doubled, so that none can be forged. */
export function escapeControls(text: string): string {
  if (WITHOUT_BACKSLASH.test(text)) return text;
  return text.replace(CONTROL_OR_BACKSLASH, (char) => SHORT_ESCAPES.get(char) ?? escapeCode(char));
}

/** JSON on one line, also for readers that break lines at C1 controls, U+2028 and U+2029. */
export function escapeJson(value: unknown): string {
  const json = JSON.stringify(value);
  return PRINTABLE_ASCII.test(json)
    ? json
    : json.replace(CONTROL, (char) => `\\u${hex(char.charCodeAt(0), 4)}`);
}

/**
 * Escapes as Apache does in its logs: `\"`, `\\`, `\n`, and `\xhh` for every byte that is not printable ASCII. Node
 * gives one character for each byte of a header; characters beyond that are taken as UTF-8.
 */
export function escapeAsApache(text: string): string {
  return text.replace(APACHE_ESCAPED, (char) => {
    const short = char === '"' ? '\\"' : SHORT_ESCAPES.get(char);
    if (short !== undefined) return short;
    const bytes = Buffer.from(char, char > '\u00ff' ? 'utf8' : 'latin1');
    return Array.from(bytes, (byte) => `\\x${hex(byte, 2)}`).join('');
  });
}

function escapeCode(char: string): string {
  const code = char.charCodeAt(0);
  return code > 0xff ? `\\u${hex(code, 4)}` : `\\x${hex(code, 2)}`;
}

function hex(code: number, digits: number): string {
  return code.toString(16).padStart(digits, '0');
}
