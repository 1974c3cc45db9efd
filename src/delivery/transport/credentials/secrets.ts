import type { OtlpHeaders } from '../../../options/otlp/otlp-headers.ts';
import { percentDecoded } from '../../../options/path/percent-decoded.ts';
import { hiddenSegments } from '../../../options/shown-url.ts';

/** A shorter value says nothing, and hiding it would hide ordinary words. */
const MIN_LENGTH = 6;
/** So many letters and digits in a row that are also in a secret are a part of it. */
const PIECE_LENGTH = 12;
/** Pieces that are looked for. A token has some thousands at the most. */
const MAX_PIECES = 64 * 1024;
/** Loki's tenant: no secret, and what a refusal is often about. */
const NO_SECRETS = new Set(['x-scope-orgid', 'user-agent']);
/** Registered with IANA (RFC 9110 section 16.4.1). Another first word may be a part of the credentials. */
const SCHEME =
  /^(?:basic|bearer|concealed|digest|dpop|gnap|hoba|mutual|negotiate|oauth|privatetoken|scram-sha-(?:1|256)|vapid)$/i;
const MASK = '***';

/** Where an export has secrets. */
export interface SecretPlaces {
  readonly headers: OtlpHeaders;
  /** The endpoint with its query. */
  readonly url: string;
  readonly proxy: string | undefined;
}

/** Pieces by their length. */
type Pieces = ReadonlyMap<number, ReadonlySet<string>>;

/**
 * Hides in messages what a receiver repeats of the secrets of an export: values of headers and the credentials behind
 * their scheme, passwords, and of the endpoint the query and the hidden part of the path. A secret is also found in
 * part, percent-encoded, escaped as in JSON or HTML, in Base64, and broken into lines.
 */
export class Secrets {
  static readonly none: Secrets = new Secrets([]);
  readonly #values: readonly string[];
  /** Made for the first message: most receivers refuse nothing. */
  #pieces: Pieces | undefined;

  constructor(values: readonly string[]) {
    const unique = new Set(values.filter(({ length }) => length >= MIN_LENGTH));
    // One that contains another comes first.
    this.#values = [...unique].sort((a, b) => b.length - a.length);
  }

  static of({ headers, url, proxy }: SecretPlaces): Secrets {
    const inHeaders = Object.entries(headers)
      .filter(([name]) => !NO_SECRETS.has(name))
      .flatMap(([name, value]) => [value, ...credentialsIn(name, value)]);
    return new Secrets([...inHeaders, ...secretsOfUrl(url), ...passwordsOf(proxy)]);
  }

  hide(text: string): string {
    if (this.#values.length === 0) return text;
    let hidden = text;
    for (const value of this.#values) hidden = hidden.replaceAll(value, MASK);
    this.#pieces ??= piecesOf(this.#values);
    return hidePieces(hidden, this.#pieces);
  }
}

/**
 * Characters at the place where a text was cut off: they may be a part of a secret that is too short to be known. That
 * is fewer than 12 letters, but each may be escaped, and signs may stand between them.
 */
export const MAX_UNKNOWN_LENGTH = 512;

function credentialsIn(name: string, value: string): readonly string[] {
  const [, scheme = '', credentials = ''] = /^(\S+) +(.*)$/.exec(value) ?? [];
  if (scheme.toLowerCase() === 'basic') {
    const decoded = Buffer.from(credentials, 'base64').toString();
    return [credentials, decoded.slice(decoded.indexOf(':') + 1)];
  }
  const isScheme = !name.endsWith('authorization') || SCHEME.test(scheme);
  return isScheme ? [credentials] : [credentials, scheme];
}

function secretsOfUrl(text: string): readonly string[] {
  if (!URL.canParse(text)) return [];
  const { search } = new URL(text);
  const query = search.slice(1);
  const values = query.split('&').map((parameter) => parameter.slice(parameter.indexOf('=') + 1));
  return [query, ...values, ...passwordsOf(text), ...hiddenSegments(text)];
}

function passwordsOf(text: string | undefined): readonly string[] {
  if (text === undefined || !URL.canParse(text)) return [];
  const { username, password } = new URL(text);
  // A user without a password is a token, mostly.
  const secret = password === '' ? username : password;
  return [secret, percentDecoded(secret)];
}

function piecesOf(values: readonly string[]): Pieces {
  const pieces = new Map<number, Set<string>>();
  let left = MAX_PIECES;
  for (const value of values.flatMap((value) => [value, ...inBase64(value)])) {
    const { letters } = lettersOf(value);
    const length = Math.min(PIECE_LENGTH, letters.length);
    if (length < MIN_LENGTH) continue;
    const known = pieces.get(length) ?? new Set();
    pieces.set(length, known);
    for (let at = 0; at + length <= letters.length && left > 0; at++, left--)
      known.add(letters.slice(at, at + length));
  }
  return pieces;
}

/** Its Base64 in each of the three positions in which it can stand in a text, without characters that it shares. */
function inBase64(value: string): readonly string[] {
  return [0, 1, 2].map((before) => {
    const bytes = Buffer.from(' '.repeat(before) + value);
    const whole = Math.floor((bytes.length * 8) / 6);
    return bytes.toString('base64').slice(Math.ceil((before * 8) / 6), whole);
  });
}

function hidePieces(text: string, pieces: Pieces): string {
  const { letters, starts, ends } = lettersOf(text);
  let hidden = '';
  let toldTo = 0;
  for (const { from, to } of rangesOf(letters, pieces)) {
    hidden += text.slice(toldTo, starts[from]) + MASK;
    toldTo = ends[to - 1] ?? text.length;
  }
  return hidden + text.slice(toldTo);
}

function rangesOf(letters: string, pieces: Pieces): readonly { from: number; to: number }[] {
  const ranges: { from: number; to: number }[] = [];
  for (let at = 0; at < letters.length; at++) {
    for (const [length, known] of pieces) {
      if (!known.has(letters.slice(at, at + length))) continue;
      const last = ranges.at(-1);
      if (last !== undefined && last.to >= at) last.to = Math.max(last.to, at + length);
      else ranges.push({ from: at, to: at + length });
    }
  }
  return ranges;
}

/** An escape sequence of URLs, JSON or HTML. */
const ESCAPED =
  /%(?<url>[0-9a-f]{2})|\\u(?<json>[0-9a-f]{4})|\\[bfnrt]|&#x(?<html>[0-9a-f]{1,6});|&#(?<decimal>\d{1,7});|&[a-z]{1,31};/iy;

interface Letters {
  readonly letters: string;
  /** Of each letter, where it stands in the text. */
  readonly starts: readonly number[];
  readonly ends: readonly number[];
}

/** The letters and digits of a text, also those that are escaped; what is between them is left out. */
function lettersOf(text: string): Letters {
  let letters = '';
  const starts: number[] = [];
  const ends: number[] = [];
  for (let at = 0; at < text.length; ) {
    const { character, length } = characterAt(text, at);
    if (isLetter(character)) {
      letters += character;
      starts.push(at);
      ends.push(at + length);
    }
    at += length;
  }
  return { letters, starts, ends };
}

function characterAt(text: string, at: number): { character: string; length: number } {
  const character = text[at] ?? '';
  if (character !== '%' && character !== '\\' && character !== '&') return { character, length: 1 };
  ESCAPED.lastIndex = at;
  const match = ESCAPED.exec(text);
  if (match === null) return { character, length: 1 };
  const { url, json, html, decimal } = match.groups ?? {};
  const hexadecimal = url ?? json ?? html;
  const code = hexadecimal === undefined ? Number(decimal ?? 0) : Number.parseInt(hexadecimal, 16);
  return { character: String.fromCharCode(code), length: match[0].length };
}

/** Also `*`: what is hidden already parts the words around it. */
function isLetter(character: string): boolean {
  return (
    (character >= '0' && character <= '9') ||
    (character >= 'A' && character <= 'Z') ||
    (character >= 'a' && character <= 'z') ||
    character === '*'
  );
}
