import type { DetectorName } from '../../options/groups/privacy-options.ts';
import type { Strategy } from '../../options/rules/strategy.ts';
import { type Clues, cluesOf, isSuspicious, nextClueIn, pairKindIn } from './clues.ts';
import { BearerDetector } from './detectors/bearer.ts';
import { CardDetector } from './detectors/card.ts';
import type { Match, NumberDetector, PairDetector } from './detectors/detector.ts';
import { DigitChain } from './detectors/digit-chain.ts';
import { EmailDetector } from './detectors/email.ts';
import { Found } from './detectors/found.ts';
import { ChineseIdDetector } from './detectors/id-cn.ts';
import { JwtDetector } from './detectors/jwt.ts';
import { KeyDetector } from './detectors/key.ts';
import { PhoneDetector } from './detectors/phone.ts';
import { ChinesePhoneDetector } from './detectors/phone-cn.ts';
import type { Passages } from './passages.ts';
import { SCANNED_LENGTH, Window } from './window.ts';

export interface Scanner {
  /**
   * Adds what the detectors find in the first 2,048 characters of `text`. What may go on after them is found too. One
   * pass, in time that grows with the length of the text only; nothing is allocated where nothing is found.
   */
  scan(text: string, passages: Passages): void;
}

interface Active<D> {
  readonly detector: D;
  readonly found: Found;
}

const PAIR_DETECTORS: Partial<Record<DetectorName, () => PairDetector>> = {
  jwt: () => new JwtDetector(),
  bearer: () => new BearerDetector(),
  key: () => new KeyDetector(),
  email: () => new EmailDetector(),
  phone: () => new PhoneDetector(),
};
const NUMBER_DETECTORS: Partial<Record<DetectorName, () => NumberDetector>> = {
  card: () => new CardDetector(),
  'phone-cn': () => new ChinesePhoneDetector(),
  'id-cn': () => new ChineseIdDetector(),
};

/** @returns `undefined` where no detector hides anything */
export function compileScanner(detectors: ReadonlyMap<DetectorName, Strategy>): Scanner | undefined {
  const active = [...detectors].filter(([, { kind }]) => kind !== 'show');
  return active.length === 0 ? undefined : new OnePassScanner(active);
}

/** No number that is looked for has more digits. */
const MAX_DIGITS = 19;
/** No number begins with a shorter group. */
const MIN_GROUP = 3;

class OnePassScanner implements Scanner {
  readonly #numbers: readonly Active<NumberDetector>[];
  readonly #pairs: readonly Active<PairDetector>[];
  readonly #all: readonly Active<unknown>[];
  readonly #clues: Clues;
  /** By the kind of a pair, as `Clues.byPair`. */
  readonly #byPair: readonly (readonly Active<PairDetector>[])[];
  readonly #window = new Window();
  readonly #chain = new DigitChain();
  readonly #match: Match = { start: 0, end: 0 };

  constructor(detectors: readonly (readonly [DetectorName, Strategy])[]) {
    this.#numbers = activeOf(NUMBER_DETECTORS, detectors);
    this.#pairs = activeOf(PAIR_DETECTORS, detectors);
    this.#all = [...this.#numbers, ...this.#pairs];
    const minDigits = Math.min(...this.#numbers.map(({ detector }) => detector.minDigits));
    this.#clues = cluesOf(
      this.#pairs.map(({ detector }) => detector),
      minDigits,
    );
    this.#byPair = this.#clues.byPair.map((those) =>
      this.#pairs.filter(({ detector }) => those.includes(detector)),
    );
  }

  scan(text: string, passages: Passages): void {
    if (text.length <= SCANNED_LENGTH && !isSuspicious(text, this.#clues)) return;
    this.#scanClosely(text, passages);
  }

  #scanClosely(text: string, passages: Passages): void {
    const window = this.#window;
    window.read(text);
    for (const { found } of this.#all) found.clear();
    for (const { detector } of this.#pairs) detector.begin?.();
    this.#findAll(window, passages);
    if (window.isCut)
      for (const { detector, found } of this.#pairs)
        if (detector.findAtEnd?.(window, found.end, this.#match) === true) this.#add(found, passages);
    for (const { found } of this.#all) found.flush(window, passages);
  }

  #findAll(window: Window, passages: Passages): void {
    const { codes, length } = window;
    const match = this.#match;
    let numbersTo = 0;
    let at = nextClueIn(codes, 0, length, numbersTo, this.#clues);
    for (; at < length; at = nextClueIn(codes, at + 1, length, numbersTo, this.#clues)) {
      const pairKind = pairKindIn(codes, at, this.#clues);
      if (pairKind === 0) {
        // What is between the groups of a chain may begin something else.
        numbersTo = this.#findNumbers(window, at, passages);
        at += this.#chain.lengthOf(0) - 1;
        continue;
      }
      const actives = this.#byPair[pairKind] ?? [];
      for (let index = 0; index < actives.length; index++) {
        const active = actives[index];
        if (active?.detector.find(window, at, active.found.end, match)) this.#add(active.found, passages);
      }
    }
  }

  /** @returns the end of the digits that begin at `start` */
  #findNumbers(window: Window, start: number, passages: Passages): number {
    const chain = this.#chain;
    const match = this.#match;
    const end = chain.read(window, start);
    const { touchesEnd, firsts } = chain;
    // A last group that a letter follows may be that of a number with a letter.
    const groups = chain.digitsBeforeLetter === 0 ? chain.groups : chain.groups + 1;
    if (chain.length < this.#clues.minDigits && !touchesEnd) return end;
    chain.sum();
    for (let group = chain.firstGroup; group < groups; group++) {
      if (touchesEnd && chain.length - (firsts[group] ?? 0) <= MAX_DIGITS) {
        match.start = chain.starts[group] ?? 0;
        match.end = window.length;
        for (const { found } of this.#numbers) this.#add(found, passages);
        break;
      }
      if (group < chain.groups && chain.lengthOf(group) < MIN_GROUP) continue;
      for (let index = 0; index < this.#numbers.length; index++) {
        const active = this.#numbers[index];
        if (active?.detector.find(chain, group, window, match)) this.#add(active.found, passages);
      }
    }
    return end;
  }

  #add(found: Found, passages: Passages): void {
    found.add(this.#match.start, this.#match.end, this.#window, passages);
  }
}

function activeOf<D>(
  makers: Partial<Record<DetectorName, () => D>>,
  detectors: readonly (readonly [DetectorName, Strategy])[],
): Active<D>[] {
  return detectors.flatMap(([name, strategy]) => {
    const detector = makers[name]?.();
    return detector === undefined ? [] : [{ detector, found: new Found(name, strategy) }];
  });
}
