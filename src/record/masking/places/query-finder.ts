import { REDACTED, type Strategy } from '../../../options/rules/strategy.ts';
import { addCredentials } from '../../redact/redaction.ts';
import type { PassageSink } from '../passage-sink.ts';
import type { NameMatcher } from './name-matcher.ts';
import { RemovedRun } from './removed-run.ts';

const AMPERSAND = 0x26;
const SEMICOLON = 0x3b;
const REPLACE: Strategy = { kind: 'replace', text: REDACTED };
const NOWHERE: PassageSink = { add: () => undefined };
/** Parameters that are looked at; the rest is replaced as a whole. */
const MAX_PARAMETERS = 256;

/**
 * Finds what is to be masked in a query by the names of its parameters. The user's rule of a name comes before that of
 * its beginning, which comes before the names of credentials that are known, which come before the rule of all others.
 */
export class QueryFinder {
  readonly #names: NameMatcher;
  readonly #removed = new RemovedRun();

  constructor(names: NameMatcher) {
    this.#names = names;
  }

  find(text: string, passages: PassageSink): void {
    if (this.#names.isEmpty) {
      addCredentials(passages, text, 0, text.length, AMPERSAND);
      return;
    }
    const removed = this.#removed;
    removed.begin();
    let start = 0;
    for (let count = 0; start <= text.length; count++) {
      if (count === MAX_PARAMETERS) {
        if (start < text.length) passages.add(start, text.length, REPLACE, '');
        break;
      }
      const end = endOf(text, start, true);
      start = this.#read(text, start, end, passages) + 1;
    }
    removed.finish(text, passages);
  }

  /** @returns where the parameter ends: that at `&` where a value is hidden that has a `;` in it */
  #read(text: string, start: number, end: number, passages: PassageSink): number {
    if (start === end) return end;
    const equals = text.indexOf('=', start);
    const isNamed = equals !== -1 && equals < end;
    const name = text.slice(start, isNamed ? equals : end);
    const value = isNamed ? equals + 1 : end;
    const match = this.#names.matchParameter(name);
    if (match !== undefined && match.strategy.kind !== 'show') {
      return this.#hide(text, start, value, match.strategy, match.rule, passages);
    }
    const { rest } = this.#names;
    if (match === undefined && rest !== undefined) {
      const isWeak = rest.kind === 'keep' || rest.kind === 'mask' || rest.kind === 'hash';
      const strategy = isWeak && addCredentials(NOWHERE, text, start, end, AMPERSAND) ? REPLACE : rest;
      // A parameter without a name of its own, or without a value: it may be either.
      return this.#hide(text, start, isNamed ? value : start, strategy, this.#names.restRule, passages);
    }
    if (isNamed && this.#names.hidesWithin(text.slice(value, end))) {
      const whole = endOf(text, end, false);
      if (value < whole) passages.add(value, whole, REPLACE, '');
      return whole;
    }
    // A value that is shown may still be a URL with a credential in it.
    const from = match?.isExact === true ? value : start;
    return addCredentials(passages, text, from, end, AMPERSAND) ? endOf(text, end, false) : end;
  }

  /** @param value where begins what is hidden */
  #hide(
    text: string,
    start: number,
    value: number,
    strategy: Strategy,
    rule: string,
    passages: PassageSink,
  ): number {
    // To its very end: a parser that knows only `&` takes what follows a `;` as a part of this value.
    const end = endOf(text, value, false);
    if (strategy.kind === 'remove') this.#removed.add(start, end, rule, text, passages);
    else passages.add(value, end, strategy, rule);
    return end;
  }
}

function endOf(text: string, from: number, endsAtSemicolon: boolean): number {
  for (let at = from; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === AMPERSAND || (endsAtSemicolon && code === SEMICOLON)) return at;
  }
  return text.length;
}
