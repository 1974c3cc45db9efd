import type { Attributes } from '@opentelemetry/api';
import { misread } from './environment.ts';
import { showGiven } from './options-error.ts';

const SERVICE_NAME = 'service.name';

/** Longest key and value that the SDK takes, in UTF-16 code units. */
const MAX_LENGTH = 255;

const ATTRIBUTES_VARIABLE = 'OTEL_RESOURCE_ATTRIBUTES';

/** `service.name` where it is not specified begins with this (semantic conventions, `service.name`). */
export const UNKNOWN_SERVICE = 'unknown_service';

/** The resource attributes of the standard variables. */
export interface ResourceEnvironment {
  /** The attributes that are set, without defaults. */
  readonly attributes: Attributes;
  /** Why `OTEL_RESOURCE_ATTRIBUTES` was discarded; `undefined` where it was not. One line. */
  readonly warning: string | undefined;
}

/**
 * Reads `OTEL_RESOURCE_ATTRIBUTES`, and `OTEL_SERVICE_NAME`, which comes before it (specification, resource/sdk.md
 * "Specifying resource information via an environment variable"). A list with a mistake in it is discarded as a whole,
 * as the specification wants it.
 */
export function readResourceEnvironment(env: NodeJS.ProcessEnv): ResourceEnvironment {
  let attributes: Attributes = {};
  let warning: string | undefined;
  try {
    attributes = parseList(env[ATTRIBUTES_VARIABLE] ?? '');
  } catch (error) {
    const given = error instanceof EntryError ? error.message : 'something else';
    const expected = 'key=value pairs with "," "=" and "%" percent-encoded in them';
    warning = `${misread(ATTRIBUTES_VARIABLE, expected, given)}; all of it is ignored`;
  }
  const { OTEL_SERVICE_NAME: name = '' } = env;
  if (name.trim() !== '') attributes[SERVICE_NAME] = name;
  return { attributes, warning };
}

/** `service.name` where it is not specified: `unknown_service:` and the name of the executable, without its path. */
export function unknownService(executable: string = process.argv0): string {
  return `${UNKNOWN_SERVICE}:${executable.split(/[\\/]/).at(-1)}`;
}

class EntryError extends Error {}

/** @throws EntryError that names the entry with the mistake */
function parseList(text: string): Attributes {
  const attributes: Attributes = {};
  for (const entry of text.split(',')) {
    if (entry.trim() === '') continue;
    const pair = parseEntry(entry);
    // Only the name: the value may be a secret.
    if (pair === undefined) throw new EntryError(`${showGiven(entry.split('=', 1)[0]?.trim())}=…`);
    attributes[pair[0]] = pair[1];
  }
  return attributes;
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
