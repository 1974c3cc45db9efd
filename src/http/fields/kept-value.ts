// Not the global one, which is a getter.
import { Buffer } from 'node:buffer';
import type { FieldDefinition, FieldType } from '../../fields/definition.ts';
import type { KeptValue } from './exchange-fields.ts';

/**
 * Characters of a text that are kept: masking looks at 2,048, and one more shows that there were more. What is cut to
 * its visible length before it is masked would show the first half of a secret.
 */
const MAX_KEPT = 2049;
/** Texts of a list that are kept. */
const MAX_ITEMS = 16;

/** @returns `undefined` where the field cannot have the value */
export function keptValue(field: FieldDefinition, value: unknown): KeptValue | undefined {
  const type = typeOf(value);
  if (type === undefined) return undefined;
  const expected = field.type ?? field.firstType;
  if (expected === undefined) field.firstType = type;
  else if (type !== expected) return undefined;
  if (typeof value === 'string') return value.length > MAX_KEPT ? keptText(value) : value;
  return Array.isArray(value) ? keptTexts(value) : (value as number | boolean);
}

export function keptText(text: string): string {
  if (text.length <= MAX_KEPT) return text;
  // A slice alone would keep the whole text in memory. UTF-16, which leaves half of a surrogate pair as it is.
  return Buffer.from(text.slice(0, MAX_KEPT), 'utf16le').toString('utf16le');
}

/** A copy: the application may change its own. One text more than is written shows that there were more. */
function keptTexts(texts: readonly string[]): readonly string[] {
  return Object.freeze(texts.slice(0, MAX_ITEMS + 1).map(keptText));
}

function typeOf(value: unknown): FieldType | undefined {
  switch (typeof value) {
    case 'string':
      return 'string';
    case 'number':
      return Number.isFinite(value) ? 'number' : undefined;
    case 'boolean':
      return 'boolean';
    default:
      return Array.isArray(value) && value.every((item) => typeof item === 'string') ? 'string[]' : undefined;
  }
}
