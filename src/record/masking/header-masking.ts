import { REDACTED, type Strategy } from '../../options/rules/strategy.ts';
import { headerKindOf, redactAuthorization } from '../redact/header-redaction.ts';
import { addCredentials, redactUrl } from '../redact/redaction.ts';
import { redactSubProtocols } from '../redact/sub-protocols.ts';
import { applyStrategy, type Hash } from './apply-strategy.ts';
import type { Finder, MaskedTexts, Place } from './masked-texts.ts';
import type { MaskingCounts } from './masking-counts.ts';
import { CookieFinder, SetCookieFinder } from './places/cookie-finder.ts';
import type { NameMatch, NameMatcher } from './places/name-matcher.ts';

export interface HeaderMaskingDependencies {
  readonly headers: NameMatcher;
  readonly cookies: NameMatcher;
  readonly texts: MaskedTexts;
  readonly urlFinder: Finder;
  readonly hash: Hash | undefined;
  readonly counts: MaskingCounts;
  readonly placeOf: (name: string) => Place;
  readonly maskPath: (place: Place, path: string) => string;
  readonly maskQuery: (place: Place, query: string) => string;
}

/** Strategies for a credential that must not be shown, not even in part. */
const NEVER_SHOWN: readonly Strategy['kind'][] = ['hash', 'mask', 'replace', 'remove'];
const COMMA = 0x2c;
/** Its members have names as parameters have: `session_id=1,userId=2` (https://www.w3.org/TR/baggage/). */
const BAGGAGE = 'baggage';
const BAGGAGE_FINDER: Finder = {
  find: (text, passages) => {
    addCredentials(passages, text, 0, text.length, COMMA);
  },
};
/** Both headers have one, so that a cookie has the same hash in them. */
const COOKIES_NAMESPACE = 'cookie';

/** Masks captured headers: by their names, cookies by theirs, URLs as the target of a request. */
export class HeaderMasking {
  readonly #dependencies: HeaderMaskingDependencies;
  readonly #cookies: CookieFinder;
  readonly #setCookie: SetCookieFinder;

  constructor(dependencies: HeaderMaskingDependencies) {
    this.#dependencies = dependencies;
    this.#cookies = new CookieFinder(dependencies.cookies);
    this.#setCookie = new SetCookieFinder(dependencies.cookies);
  }

  /** The rules that hide something, as messages name them. */
  get rules(): readonly string[] {
    return [...this.#dependencies.headers.rules, ...this.#dependencies.cookies.rules];
  }

  /** @returns `undefined` where the value is left out */
  mask(name: string, value: string, isSensitivePath: (path: string) => boolean): string | undefined {
    const { headers, texts, urlFinder, counts, placeOf } = this.#dependencies;
    const place = placeOf(name);
    const kind = headerKindOf(name);
    if (kind === 'cookie')
      return texts.mask({ ...place, namespace: COOKIES_NAMESPACE }, value, this.#cookies);
    if (kind === 'set-cookie') {
      const removing = this.#setCookie.removedBy(value);
      if (removing !== undefined) {
        counts.hit(removing);
        return undefined;
      }
      return texts.mask({ ...place, namespace: COOKIES_NAMESPACE }, value, this.#setCookie);
    }
    const rule = ruleOf(headers, name);
    if (rule !== undefined && rule.strategy.kind !== 'show') {
      const isPossible =
        kind === 'text' || kind === 'url' || rule.isExact || NEVER_SHOWN.includes(rule.strategy.kind);
      if (isPossible) return this.#apply(rule, place, value);
    }
    // A rule for many names does not show a credential among them.
    if (rule?.isExact !== true) {
      if (kind === 'authorization') return redactAuthorization(value);
      if (kind === 'sub-protocols') return redactSubProtocols(value);
      if (kind === 'credential') return REDACTED;
    }
    if (kind === 'url') return this.#maskUrl(place, value, isSensitivePath);
    return texts.mask(place, value, name === BAGGAGE ? BAGGAGE_FINDER : urlFinder);
  }

  #apply({ strategy, rule }: NameMatch, place: Place, value: string): string | undefined {
    const { counts, hash } = this.#dependencies;
    counts.hit(rule);
    return applyStrategy(strategy, value, place.namespace, hash);
  }

  #maskUrl(place: Place, value: string, isSensitivePath: (path: string) => boolean): string {
    const { texts, maskPath, maskQuery } = this.#dependencies;
    return redactUrl(value, isSensitivePath, {
      authority: (text) => texts.mask(place, text, undefined) ?? '',
      path: (text) => maskPath(place, text),
      query: (text) => maskQuery(place, text),
    });
  }
}

function ruleOf(headers: NameMatcher, name: string): NameMatch | undefined {
  const { rest, restRule } = headers;
  return headers.match(name) ?? (rest && { strategy: rest, rule: restRule, isExact: false });
}
