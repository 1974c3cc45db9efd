import { bound } from '../bounded.ts';
import type { Masking } from '../masking/masking.ts';
import { SCANNED_LENGTH } from '../masking/window.ts';
import type { RecordWriter } from '../record-writer.ts';
import {
  ACCESS_LOG_PREFIX,
  HTTP_REQUEST_HEADER_PREFIX,
  HTTP_RESPONSE_HEADER_PREFIX,
  SESSION_ID,
  URL_PATH,
} from './attribute-names.ts';
import { ATTRIBUTE_ROWS, ATTRIBUTES, type AttributeField, type ReplaceableField } from './attribute-table.ts';
import { CAPS } from './caps.ts';

/** Fields whose text a hook may replace, by the name of the attribute. */
const REPLACEABLE: ReadonlyMap<string, ReplaceableField> = new Map(
  ATTRIBUTE_ROWS.flatMap(([field, { name }]) => (isReplaceable(field) ? [[name, field]] : [])),
);

function isReplaceable(field: AttributeField): field is ReplaceableField {
  return ATTRIBUTES[field].isReplaceable;
}

/** What was observed on the wire, and what counts are kept by: a hook cannot change these. */
const FIXED: ReadonlySet<string> = new Set([
  ...ATTRIBUTE_ROWS.filter(([field]) => !isReplaceable(field)).map(([, { name }]) => name),
  '__proto__',
  '',
]);

const NO_NAMES: ReadonlySet<string> = new Set();
const HEADER_PREFIXES: readonly string[] = [HTTP_REQUEST_HEADER_PREFIX, HTTP_RESPONSE_HEADER_PREFIX];

/**
 * Adds what the user's `attributes` hook returned: strings, finite numbers, booleans, bigints (as text) and arrays of
 * one of these types; everything bounded, anything else left out. Of our own attributes only addresses, path, query
 * and user agent can be replaced, by other texts; a name that begins with `access_log.` cannot be added. A field that a
 * handler has set is left as it is: it may have a strategy of masking, which the hook knows nothing of.
 *
 * @param taken names that cannot be added either: an option says where their values come from
 */
export function addHookAttributes(
  writer: RecordWriter,
  additions: Readonly<Record<string, unknown>>,
  masking: Masking,
  taken: ReadonlySet<string> = NO_NAMES,
): void {
  let count = 0;
  for (const name of Object.keys(additions)) {
    const value = additions[name];
    if (value === undefined || value === null || FIXED.has(name) || taken.has(name)) continue;
    if (name.startsWith(ACCESS_LOG_PREFIX)) continue;
    const field = REPLACEABLE.get(name);
    if (field !== undefined) {
      if (typeof value === 'string' && value !== '') {
        writer[field] = writer.capped(ATTRIBUTES[field], shownText(name, value, masking) ?? '');
      }
      continue;
    }
    const key = bound(name, CAPS.hookName);
    const isTaken = writer.handlerFields !== undefined && Object.hasOwn(writer.handlerFields, name);
    if (
      isTaken ||
      count === CAPS.hookAttributes ||
      name.length > CAPS.hookName ||
      !addValue(writer, key, value, masking)
    ) {
      writer.cut(key);
    } else {
      count++;
    }
  }
}

/** Path, query and headers follow the rules of names that those of the request follow: a hook mostly copies them. */
function shownText(name: string, value: string, masking: Masking): string | undefined {
  if (name === URL_PATH) return masking.path(value);
  if (name === ATTRIBUTES.query.name) return masking.query(value, 0);
  const prefix = HEADER_PREFIXES.find((those) => name.startsWith(those));
  if (prefix === undefined) return masking.text(name, value);
  return masking.header(name.slice(prefix.length).toLowerCase(), value, () => false);
}

/** @returns false where an attribute cannot hold `value` */
function addValue(writer: RecordWriter, name: string, value: unknown, masking: Masking): boolean {
  if (name === SESSION_ID) return addSession(writer, value, masking);
  if (Array.isArray(value)) return addArray(writer, name, value, masking);
  switch (typeof value) {
    case 'string':
      addMasked(writer, name, value, masking);
      return true;
    case 'bigint':
      addMasked(writer, name, value.toString(), masking);
      return true;
    case 'number':
      if (!Number.isFinite(value)) return false;
      addNumber(writer, name, value, masking);
      return true;
    case 'boolean':
      writer.add(name, value);
      return true;
    default:
      return false;
  }
}

/** Masking writes no more than it has scanned. */
function isCutByMasking(value: string, masked: string): boolean {
  return value.length > SCANNED_LENGTH && masked.length < value.length;
}

/**
 * A credential: with the session of a log anyone could go on with it. It is hashed, as that of a field.
 *
 * @returns false where it cannot be
 */
function addSession(writer: RecordWriter, value: unknown, masking: Masking): boolean {
  if (!masking.canHash || value === '' || (typeof value !== 'string' && typeof value !== 'number'))
    return false;
  writer.addText(SESSION_ID, masking.hash(SESSION_ID, String(value)), CAPS.identity);
  return true;
}

/** A number may be that of a card: it is masked as its text, and stays a number where that changes nothing. */
function addNumber(writer: RecordWriter, name: string, value: number, masking: Masking): void {
  const text = String(value);
  if (shownText(name, text, masking) === text) writer.add(name, value);
  else addMasked(writer, name, text, masking);
}

function addMasked(writer: RecordWriter, name: string, value: string, masking: Masking): void {
  const masked = shownText(name, value, masking);
  if (masked === undefined) return;
  if (isCutByMasking(value, masked)) writer.cut(name);
  writer.addText(name, masked, CAPS.hookString);
}

function addArray(writer: RecordWriter, name: string, values: readonly unknown[], masking: Masking): boolean {
  const first = values.slice(0, CAPS.hookArray);
  if (values.length > first.length) writer.cut(name);
  if (first.every((value) => typeof value === 'string')) {
    if (first.length === 0) writer.add(name, []);
    const masked: string[] = [];
    for (const value of first) {
      const text = shownText(name, value, masking);
      if (text === undefined) continue;
      if (isCutByMasking(value, text)) writer.cut(name);
      masked.push(text);
    }
    writer.addTexts(name, masked, CAPS.hookString, CAPS.hookArray);
  } else if (first.every((value) => typeof value === 'number' && Number.isFinite(value))) {
    const isPlain = first.every((value) => shownText(name, String(value), masking) === String(value));
    if (!isPlain) return addArray(writer, name, first.map(String), masking);
    writer.add(name, first as number[]);
  } else if (first.every((value) => typeof value === 'boolean')) {
    writer.add(name, first as boolean[]);
  } else {
    return false;
  }
  return true;
}
