const NO_DIGIT = 0xff;
/** What a byte is worth as a hexadecimal digit; 255 for what is none. */
export const HEX_DIGITS: Uint8Array = hexDigitsOfBytes();

/**
 * Appends a character to decoded ones and undoes the percent-encoding that it completes, byte by byte and however
 * often it was done: `%2574` and `%%374` become `t`. What is no encoding stands for itself.
 *
 * @param digits `HEX_DIGITS`, which a loop reads once
 * @returns the new length, at most one more
 */
export function appendDecoded(
  chars: Uint16Array,
  length: number,
  character: number,
  digits: Uint8Array,
): number {
  const percent = 0x25;
  const noDigit = 0xff;
  let code = character;
  let at = length;
  // What an encoding stands for may be the second digit of another one.
  while (at > 1 && chars[at - 2] === percent) {
    const low = digits[code] ?? noDigit;
    if (low === noDigit) break;
    const high = digits[chars[at - 1] ?? 0] ?? noDigit;
    if (high === noDigit) break;
    at -= 2;
    code = high * 16 + low;
  }
  chars[at] = code;
  return at + 1;
}

function hexDigitsOfBytes(): Uint8Array {
  const digits = new Uint8Array(256).fill(NO_DIGIT);
  for (let value = 0; value < 16; value++) {
    const digit = value.toString(16);
    digits[digit.charCodeAt(0)] = value;
    digits[digit.toUpperCase().charCodeAt(0)] = value;
  }
  return digits;
}
