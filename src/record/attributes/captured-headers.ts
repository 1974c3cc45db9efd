import type { Masking } from '../masking/masking.ts';
import type { RecordWriter } from '../record-writer.ts';
import { CAPS } from './caps.ts';

/** Writes the values of one allow-listed header, masked, as `prefix` and the header's lower-case name. */
export function addHeader(
  writer: RecordWriter,
  prefix: string,
  name: string,
  values: readonly string[],
  masking: Masking,
  isSensitivePath: (path: string) => boolean,
): void {
  if (values.length === 0) return;
  const attribute = prefix + name;
  const shown: string[] = [];
  const first = values.slice(0, CAPS.headerValues);
  for (const value of first) {
    // Masked before it is cut: half of a card number is no card number any more. Masking has a window of its own.
    if (value.length > CAPS.headerValue) writer.cut(attribute);
    const masked = masking.header(name, value, isSensitivePath);
    if (masked !== undefined) shown.push(masked);
  }
  if (values.length > first.length) writer.cut(attribute);
  writer.addTexts(attribute, shown, CAPS.headerValue, CAPS.headerValues);
}
