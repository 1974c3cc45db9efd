import type { DetectorName } from '../../options/groups/privacy-options.ts';
import { type MaskingRules, NO_RULES } from '../../options/rules/masking-rules.ts';
import { optionSchema } from '../../options/schema.ts';
import {
  HTTP_REQUEST_HEADER_PREFIX,
  HTTP_RESPONSE_HEADER_PREFIX,
} from '../../record/attributes/attribute-names.ts';
import { ATTRIBUTE_ROWS, ATTRIBUTES } from '../../record/attributes/attribute-table.ts';
import { compileMasking } from '../../record/masking/compile-masking.ts';
import type { HashKey } from '../../record/masking/hash-key.ts';
import type { Masking } from '../../record/masking/masking.ts';
import { TimeBudget } from '../../record/masking/time-budget.ts';
import { SCANNED_LENGTH } from '../../record/masking/window.ts';
import { compileSensitivePaths } from '../../record/paths/sensitive-paths.ts';
import { formOf, targetsIn } from './line-form.ts';
import { BUILT_IN, RuleHits } from './rule-hits.ts';

/** A line as it may be shown. */
export interface MaskedLine {
  readonly text: string;
  /** By attribute, header or `text`: the rules that have found something there. */
  readonly hits: ReadonlyMap<string, ReadonlySet<string>>;
  /** Whether a value in it was longer than what a record shows. */
  readonly isCut: boolean;
}

/** Masks a value; `undefined` where nothing is left of it. */
type Mask = (masking: Masking, value: string) => string | undefined;

const TEXT = 'text';
const KNOWN: ReadonlySet<string> = new Set(ATTRIBUTE_ROWS.map(([, { name }]) => name));
const SCHEME = /^[a-z][a-z\d+.-]*:\/\//i;
/** A string of JSON; with the colon behind it a key. */
const JSON_STRING = /"(?:[^"\\]|\\.)*"(\s*:)?/g;

/** Masks lines by rules, as the records of a service would be, and tells which rules have found what. */
export class LineMasking {
  readonly counts: RuleHits = new RuleHits();
  /** The rules that hide something, as {@link counts} names them. */
  readonly rules: readonly string[];
  readonly #masking: Masking;
  /** For text: patterns look there wherever else they belong. */
  readonly #textMasking: Masking;
  /** Only by names, to tell whether something was found by a name that no rule has. */
  readonly #nameMasking: Masking;
  readonly #nameHits = new RuleHits();
  readonly #isSensitive = compileSensitivePaths(optionSchema.sensitivePaths.default) ?? (() => false);
  #hits = new Map<string, Set<string>>();
  #isCut = false;

  constructor(rules: MaskingRules | undefined, detect: readonly DetectorName[], key: HashKey | undefined) {
    const given = rules ?? NO_RULES;
    // Without the limit of patterns: a service does not see a whole file of values at once.
    const budget = new TimeBudget(() => 0);
    const { counts } = this;
    const masking = compileMasking({ rules: given, detect, key, counts, budget });
    this.rules = masking.rules;
    this.#masking = masking;
    const patterns = given.patterns.map((pattern) => ({ ...pattern, in: [] }));
    const everywhere = { ...given, patterns, allow: new Set<string>() };
    this.#textMasking = compileMasking({ rules: everywhere, detect, key, counts, budget });
    const byNames = { ...given, patterns: [], detect: new Map() };
    this.#nameMasking = compileMasking({ rules: byNames, detect: [], key, counts: this.#nameHits, budget });
  }

  /** @param line without its end */
  mask(line: string): MaskedLine {
    this.#hits = new Map();
    this.#isCut = false;
    const text = this.#maskLine(line);
    return { text, hits: this.#hits, isCut: this.#isCut };
  }

  #maskLine(line: string): string {
    const form = formOf(line);
    switch (form.kind) {
      case 'request': {
        const target = this.#target(form.method, line.slice(form.start, form.end));
        return line.slice(0, form.start) + target + line.slice(form.end);
      }
      case 'header':
      case 'attribute': {
        const { kind, name, start } = form;
        const value = line.slice(start);
        const masked = kind === 'header' ? this.#header(name, value) : this.#attribute(name, value);
        return masked === undefined ? `${name}:` : line.slice(0, start) + masked;
      }
      case 'json':
        return this.#json(line);
      case 'text':
        return this.#text(line);
    }
  }

  /** A request target (RFC 9112 section 3.2) or URL, as `parseTarget` splits it. */
  #target(method: string | undefined, target: string): string {
    const [whole = ''] = target.split('#', 1);
    const mark = whole.indexOf('?');
    const hierarchy = mark === -1 ? whole : whole.slice(0, mark);
    const prefix = SCHEME.exec(hierarchy)?.[0] ?? '';
    const rest = hierarchy.slice(prefix.length);
    const slash = rest.indexOf('/');
    const given = slash === -1 ? rest : rest.slice(0, slash);
    const authority = given.slice(given.lastIndexOf('@') + 1);
    // User information and fragments are in no record.
    if (whole !== target) this.#found(ATTRIBUTES.query.name, BUILT_IN);
    if (authority !== given) this.#found(ATTRIBUTES.serverAddress.name, BUILT_IN);
    const hasHost = prefix !== '' || method === 'CONNECT';
    const host = hasHost ? this.#value(ATTRIBUTES.serverAddress.name, authority, asHost) : '';
    const path = (hasHost ? '' : authority) + rest.slice(given.length);
    const shown = prefix + (host ?? '') + (this.#value(ATTRIBUTES.path.name, path, asPath) ?? '');
    if (mark === -1) return shown;
    if (this.#isSensitive(method, path)) {
      this.#found(ATTRIBUTES.query.name, BUILT_IN);
      return shown;
    }
    const query = whole.slice(mark + 1);
    const masked = this.#value(ATTRIBUTES.query.name, query, asQuery) ?? '';
    return masked === '' && query !== '' ? shown : `${shown}?${masked}`;
  }

  #header(name: string, value: string): string | undefined {
    const header = name.toLowerCase();
    return this.#value(`header ${header}`, value, (masking, text) =>
      masking.header(header, text, (path) => this.#isSensitive(undefined, path)),
    );
  }

  #attribute(name: string, value: string): string | undefined {
    for (const prefix of [HTTP_REQUEST_HEADER_PREFIX, HTTP_RESPONSE_HEADER_PREFIX]) {
      if (name.startsWith(prefix)) return this.#header(name.slice(prefix.length), value);
    }
    if (name === ATTRIBUTES.path.name) return this.#value(name, value, asPath);
    if (name === ATTRIBUTES.query.name) return this.#value(name, value, asQuery);
    return this.#value(name, value, (masking, text) =>
      KNOWN.has(name) ? masking.text(name, text) : masking.field(name, text, undefined),
    );
  }

  /** Each text in it in its place: spaces, numbers and the order of keys stay as they are. */
  #json(line: string): string {
    let key = '';
    return line.replaceAll(JSON_STRING, (token, colon: string | undefined) => {
      if (colon !== undefined) {
        key = JSON.parse(token.slice(0, -colon.length));
        return token;
      }
      const value: string = JSON.parse(token);
      const masked = key.includes('.') ? (this.#attribute(key, value) ?? '') : this.#text(value);
      return masked === value ? token : JSON.stringify(masked);
    });
  }

  #text(text: string): string {
    let masked = '';
    let end = 0;
    const addText = (to: number): void => {
      masked += this.#value(TEXT, text.slice(end, to), asText, this.#textMasking) ?? '';
    };
    for (const target of targetsIn(text)) {
      addText(target.start);
      masked += this.#target(target.method, text.slice(target.start, target.end));
      end = target.end;
    }
    addText(text.length);
    return masked;
  }

  #value(place: string, value: string, mask: Mask, masking: Masking = this.#masking): string | undefined {
    if (value === '') return '';
    if (value.length > SCANNED_LENGTH) this.#isCut = true;
    const masked = mask(masking, value);
    const rules = this.counts.take();
    for (const rule of rules) this.#note(place, rule);
    // Names of credentials are found without a rule, and not counted where the user's rules have no names.
    if (masked !== value && !rules.includes(BUILT_IN) && this.#isNamed(value, mask)) {
      this.#found(place, BUILT_IN);
    }
    return masked;
  }

  /** Whether something in the value is masked by a name that no rule of the user has. */
  #isNamed(value: string, mask: Mask): boolean {
    const named = mask(this.#nameMasking, value);
    const isByRule = this.#nameHits.take().some((rule) => rule !== BUILT_IN);
    if (isByRule || named === value) return false;
    return named === undefined || value.length <= SCANNED_LENGTH || !value.startsWith(named);
  }

  #found(place: string, rule: string): void {
    this.counts.hit(rule);
    this.counts.take();
    this.#note(place, rule);
  }

  #note(place: string, rule: string): void {
    const rules = this.#hits.get(place) ?? new Set<string>();
    this.#hits.set(place, rules.add(rule));
  }
}

function asPath(masking: Masking, path: string): string {
  return masking.path(path);
}

function asQuery(masking: Masking, query: string): string {
  return masking.query(query, 0);
}

function asHost(masking: Masking, host: string): string | undefined {
  return masking.text(ATTRIBUTES.serverAddress.name, host);
}

function asText(masking: Masking, text: string): string | undefined {
  return masking.text(TEXT, text);
}
