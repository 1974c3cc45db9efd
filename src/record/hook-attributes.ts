import {
  ACCESS_LOG_PREFIX,
  CLIENT_ADDRESS,
  ERROR_TYPE,
  HTTP_REQUEST_BODY_SIZE,
  HTTP_REQUEST_METHOD,
  HTTP_REQUEST_METHOD_ORIGINAL,
  HTTP_RESPONSE_BODY_SIZE,
  HTTP_RESPONSE_SIZE,
  HTTP_RESPONSE_STATUS_CODE,
  HTTP_ROUTE,
  HTTP_SERVER_REQUEST_DURATION,
  NETWORK_PEER_ADDRESS,
  NETWORK_PEER_PORT,
  NETWORK_PROTOCOL_VERSION,
  SERVER_ADDRESS,
  SERVER_PORT,
  URL_PATH,
  URL_QUERY,
  URL_SCHEME,
  USER_AGENT_ORIGINAL,
} from './attribute-names.ts';
import { bound } from './bounded.ts';
import { CAPS } from './caps.ts';
import type { RecordWriter } from './record-writer.ts';

type TextField = 'path' | 'query' | 'clientAddress' | 'peerAddress' | 'serverAddress' | 'userAgent';

/** Texts that a hook may replace, to leave out more than we do, with their caps. */
const REPLACEABLE: ReadonlyMap<string, readonly [field: TextField, cap: number]> = new Map([
  [URL_PATH, ['path', CAPS.path]],
  [URL_QUERY, ['query', CAPS.query]],
  [CLIENT_ADDRESS, ['clientAddress', CAPS.address]],
  [NETWORK_PEER_ADDRESS, ['peerAddress', CAPS.address]],
  [SERVER_ADDRESS, ['serverAddress', CAPS.address]],
  [USER_AGENT_ORIGINAL, ['userAgent', CAPS.userAgent]],
]);

/** What was seen on the wire, and what counts are kept by: nobody may say otherwise. */
const FIXED: ReadonlySet<string> = new Set([
  ERROR_TYPE,
  HTTP_REQUEST_BODY_SIZE,
  HTTP_REQUEST_METHOD,
  HTTP_REQUEST_METHOD_ORIGINAL,
  HTTP_RESPONSE_BODY_SIZE,
  HTTP_RESPONSE_SIZE,
  HTTP_RESPONSE_STATUS_CODE,
  HTTP_ROUTE,
  HTTP_SERVER_REQUEST_DURATION,
  NETWORK_PEER_PORT,
  NETWORK_PROTOCOL_VERSION,
  SERVER_PORT,
  URL_SCHEME,
  '__proto__',
  '',
]);

/**
 * Adds what the user's `attributes` hook returned: strings, finite numbers, booleans, bigints (as text) and arrays of
 * one of these types; everything bounded, anything else left out. Names that begin with `access_log.` and what was
 * seen on the wire are not replaced; addresses, path, query and user agent may be, by other texts.
 */
export function addHookAttributes(writer: RecordWriter, additions: Readonly<Record<string, unknown>>): void {
  let count = 0;
  for (const name of Object.keys(additions)) {
    const value = additions[name];
    if (value === undefined || value === null || FIXED.has(name) || name.startsWith(ACCESS_LOG_PREFIX))
      continue;
    const replaceable = REPLACEABLE.get(name);
    if (replaceable !== undefined) {
      const [field, cap] = replaceable;
      if (typeof value === 'string' && value !== '') writer[field] = writer.bounded(name, value, cap);
      continue;
    }
    const key = bound(name, CAPS.hookName);
    if (count === CAPS.hookAttributes || name.length > CAPS.hookName || !addValue(writer, key, value)) {
      writer.cut(key);
    } else {
      count++;
    }
  }
}

/** False where `value` is nothing that an attribute can hold. */
function addValue(writer: RecordWriter, name: string, value: unknown): boolean {
  if (Array.isArray(value)) return addArray(writer, name, value);
  switch (typeof value) {
    case 'string':
      writer.addText(name, value, CAPS.hookString);
      return true;
    case 'bigint':
      writer.addText(name, value.toString(), CAPS.hookString);
      return true;
    case 'number':
      if (!Number.isFinite(value)) return false;
      writer.add(name, value);
      return true;
    case 'boolean':
      writer.add(name, value);
      return true;
    default:
      return false;
  }
}

function addArray(writer: RecordWriter, name: string, values: readonly unknown[]): boolean {
  const first = values.slice(0, CAPS.hookArray);
  if (values.length > first.length) writer.cut(name);
  if (first.every((value) => typeof value === 'string')) {
    if (first.length === 0) writer.add(name, []);
    writer.addTexts(name, first, CAPS.hookString, CAPS.hookArray);
  } else if (first.every((value) => typeof value === 'number' && Number.isFinite(value))) {
    writer.add(name, first as number[]);
  } else if (first.every((value) => typeof value === 'boolean')) {
    writer.add(name, first as boolean[]);
  } else {
    return false;
  }
  return true;
}
