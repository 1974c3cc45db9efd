/** A field that a head is extended by. */
export interface EchoField {
  /** In lower case. */
  readonly name: string;
  readonly value: string;
  /** The field is a list (RFC 9110 section 5.6.1): the value comes after those of the application. Else theirs stays alone. */
  readonly isList: boolean;
}

/** The fields that a response has before its head is written, as `ServerResponse` has them. */
export interface FieldsBefore {
  getHeader(name: string): unknown;
  getHeaderNames(): readonly string[];
}

/**
 * Extends the headers that were given to `writeHead`, or to `respond` of HTTP/2, in the form in which they came: an
 * object, names and values in turn, pairs of them, or nothing. The given ones stay as they are.
 *
 * Not by `setHeader`: once a header was set, Node reads those of `writeHead` in another way. Pairs are refused, Node 20
 * drops the first of two cookies, and of two names that differ in case one is lost.
 *
 * @param before `undefined` where the head has no other fields
 * @returns the same object where nothing is to be added, and where Node refuses what was given
 */
export function extendHead(
  given: unknown,
  fields: readonly EchoField[],
  before: FieldsBefore | undefined,
): unknown {
  if (!Array.isArray(given)) return extendObject(given, fields, before);
  if (given.length > 0 && Array.isArray(given[0])) {
    const isRefused = before !== undefined && before.getHeaderNames().length > 0;
    return isRefused ? given : extendPairs(given, fields);
  }
  return given.length % 2 === 0 ? extendFlat(given, fields, before) : given;
}

function extendObject(
  given: unknown,
  fields: readonly EchoField[],
  before: FieldsBefore | undefined,
): Record<string, unknown> {
  const extended: Record<string, unknown> = { ...(given as object) };
  for (const field of fields) {
    const key = Object.keys(extended).findLast((name) => isNamed(name, field));
    const value = extendValue(
      field,
      key === undefined ? before?.getHeader(field.name) : (extended[key] ?? null),
    );
    if (value !== undefined) extended[key ?? field.name] = value;
  }
  return extended;
}

function extendPairs(given: readonly unknown[], fields: readonly EchoField[]): unknown[] {
  const extended = [...given];
  for (const field of fields) {
    const at = extended.findLastIndex((pair) => Array.isArray(pair) && isNamed(pair[0], field));
    const [name, existing] = (extended[at] ?? [field.name]) as readonly unknown[];
    const value = extendValue(field, at === -1 ? undefined : (existing ?? null));
    if (value !== undefined) extended[at === -1 ? extended.length : at] = [name, value];
  }
  return extended;
}

function extendFlat(
  given: readonly unknown[],
  fields: readonly EchoField[],
  before: FieldsBefore | undefined,
): unknown[] {
  const extended = [...given];
  // HTTP/2 keeps the names of fields that must not be compressed on the array (`http2.sensitiveHeaders`).
  for (const symbol of Object.getOwnPropertySymbols(given)) {
    Reflect.set(extended, symbol, Reflect.get(given, symbol));
  }
  for (const field of fields) {
    const at = extended.findLastIndex((name, index) => index % 2 === 0 && isNamed(name, field));
    const value = extendValue(field, at === -1 ? before?.getHeader(field.name) : (extended[at + 1] ?? null));
    if (value === undefined) continue;
    // Beside headers that were set before, Node takes those of the same name away: the value has both.
    if (at === -1) extended.push(field.name, value);
    else extended[at + 1] = value;
  }
  return extended;
}

function isNamed(name: unknown, field: EchoField): boolean {
  return typeof name === 'string' && name.length === field.name.length && name.toLowerCase() === field.name;
}

/**
 * @param existing value of the application; `undefined` where there is none, `null` for one that Node refuses
 * @returns `undefined` where that stays as it is
 */
function extendValue({ value, isList }: EchoField, existing: unknown): unknown {
  if (existing === undefined) return value;
  if (!isList || existing === null) return undefined;
  if (Array.isArray(existing)) return existing.includes(value) ? undefined : [...existing, value];
  const text = String(existing);
  // A `writeHead` that threw has left it there.
  if (text.endsWith(value)) return undefined;
  return text === '' ? value : `${text}, ${value}`;
}
