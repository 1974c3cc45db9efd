import { REDACTED, type Strategy } from '../../options/rules/strategy.ts';
import { applyStrategy, compareStrategies, type Hash, hidesAll } from './apply-strategy.ts';
import { SCANNED_LENGTH } from './window.ts';

/** So many passages of one text get their own strategy. */
const MAX_PASSAGES = 64;

interface Passage {
  start: number;
  end: number;
  strategy: Strategy;
  kind: string;
}

const NOTHING: Strategy = { kind: 'show' };

/**
 * What was found in one text, and by which rule. One object is filled again for each text.
 *
 * Where passages overlap, the earliest wins, then the longest, then the most severe strategy (remove, replace, mask, hash,
 * keep), so the order of rules does not matter. Nothing that a losing passage covers is shown: what of it lies outside of
 * the winner is masked, and a winner that would keep characters masks those that a loser hides: all of them where a loser
 * keeps none of its own.
 *
 * After 64 passages one `REDACTED` stands for the rest of the text.
 */
export class Passages {
  readonly #passages: readonly Passage[] = Array.from({ length: MAX_PASSAGES }, () => ({
    start: 0,
    end: 0,
    strategy: NOTHING,
    kind: '',
  }));
  /** Places in `#passages`, in the order of {@link comparePassages}. */
  readonly #order: Uint8Array = new Uint8Array(MAX_PASSAGES);
  #count = 0;
  /** Where the first passage begins that there was no place for. */
  #restFrom = Number.POSITIVE_INFINITY;

  clear(): void {
    this.#count = 0;
    this.#restFrom = Number.POSITIVE_INFINITY;
  }

  get isEmpty(): boolean {
    return this.#count === 0;
  }

  /**
   * @param start in UTF-16 code units, as `end`; an empty passage is none
   * @param kind name of the detector or of the pattern
   */
  add(start: number, end: number, strategy: Strategy, kind: string): void {
    if (start >= end || strategy.kind === 'show') return;
    const passage = this.#passages[this.#count];
    if (passage === undefined) {
      this.#restFrom = Math.min(this.#restFrom, start);
      return;
    }
    passage.start = start;
    passage.end = end;
    passage.strategy = strategy;
    passage.kind = kind;
    let place = this.#count++;
    for (; place > 0; place--) {
      const before = this.#order[place - 1] ?? 0;
      if (comparePassages(this.#at(before), passage) <= 0) break;
      this.#order[place] = before;
    }
    this.#order[place] = this.#count - 1;
  }

  /** Calls `listener` for each passage that was added, with the name of what has found it. */
  forEachKind(listener: (kind: string) => void): void {
    for (let index = 0; index < this.#count; index++) listener(this.#at(index).kind);
  }

  /**
   * The text as it may be shown: no more than its first 2,048 characters, with the strategies applied.
   *
   * @param hash see {@link applyStrategy}
   * @returns `text` itself where nothing was found in it and it is not longer; `undefined` where nothing is left
   */
  apply(text: string, namespace: string, hash: Hash | undefined): string | undefined {
    const end = endOfShown(text);
    if (this.isEmpty) return end === text.length ? text : text.slice(0, end);
    const restFrom = wholeStart(text, Math.min(this.#restFrom, end));
    let shown = '';
    // All before `done` is in `shown`; losing passages reach to `hiddenTo`.
    let done = 0;
    let hiddenTo = 0;
    for (let place = 0; place < this.#count; place++) {
      const passage = this.#ordered(place);
      const from = wholeStart(text, passage.start);
      if (from >= restFrom) break;
      const to = Math.min(wholeEnd(text, passage.end), end);
      if (from < done) {
        hiddenTo = Math.max(hiddenTo, to);
        continue;
      }
      shown += gap(text, done, from, hiddenTo);
      const isContested = hiddenTo > from || this.#hasLoserThatHides(place, to);
      const value = text.slice(from, to);
      if (passage.strategy.kind !== 'keep')
        shown += applyStrategy(passage.strategy, value, namespace, hash) ?? '';
      else shown += isContested ? '*'.repeat(value.length) : this.#keep(place, from, to, text);
      done = to;
    }
    if (restFrom < end) shown += gap(text, done, Math.max(done, restFrom), hiddenTo) + REDACTED;
    else shown += gap(text, done, end, hiddenTo);
    return shown === '' ? undefined : shown;
  }

  /** Whether one of the passages after `place` begins before `to` and hides all of its text. */
  #hasLoserThatHides(place: number, to: number): boolean {
    for (let next = place + 1; next < this.#count; next++) {
      const other = this.#ordered(next);
      if (other.start >= to) return false;
      if (hidesAll(other.strategy)) return true;
    }
    return false;
  }

  /** What a winner keeps, without the characters that passages after `place` do not keep. No loser hides all of its text. */
  #keep(place: number, from: number, to: number, text: string): string {
    const next = place + 1;
    if (next === this.#count || this.#ordered(next).start >= to)
      return kept(this.#ordered(place), from, to, text);
    const isHidden = new Uint8Array(to - from);
    for (let index = place; index < this.#count; index++) {
      const passage = this.#ordered(index);
      if (passage.start >= to) break;
      const start = wholeStart(text, passage.start);
      const shown = kept(passage, start, wholeEnd(text, passage.end), text);
      const end = Math.min(start + shown.length, to);
      for (let at = start; at < end; at++)
        if (shown.charCodeAt(at - start) !== text.charCodeAt(at)) isHidden[at - from] = 1;
    }
    let shown = '';
    for (let at = from; at < to; at++) shown += isHidden[at - from] === 1 ? '*' : text.charAt(at);
    return shown;
  }

  #ordered(place: number): Passage {
    return this.#at(this.#order[place] ?? 0);
  }

  #at(index: number): Passage {
    const passage = this.#passages[index];
    if (passage === undefined) throw new RangeError('no such passage');
    return passage;
  }
}

/** `keep` of a part of a text: of equal length. */
function kept({ strategy }: Passage, start: number, end: number, text: string): string {
  return applyStrategy(strategy, text.slice(start, end), '', undefined) ?? '';
}

/** What lies between two winners: masked as far as losing passages reach, then as received. */
function gap(text: string, from: number, to: number, hiddenTo: number): string {
  const masked = Math.min(Math.max(hiddenTo, from), to);
  return '*'.repeat(masked - from) + text.slice(masked, to);
}

function comparePassages(one: Passage, other: Passage): number {
  return one.start - other.start || other.end - one.end || compareStrategies(one.strategy, other.strategy);
}

/** A passage takes all of a surrogate pair that it takes a half of. */
function wholeStart(text: string, start: number): number {
  return splitsPair(text, start) ? start - 1 : start;
}

function wholeEnd(text: string, end: number): number {
  return splitsPair(text, end) ? end + 1 : end;
}

/** A pair that the end of the window splits is left out. */
function endOfShown(text: string): number {
  return wholeStart(text, Math.min(text.length, SCANNED_LENGTH));
}

function splitsPair(text: string, at: number): boolean {
  return at > 0 && at < text.length && (text.codePointAt(at - 1) ?? 0) > 0xffff;
}
