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
    // Cut first: masking costs as much as there is to mask, and a name always stands before its value.
    if (value.length > CAPS.headerValue) writer.cut(attribute);
    const masked = masking.header(name, value.slice(0, CAPS.headerValue), isSensitivePath);
    if (masked !== undefined) shown.push(masked);
  }
  if (values.length > first.length) writer.cut(attribute);
  writer.addTexts(attribute, shown, CAPS.headerValue, CAPS.headerValues);
}
