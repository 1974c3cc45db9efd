import type { OtlpHeaders } from '../../../options/otlp/otlp-headers.ts';
import { percentDecoded } from '../../../options/path/percent-decoded.ts';
import { hiddenSegments } from '../../../options/shown-url.ts';

/** Shorter values are not hidden: they would match ordinary words. */
const MIN_LENGTH = 6;
/** A run of this many letters and digits that also occurs in a secret counts as a part of it. */
const PIECE_LENGTH = 12;
/** Pieces that are searched for, all secrets together. A token has some thousands at most. */
const MAX_PIECES = 64 * 1024;
/** Headers that are no secrets. Loki's tenant is often the subject of a refusal. */
const NO_SECRETS = new Set(['x-scope-orgid', 'user-agent']);
/** Authentication schemes registered with IANA (RFC 9110 section 16.4.1). Any other first word may be part of a secret. */
const SCHEME =
  /^(?:basic|bearer|concealed|digest|dpop|gnap|hoba|mutual|negotiate|oauth|privatetoken|scram-sha-(?:1|256)|vapid)$/i;
const MASK = '***';

/** The parts of an export that hold secrets. */
export interface SecretPlaces {
  readonly headers: OtlpHeaders;
  /** The endpoint with its query. */
  readonly url: string;
  readonly proxy: string | undefined;
}

/** Pieces by their length. */
type Pieces = ReadonlyMap<number, ReadonlySet<string>>;

/**
 * Hides the secrets of an export in messages, since receivers echo them: values of headers, the credentials after their
 * scheme, passwords, and the query and the hidden part of the path of the endpoint. A secret is also found in part,
 * percent-encoded, escaped as in JSON or HTML, in Base64, and broken into lines.
 */
export class Secrets {
  static readonly none: Secrets = new Secrets([]);
  readonly #values: readonly string[];
  /** Computed for the first message: most receivers refuse nothing. */
  #pieces: Pieces | undefined;

  constructor(values: readonly string[]) {
    const unique = new Set(values.filter(({ length }) => length >= MIN_LENGTH));
    // Longer values first: one may contain another.
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
 * Characters to drop where a text was cut: they may be a part of a secret that is too short to be recognised. That is
 * fewer than 12 letters, but each may be escaped, with other characters between them.
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
  // A user without a password usually is a token.
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

/** The Base64 of the value at each of its three possible offsets, without characters shared with its neighbours. */
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
  let copiedTo = 0;
  for (const { from, to } of rangesOf(letters, pieces)) {
    hidden += text.slice(copiedTo, starts[from]) + MASK;
    copiedTo = ends[to - 1] ?? text.length;
  }
  return hidden + text.slice(copiedTo);
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
  /** Where each letter begins and ends in the text. */
  readonly starts: readonly number[];
  readonly ends: readonly number[];
}

/** The letters and digits of a text, escaped ones decoded, without anything between them. */
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

/** Also `*`: the mask of a hidden secret must separate the words around it. */
function isLetter(character: string): boolean {
  return (
    (character >= '0' && character <= '9') ||
    (character >= 'A' && character <= 'Z') ||
    (character >= 'a' && character <= 'z') ||
    character === '*'
  );
}
