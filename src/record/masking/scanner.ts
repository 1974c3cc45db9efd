import type { DetectorName } from '../../options/groups/privacy-options.ts';
import type { Strategy } from '../../options/rules/strategy.ts';
import { CHARACTERS, UNRESERVED } from './characters.ts';
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
import type { Spans } from './spans.ts';
import { encodedByte, isWide, SCANNED_LENGTH, Window } from './window.ts';

export interface Scanner {
  /**
   * Adds what the detectors find in the first 2,048 characters of `text`. What may go on after them is found too. One
   * pass, in time that grows with the length of the text only; nothing is allocated where nothing is found.
   */
  scan(text: string, spans: Spans): void;
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

/** What a character is to a scan, as bits. */
const PLAIN = 0;
const NUMBER = 1;
const ENCODED = 2;
/** The second one of a pair. */
const SECOND = 4;
/** May stand between two digits of a number. */
const BETWEEN = 8;

const ASCII_BITS = 7;
/** No number that is looked for has more digits. */
const MAX_DIGITS = 19;

class OnePassScanner implements Scanner {
  readonly #numbers: readonly Active<NumberDetector>[];
  readonly #pairs: readonly Active<PairDetector>[];
  readonly #all: readonly Active<unknown>[];
  /** For each code of a window, and for each byte of a text. */
  readonly #kinds = new Uint8Array(256);
  /** For two characters of ASCII, a place in `#byPair`; 0 for most of them. */
  readonly #pairKinds = new Uint8Array(1 << (2 * ASCII_BITS));
  readonly #byPair: (readonly Active<PairDetector>[])[] = [[]];
  /** A text with fewer digits, separators apart, has no number. */
  readonly #minDigits: number;
  readonly #window = new Window();
  readonly #chain = new DigitChain();
  readonly #match: Match = { start: 0, end: 0 };

  constructor(detectors: readonly (readonly [DetectorName, Strategy])[]) {
    this.#numbers = activeOf(NUMBER_DETECTORS, detectors);
    this.#pairs = activeOf(PAIR_DETECTORS, detectors);
    this.#all = [...this.#numbers, ...this.#pairs];
    this.#minDigits = Math.min(...this.#numbers.map(({ detector }) => detector.minDigits));
    if (this.#numbers.length > 0) this.#kinds.fill(NUMBER, 0x30, 0x3a);
    for (const separator of ' +-') this.#kinds[separator.charCodeAt(0)] = BETWEEN;
    // Three of them may be an ideographic space.
    this.#kinds.fill(BETWEEN, 0x80);
    this.#kinds[0x25] = ENCODED;
    // The first byte of UTF-8 for characters in full width.
    this.#kinds[0xef] = ENCODED;
    for (const pair of new Set(this.#pairs.flatMap(({ detector }) => detector.pairs))) {
      const those = this.#pairs.filter(({ detector }) => detector.pairs.includes(pair));
      const same = this.#byPair.findIndex(
        (one) => one.length === those.length && one.every((detector, index) => detector === those[index]),
      );
      const second = pair.charCodeAt(1);
      this.#kinds[second] = (this.#kinds[second] ?? PLAIN) | SECOND;
      this.#pairKinds[(pair.charCodeAt(0) << ASCII_BITS) | second] =
        same === -1 ? this.#byPair.push(those) - 1 : same;
    }
  }

  scan(text: string, spans: Spans): void {
    if (text.length <= SCANNED_LENGTH && !this.#isSuspicious(text)) return;
    const window = this.#window;
    window.read(text);
    for (const { found } of this.#all) found.clear();
    for (const { detector } of this.#pairs) detector.begin?.();
    this.#findAll(window, spans);
    if (window.isCut)
      for (const { detector, found } of this.#pairs)
        if (detector.findAtEnd?.(window, found.end, this.#match) === true) this.#add(found, spans);
    for (const { found } of this.#all) found.flush(window, spans);
  }

  /**
   * Whether the text can have something to find. Most texts have not, and are read no second time. Percent-encoded
   * letters and digits are suspicious by themselves, so all others stand for themselves here.
   */
  #isSuspicious(text: string): boolean {
    // Constants of its own: in the bundle those of a module become variables, which are read anew each time.
    const plain = 0;
    const number = 1;
    const encoded = 2;
    const second = 4;
    const between = 8;
    const kinds = this.#kinds;
    const minDigits = this.#minDigits;
    const end = text.length;
    let digits = 0;
    for (let at = 0; at < end; at++) {
      let code = text.charCodeAt(at);
      if (code > 0xff) {
        if (isWide(code)) return true;
        digits = 0;
        continue;
      }
      let kind = kinds[code] ?? plain;
      if (kind === plain) {
        digits = 0;
        continue;
      }
      if (kind === number) {
        if (++digits >= minDigits) return true;
        continue;
      }
      const place = at;
      if (kind === encoded) {
        const byte = code === 0x25 ? encodedByte(text, at) : code;
        if (byte === 0xef) return true;
        kind = plain;
        if (byte >= 0) {
          if (((CHARACTERS[byte] ?? 0) & UNRESERVED) !== 0) return true;
          code = byte;
          kind = (kinds[byte] ?? plain) & (second | between);
          at += 2;
        }
      }
      if ((kind & between) === 0) digits = 0;
      if ((kind & second) !== 0 && this.#isSuspiciousAt(text, place, code)) return true;
    }
    return false;
  }

  /** @param code what stands at `at`, decoded */
  #isSuspiciousAt(text: string, at: number, code: number): boolean {
    const before = at === 0 ? 0 : text.charCodeAt(at - 1);
    for (const { detector } of this.#activeAt(before, code)) if (detector.suspects(text, at)) return true;
    return false;
  }

  #findAll(window: Window, spans: Spans): void {
    const { codes, length } = window;
    const kinds = this.#kinds;
    let numbersTo = 0;
    for (let at = 0; at < length; at++) {
      const code = codes[at] ?? 0;
      const kind = kinds[code] ?? PLAIN;
      if (kind === NUMBER) {
        // What is between the groups of a chain may begin something else.
        if (at >= numbersTo) numbersTo = this.#findNumbers(window, at, spans);
      } else if ((kind & SECOND) !== 0) {
        for (const { detector, found } of this.#activeAt(codes[at - 1] ?? 0, code))
          if (detector.find(window, at, found.end, this.#match)) this.#add(found, spans);
      }
    }
  }

  #activeAt(before: number, code: number): readonly Active<PairDetector>[] {
    return this.#byPair[before > 0x7f ? 0 : (this.#pairKinds[(before << ASCII_BITS) | code] ?? 0)] ?? [];
  }

  /** @returns the end of the digits that begin at `start` */
  #findNumbers(window: Window, start: number, spans: Spans): number {
    const chain = this.#chain;
    const match = this.#match;
    const end = chain.read(window, start);
    chain.sum();
    // A last group that a letter follows may be that of a number with a letter.
    const groups = chain.digitsBeforeLetter === 0 ? chain.groups : chain.groups + 1;
    for (let group = chain.firstGroup; group < groups; group++) {
      if (chain.touchesEnd && chain.length - (chain.firsts[group] ?? 0) <= MAX_DIGITS) {
        match.start = chain.starts[group] ?? 0;
        match.end = window.length;
        for (const { found } of this.#numbers) this.#add(found, spans);
        break;
      }
      for (const { detector, found } of this.#numbers)
        if (detector.find(chain, group, window, match)) this.#add(found, spans);
    }
    return end;
  }

  #add(found: Found, spans: Spans): void {
    found.add(this.#match.start, this.#match.end, this.#window, spans);
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
