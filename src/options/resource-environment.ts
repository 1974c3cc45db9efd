import type { Attributes } from '@opentelemetry/api';

/** Longest key and value that the SDK takes, in UTF-16 code units. */
const MAX_LENGTH = 255;

/**
 * Attributes of the resource as the standard variables have it: `OTEL_RESOURCE_ATTRIBUTES`, and `OTEL_SERVICE_NAME`,
 * which comes before it (specification, resource/sdk.md "Specifying resource information via an environment
 * variable"). Without either, `service.name` is `unknown_service:` and the name of the executable
 * (semantic conventions, `service.name`). A list with a mistake in it is discarded as a whole, as the specification
 * wants it.
 */
export function resolveResourceAttributes(
  env: NodeJS.ProcessEnv = process.env,
  executable: string = process.argv0,
): Attributes {
  const attributes = parseList(env.OTEL_RESOURCE_ATTRIBUTES ?? '');
  const { OTEL_SERVICE_NAME: name = '' } = env;
  const given = name.trim() === '' ? attributes['service.name'] : name;
  return { ...attributes, 'service.name': given ?? `unknown_service:${executable}` };
}

function parseList(text: string): Attributes {
  const attributes: Attributes = {};
  for (const entry of text.split(',')) {
    if (entry.trim() === '') continue;
    const pair = parseEntry(entry);
    if (pair === undefined) return {};
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
