import { REDACTED, type Strategy } from '../../../options/rules/strategy.ts';
import { addCredentials } from '../../redact/redaction.ts';
import type { PassageSink } from '../passage-sink.ts';
import type { NameMatcher } from './name-matcher.ts';
import { RemovedRun } from './removed-run.ts';

const AMPERSAND = 0x26;
const SEMICOLON = 0x3b;
const REPLACE: Strategy = { kind: 'replace', text: REDACTED };
const NOWHERE: PassageSink = { add: () => undefined };
/** Parameters of one text that are looked at; the rest is replaced as a whole. */
export const MAX_PARAMETERS = 256;

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
    this.findIn(text, 0, text.length, passages, MAX_PARAMETERS);
  }

  /**
   * The same for a query that is a part of a text.
   *
   * @param most parameters that are looked at
   * @returns how many more may be looked at
   */
  findIn(text: string, from: number, to: number, passages: PassageSink, most: number): number {
    if (this.#names.isEmpty) {
      addCredentials(passages, text, from, to, AMPERSAND);
      return most;
    }
    const removed = this.#removed;
    removed.begin(from, to);
    let start = from;
    let left = most;
    for (; start <= to; left--) {
      if (left === 0) {
        if (start < to) passages.add(start, to, REPLACE, '');
        break;
      }
      start = this.#read(text, start, to, passages) + 1;
    }
    removed.finish(passages);
    return left;
  }

  /** @returns where the parameter ends: that at `&` where a value is hidden that has a `;` in it */
  #read(text: string, start: number, to: number, passages: PassageSink): number {
    const end = endOf(text, start, to, true);
    if (start === end) return end;
    const equals = text.indexOf('=', start);
    const isNamed = equals !== -1 && equals < end;
    const name = text.slice(start, isNamed ? equals : end);
    const value = isNamed ? equals + 1 : end;
    const match = this.#names.matchParameter(name);
    if (match !== undefined && match.strategy.kind !== 'show') {
      return this.#hide(text, start, value, to, match.strategy, match.rule, passages);
    }
    const { rest } = this.#names;
    if (match === undefined && rest !== undefined) {
      const isWeak = rest.kind === 'keep' || rest.kind === 'mask' || rest.kind === 'hash';
      const strategy = isWeak && addCredentials(NOWHERE, text, start, end, AMPERSAND, to) ? REPLACE : rest;
      // A parameter without a name of its own, or without a value: it may be either.
      return this.#hide(text, start, isNamed ? value : start, to, strategy, this.#names.restRule, passages);
    }
    const hidden = this.#names.hidesWithin(name)
      ? start
      : this.#names.hidesWithin(text.slice(value, end))
        ? value
        : end;
    if (hidden < end) {
      const whole = endOf(text, end, to, false);
      passages.add(hidden, whole, REPLACE, '');
      return whole;
    }
    // A value that is shown may still be a URL with a credential in it.
    const shown = match?.isExact === true ? value : start;
    return addCredentials(passages, text, shown, end, AMPERSAND, to) ? endOf(text, end, to, false) : end;
  }

  /** @param value where begins what is hidden */
  #hide(
    text: string,
    start: number,
    value: number,
    to: number,
    strategy: Strategy,
    rule: string,
    passages: PassageSink,
  ): number {
    // To its very end: a parser that knows only `&` takes what follows a `;` as a part of this value.
    const end = endOf(text, value, to, false);
    if (strategy.kind === 'remove') this.#removed.add(start, end, rule, passages);
    else passages.add(value, end, strategy, rule);
    return end;
  }
}

function endOf(text: string, from: number, to: number, endsAtSemicolon: boolean): number {
  for (let at = from; at < to; at++) {
    const code = text.charCodeAt(at);
    if (code === AMPERSAND || (endsAtSemicolon && code === SEMICOLON)) return at;
  }
  return to;
}
