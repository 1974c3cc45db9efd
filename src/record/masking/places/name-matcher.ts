import { percentDecoded } from '../../../options/path/percent-decoded.ts';
import type { NameRules } from '../../../options/rules/masking-rules.ts';
import type { Strategy } from '../../../options/rules/strategy.ts';
import { decodeOnce } from '../../paths/path-readings.ts';
import { appendDecoded, HEX_DIGITS } from '../../redact/decoding.ts';
import { readJsonNames } from '../../redact/json-names.ts';

/** Which rule speaks of a name: one of the very name, or one of its beginning. */
export interface NameMatch {
  readonly strategy: Strategy;
  readonly isExact: boolean;
  /** As messages name it: `query.utm_*`. */
  readonly rule: string;
}

/** The parts of a structured name: `user[code]`, `code[]`. */
const BRACKETS = /[[\]]+/;
/** What a name ends with, plain or encoded, in a query or in JSON. */
const NAMES_END = /[=%"']/;
const QUOTES = /["']/;

/** The names of one part of the rules, compiled: a name is looked up, however many rules there are. */
export class NameMatcher {
  /** Strategy for every value without a rule of its own; with it the rules are an allow-list. */
  readonly rest: Strategy | undefined;
  readonly isEmpty: boolean;
  readonly #exact: ReadonlyMap<string, NameMatch>;
  /** By their lengths, the longest first. */
  readonly #prefixes: readonly (readonly [length: number, matches: ReadonlyMap<string, NameMatch>])[];

  readonly #part: string;

  /** @param part of the rules file: `query`, `cookies`, `headers` */
  constructor(part: string, { exact, prefixes, rest }: NameRules) {
    this.#part = part;
    this.rest = rest?.kind === 'show' ? undefined : rest;
    this.isEmpty = exact.size === 0 && prefixes.length === 0 && this.rest === undefined;
    this.#exact = new Map(
      [...exact].map(([name, strategy]) => [name, { strategy, isExact: true, rule: `${part}.${name}` }]),
    );
    const byLength = new Map<number, Map<string, NameMatch>>();
    for (const [prefix, strategy] of prefixes) {
      const matches = byLength.get(prefix.length) ?? new Map<string, NameMatch>();
      byLength.set(
        prefix.length,
        matches.set(prefix, { strategy, isExact: false, rule: `${part}.${prefix}*` }),
      );
    }
    this.#prefixes = [...byLength].sort(([a], [b]) => b - a);
  }

  /** What messages call the rule of all other names. */
  get restRule(): string {
    return `${this.#part}.*`;
  }

  /** The rules that hide something, as messages name them. */
  get rules(): readonly string[] {
    const byPrefix = this.#prefixes.flatMap(([, matches]) => [...matches.values()]);
    const hiding = [...this.#exact.values(), ...byPrefix].filter(({ strategy }) => strategy.kind !== 'show');
    const rules = hiding.map(({ rule }) => rule);
    return this.rest === undefined ? rules : [...rules, this.restRule];
  }

  /** The rule of a name in any case of letters. */
  match(name: string): NameMatch | undefined {
    const lower = name.toLowerCase();
    const exact = this.#exact.get(lower);
    if (exact !== undefined) return exact;
    for (const [length, matches] of this.#prefixes) {
      if (length > lower.length) continue;
      const match = matches.get(lower.slice(0, length));
      if (match !== undefined) return match;
    }
    return undefined;
  }

  /**
   * The rule of a parameter by its name as it was sent, or once decoded. A rule that hides speaks also of a structured
   * name that has its name as a part.
   */
  matchParameter(name: string): NameMatch | undefined {
    const raw = this.match(name);
    if (raw !== undefined) return raw;
    const isEncoded = name.includes('%') || name.includes('+');
    const decoded = isEncoded ? decodedOnce(name.replaceAll('+', ' ')).trim() : name;
    const plain = isEncoded ? this.match(decoded) : undefined;
    if (plain !== undefined) return plain;
    if (!decoded.includes('[')) return undefined;
    for (const part of decoded.split(BRACKETS)) {
      const match = part === '' ? undefined : this.match(part);
      if (match !== undefined && match.strategy.kind !== 'show') return match;
    }
    return undefined;
  }

  /**
   * Whether a rule that hides speaks of a name within a text: a value that is itself a URL, a query or JSON, in which
   * another one may be encoded again.
   */
  hidesWithin(text: string): boolean {
    if (!NAMES_END.test(text)) return false;
    const decoded = percentDecoded(text);
    if (this.#hidesIn(decoded)) return true;
    const whole = decoded.includes('%') ? decodedWholly(text) : decoded;
    if (whole !== decoded && this.#hidesIn(whole)) return true;
    return QUOTES.test(whole) && this.#hidesIn(withJsonNames(whole));
  }

  #hidesIn(text: string): boolean {
    for (const piece of text.split(/[?&;#]/)) {
      const equals = piece.indexOf('=');
      if (equals === -1) continue;
      const match = this.matchParameter(piece.slice(0, equals));
      if (match !== undefined && match.strategy.kind !== 'show') return true;
    }
    return false;
  }
}

/** Of what is no UTF-8 (`%E9`), byte by byte: the rest of the text is decoded too. */
function decodedOnce(text: string): string {
  const decoded = percentDecoded(text);
  return decoded === text ? decodeOnce(text) : decoded;
}

/** Undoes percent-encoding byte by byte, however often it was done, in one pass. */
function decodedWholly(text: string): string {
  const chars = new Uint16Array(text.length);
  let length = 0;
  for (let at = 0; at < text.length; at++) {
    length = appendDecoded(chars, length, text.charCodeAt(at), HEX_DIGITS);
  }
  return String.fromCharCode(...chars.subarray(0, length));
}

/** With the names of JSON as those of a query. */
function withJsonNames(text: string): string {
  const chars = Uint16Array.from(text, (char) => char.charCodeAt(0));
  const copy = new Uint16Array(chars.length);
  const length = readJsonNames(chars, 0, chars.length, copy);
  return String.fromCharCode(...copy.subarray(0, length));
}
