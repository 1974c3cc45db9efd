import { REDACTED, type Strategy } from '../../../options/rules/strategy.ts';
import { findBesideAttributes } from '../../redact/header-redaction.ts';
import { isCredentialName } from '../../redact/redaction.ts';
import type { PassageSink } from '../passage-sink.ts';
import type { NameMatch, NameMatcher } from './name-matcher.ts';
import { RemovedRun } from './removed-run.ts';

const REPLACE: Strategy = { kind: 'replace', text: REDACTED };
const BUILT_IN = { strategy: REPLACE, rule: '' };
/** As many cookies as agents must be able to hold for one domain (RFC 6265 section 6.1); the rest are one. */
const MAX_COOKIES = 50;

/** Finds what is to be masked in a `Cookie` header: every value without a rule that shows it. */
export class CookieFinder {
  readonly #names: NameMatcher;
  readonly #removed = new RemovedRun();

  constructor(names: NameMatcher) {
    this.#names = names;
  }

  find(text: string, passages: PassageSink): void {
    this.#removed.begin(0, text.length);
    let start = 0;
    for (let cookies = 0; start <= text.length; cookies++) {
      if (cookies === MAX_COOKIES) {
        if (start < text.length) passages.add(start, text.length, REPLACE, '');
        break;
      }
      const semicolon = text.indexOf(';', start);
      const end = semicolon === -1 ? text.length : semicolon;
      this.#read(text.slice(start, end), start, passages);
      start = end + 1;
    }
    this.#removed.finish(passages);
  }

  #read(pair: string, start: number, passages: PassageSink): void {
    const end = start + pair.length;
    const trimmed = pair.trimStart();
    if (trimmed === '') return;
    const equals = pair.indexOf('=');
    const name = equals === -1 ? '' : pair.slice(0, equals).trim();
    const { strategy, rule } = ruleOf(this.#names, name);
    // Without a name browsers take the whole for the value.
    const value = equals === -1 ? end - trimmed.length : start + equals + 1;
    if (strategy.kind === 'remove') this.#removed.add(start, end, rule, passages);
    else passages.add(value, end, strategy, rule);
  }
}

/** Finds the value of the cookie that a `Set-Cookie` header sets; its attributes (`Path=/; HttpOnly`) stay. */
export class SetCookieFinder {
  readonly #names: NameMatcher;

  constructor(names: NameMatcher) {
    this.#names = names;
  }

  /** The rule by which the header is left out as a whole, if there is one. */
  removedBy(text: string): string | undefined {
    const { strategy, rule } = ruleOf(this.#names, nameOf(text));
    return strategy.kind === 'remove' ? rule : undefined;
  }

  find(text: string, passages: PassageSink): void {
    const semicolon = text.indexOf(';');
    const end = semicolon === -1 ? text.length : semicolon;
    const equals = text.indexOf('=');
    const value = equals === -1 || equals > end ? 0 : equals + 1;
    const { strategy, rule } = ruleOf(this.#names, nameOf(text));
    passages.add(value, end, strategy, rule);
    findBesideAttributes(text, end, (start, hiddenEnd) => passages.add(start, hiddenEnd, REPLACE, ''));
  }
}

function nameOf(setCookie: string): string {
  const [pair = ''] = setCookie.split(';', 1);
  const equals = pair.indexOf('=');
  return equals === -1 ? '' : pair.slice(0, equals).trim();
}

function ruleOf(names: NameMatcher, name: string): Pick<NameMatch, 'strategy' | 'rule'> {
  const match = name === '' ? undefined : names.matchParameter(name);
  if (match === undefined) {
    return names.rest === undefined ? BUILT_IN : { strategy: names.rest, rule: names.restRule };
  }
  // A rule for many names does not show a credential among them.
  return match.strategy.kind === 'show' && !match.isExact && isCredentialName(name) ? BUILT_IN : match;
}
