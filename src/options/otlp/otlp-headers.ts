import {
  type Findings,
  misread,
  type OtlpProtocol,
  otlpNames,
  type Variable,
  whyNot,
} from '../environment.ts';
import { type ReadFile, readRegularFile } from '../file/read-file.ts';
import { OptionsError } from '../options-error.ts';
import { showGivenPath } from '../path/shown-path.ts';
import { variableOf } from '../schema.ts';
import { isToken, splitList } from '../values/values.ts';

/** Values by lower-case name. */
export type OtlpHeaders = Readonly<Record<string, string>>;

/** Bytes of a file of headers at the most: what is longer is something else. */
export const MAX_HEADERS_FILE_BYTES: number = 64 * 1024;

/** Headers that each transport accepts. gRPC is stricter, and throws an error with the value in its message. */
const isHeader: Readonly<Record<OtlpProtocol, (name: string, value: string) => boolean>> = {
  grpc: (name, value) => /^[0-9a-z_.-]+(?<!-bin)$/i.test(name) && /^[\x20-\x7e]*$/.test(value),
  'http/protobuf': isHttpHeader,
  'http/json': isHttpHeader,
};

function isHttpHeader(name: string, value: string): boolean {
  return isToken(name) && /^[\t\x20-\x7e\x80-\xff]*$/.test(value);
}

/** Malformed entries whose places a message names; further ones are only counted. */
const MAX_PLACES = 5;

/** The contents of one variable. */
interface HeaderEntries {
  readonly headers: ReadonlyMap<string, string>;
  /** Places of the malformed entries, from 1. Messages may contain nothing else of them: they may be a credential. */
  readonly malformed: readonly number[];
}

/**
 * Reads `OTEL_EXPORTER_OTLP_HEADERS` and the variable for logs, whose headers win where a name is in both. The entries
 * hold credentials, so a message names a malformed one only by its place.
 */
export function readHeaders(env: NodeJS.ProcessEnv, protocol: OtlpProtocol, findings: Findings): OtlpHeaders {
  const all: [string, string][] = [];
  for (const name of otlpNames('HEADERS').toReversed()) {
    all.push(...readHeaderList({ name, text: env[name] ?? '' }, protocol, findings));
  }
  return Object.freeze(Object.fromEntries(all));
}

/** The headers of one variable. */
export function readHeaderList(
  variable: Variable,
  protocol: OtlpProtocol,
  findings: Findings,
): ReadonlyMap<string, string> {
  const { headers, malformed } = entriesOf(variable.text, protocol);
  if (malformed.length > 0) {
    const given = `something else in ${showPlaces(malformed)}`;
    findings.problems.push(misread(variable, 'name=value pairs, percent-encoded', given));
  }
  return headers;
}

/** Can the header be sent? */
export function isOtlpHeader(name: string, value: string, protocol: OtlpProtocol): boolean {
  return isHeader[protocol](name, value);
}

/** A variable of headers for people: the names of those that can be used, without their values. */
export function showHeaders(text: string, protocol: OtlpProtocol): string {
  const { headers, malformed } = entriesOf(text, protocol);
  // The name before an empty value may be a credential in base64 that ends in `=`.
  const shown = [...headers].map(([name, value]) => (value === '' ? '(a header without a value)' : name));
  if (malformed.length > 0) shown.push(`something else in ${showPlaces(malformed)}`);
  return `${shown.join(', ')} (values not shown)`;
}

function entriesOf(text: string, protocol: OtlpProtocol): HeaderEntries {
  const headers = new Map<string, string>();
  const malformed: number[] = [];
  for (const [index, entry] of splitList(text).entries()) {
    const pair = parsePair(entry);
    if (pair !== undefined && isHeader[protocol](...pair)) headers.set(pair[0].toLowerCase(), pair[1]);
    else malformed.push(index + 1);
  }
  return { headers, malformed };
}

/** `place 2`, `places 2, 3 and 7 more` */
function showPlaces(places: readonly number[]): string {
  const more = places.length - MAX_PLACES;
  const shown = places.slice(0, MAX_PLACES).join(', ');
  return `${places.length === 1 ? 'place' : 'places'} ${shown}${more > 0 ? ` and ${more} more` : ''}`;
}

/**
 * Parses a file of headers. Each line holds `name=value`, or several separated by commas, percent-encoded as in
 * `OTEL_EXPORTER_OTLP_HEADERS`; or one `name: value`, which is not decoded. Empty lines and lines that begin with `#` are
 * ignored.
 *
 * @param bytes of the file; of a larger file `MAX_HEADERS_FILE_BYTES` and one more
 * @throws Error with the number of the malformed line, without its text, or with what is wrong with the whole file
 */
export function parseHeadersFile(bytes: Uint8Array, protocol: OtlpProtocol): OtlpHeaders {
  if (bytes.length > MAX_HEADERS_FILE_BYTES) throw new Error('larger than 64 KiB');
  const headers = new Map<string, string>();
  for (const [index, line] of Buffer.from(bytes).toString('utf8').split(/\r?\n/).entries()) {
    if (/^\s*(?:#|$)/.test(line)) continue;
    for (const pair of pairsOf(line)) {
      if (pair === undefined || !isHeader[protocol](...pair)) {
        throw new Error(`line ${index + 1} is neither name=value nor name: value`);
      }
      headers.set(pair[0].toLowerCase(), pair[1]);
    }
  }
  if (headers.size === 0) throw new Error('there is no header in it');
  return Object.freeze(Object.fromEntries(headers));
}

/**
 * Checks whether the file of `ACCESS_LOG_OTLP_HEADERS_FILE` can be used. Its contents are not kept: they may change.
 *
 * @param readFile reads the file, synchronously and once
 * @throws OptionsError where it cannot
 */
export function checkHeadersFile(
  path: string,
  protocol: OtlpProtocol,
  readFile: ReadFile = readRegularFile,
): void {
  try {
    parseHeadersFile(readFile(path, MAX_HEADERS_FILE_BYTES + 1), protocol);
  } catch (error) {
    const expected = 'a file of headers, name=value on each line';
    throw new OptionsError([
      `${variableOf('otlpHeadersFile')}: expected ${expected}, got ${showGivenPath(path)} (${whyNot(error)})`,
    ]);
  }
}

/** The headers of one line; `undefined` for each that is malformed. */
function pairsOf(line: string): (readonly [name: string, value: string] | undefined)[] {
  const literal = /^([^:=\s]+):(.*)$/.exec(line.trim());
  if (literal === null) {
    // A value that is empty was probably half-written.
    return splitList(line).map((entry) => {
      const pair = parsePair(entry);
      return pair?.[1] === '' ? undefined : pair;
    });
  }
  const [, name = '', value = ''] = literal;
  return [value.trim() === '' ? undefined : [name, value.trim()]];
}

/** Parses as the official exporters do (W3C Baggage), which leave out malformed entries silently. */
function parsePair(entry: string): [name: string, value: string] | undefined {
  const text = entry.split(';', 1)[0] ?? '';
  const at = text.indexOf('=');
  const name = text.slice(0, Math.max(at, 0)).trim();
  const value = text.slice(at + 1).trim();
  // A value may be empty (RFC 9110 section 5.5). One of nothing but `=` is the end of a credential in base64.
  if (name === '' || at === -1 || /^=+$/.test(value)) return undefined;
  try {
    return [decodeURIComponent(name), decodeURIComponent(value)];
  } catch {
    return undefined;
  }
}
