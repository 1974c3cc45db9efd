import type { Strategy } from '../../options/rules/strategy.ts';
import type { Hash } from './apply-strategy.ts';
import type { MaskingCounts } from './masking-counts.ts';
import type { PassageSink } from './passage-sink.ts';
import { Passages } from './passages.ts';
import type { Scanner } from './scanner.ts';
import type { PatternScanner, UserPatterns } from './user-patterns.ts';
import { SCANNED_LENGTH } from './window.ts';

/** Characters beyond those that are written, so that names and patterns are found which the cut divides. */
const MAX_AHEAD = 256;
const MASK: Strategy = { kind: 'mask' };
/** In place of a text that could not be masked. */
export const FAILED = '[MASKING FAILED]';
/** In place of a text that was not scanned, since patterns have used up their time. */
const NOT_SCANNED = '[NOT SCANNED]';

/** Finds what is to be masked in a text by something else than its looks. */
export interface Finder {
  find(text: string, passages: PassageSink): void;
}

/** What an attribute, or a part of one, is masked by. */
export interface Place {
  /** Of its hashes. */
  readonly namespace: string;
  /** Whether detectors and patterns look at it. */
  readonly isScanned: boolean;
  readonly patterns: PatternScanner | undefined;
}

export interface MaskedTextsDependencies {
  readonly scanner: Scanner | undefined;
  readonly patterns: UserPatterns | undefined;
  /** Attributes at which neither of them looks. */
  readonly allow: ReadonlySet<string>;
  /** `undefined` where there is no key. */
  readonly hash: Hash | undefined;
  readonly counts: MaskingCounts;
}

class WindowPassages extends Passages {
  /** The last characters of a value that is cut are not its last ones: none of it is kept. */
  override add(start: number, end: number, strategy: Strategy, kind: string): void {
    super.add(start, end, strategy.kind === 'keep' && end > SCANNED_LENGTH ? MASK : strategy, kind);
  }
}

/** Masks one text after the other: all that is found in the raw text is masked at once. */
export class MaskedTexts {
  readonly #dependencies: MaskedTextsDependencies;
  readonly #passages = new WindowPassages();
  readonly #count = (rule: string): void => this.#dependencies.counts.hit(rule);

  constructor(dependencies: MaskedTextsDependencies) {
    this.#dependencies = dependencies;
  }

  /** @param names any of which the options may name */
  placeOf(namespace: string, names: readonly string[]): Place {
    const { allow, patterns } = this.#dependencies;
    const isScanned = !names.some((name) => allow.has(name));
    return { namespace, isScanned, patterns: isScanned ? patterns?.scannerFor(names) : undefined };
  }

  /**
   * @param finder of what is masked by its name
   * @returns the same text where nothing is found; `undefined` where nothing is left of it
   */
  mask(place: Place, given: string, finder: Finder | undefined): string | undefined {
    const { scanner, counts, hash } = this.#dependencies;
    const text = given.length > SCANNED_LENGTH ? given.slice(0, SCANNED_LENGTH + MAX_AHEAD) : given;
    const passages = this.#passages;
    passages.clear();
    finder?.find(text, passages);
    if (place.isScanned) {
      scanner?.scan(text, passages);
      if (place.patterns !== undefined && !place.patterns.scan(text, passages)) {
        counts.notScanned++;
        return NOT_SCANNED;
      }
    }
    if (!passages.isEmpty) passages.forEachKind(this.#count);
    return passages.apply(text, place.namespace, hash);
  }
}
