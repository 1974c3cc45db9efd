import type { Attributes } from '@opentelemetry/api';
import { showGiven } from '../options-error.ts';

/** Longest key and value that the SDK takes, in UTF-16 code units. */
const MAX_LENGTH = 255;

/** What a list holds. */
export interface AttributeList {
  /** None where there is a mistake in it. */
  readonly attributes: Attributes;
  readonly mistake: { readonly expected: string; readonly given: string } | undefined;
}

/** Parses a list of resource attributes: key=value pairs, as `OTEL_RESOURCE_ATTRIBUTES` has them. */
export function parseAttributeList(text: string): AttributeList {
  const attributes: Attributes = {};
  for (const entry of text.split(',')) {
    if (entry.trim() === '') continue;
    const pair = parseEntry(entry);
    if (pair === undefined) {
      const expected = 'key=value pairs with "," "=" and "%" percent-encoded in them';
      // Only the name: the value may be a secret.
      return {
        attributes: {},
        mistake: { expected, given: `${showGiven(entry.split('=', 1)[0]?.trim())}=…` },
      };
    }
    attributes[pair[0]] = pair[1];
  }
  return { attributes, mistake: undefined };
}

/** `,` and `=` have to be percent-encoded in keys and values. */
function parseEntry(entry: string): [key: string, value: string] | undefined {
  const [key = '', value, ...more] = entry.split('=');
  if (key.trim() === '' || value === undefined || more.length > 0) return undefined;
  try {
    const pair: [string, string] = [decodeURIComponent(key.trim()), decodeURIComponent(value.trim())];
    return pair.every(({ length }) => length <= MAX_LENGTH) ? pair : undefined;
  } catch {
    return undefined;
  }
}
