import type { DetectorName } from '../../options/groups/privacy-options.ts';
import type { MaskingRules } from '../../options/rules/masking-rules.ts';
import { REDACTED, type Strategy } from '../../options/rules/strategy.ts';
import { HTTP_REQUEST_HEADER_PREFIX, HTTP_RESPONSE_HEADER_PREFIX } from '../attributes/attribute-names.ts';
import { ATTRIBUTES } from '../attributes/attribute-table.ts';
import { redactPath, redactQuery } from '../redact/redaction.ts';
import { applyStrategy } from './apply-strategy.ts';
import type { HashKey } from './hash-key.ts';
import { HeaderMasking } from './header-masking.ts';
import { FAILED, MaskedTexts, type Place } from './masked-texts.ts';
import type { Masking } from './masking.ts';
import type { MaskingCounts } from './masking-counts.ts';
import { NameMatcher } from './places/name-matcher.ts';
import { PathFinder, PathMatcher } from './places/path-matcher.ts';
import { QueryFinder } from './places/query-finder.ts';
import { UrlFinder } from './places/url-finder.ts';
import { compileScanner } from './scanner.ts';
import type { TimeBudget } from './time-budget.ts';
import { UserPatterns } from './user-patterns.ts';
import { SCANNED_LENGTH } from './window.ts';

export interface MaskingDependencies {
  readonly rules: MaskingRules;
  /** Detectors of the option, to which the rules add. */
  readonly detect: readonly DetectorName[];
  /** `undefined` where nothing can be hashed. */
  readonly key: HashKey | undefined;
  /** Of the process: other rules go on counting. */
  readonly counts: MaskingCounts;
  /** Of the process, for patterns. */
  readonly budget: TimeBudget;
}

/** A {@link Masking} made of rules. */
export interface CompiledMasking extends Masking {
  /** The rules that hide something, as messages and {@link MaskingCounts} name them: `query.code`, `card`. */
  readonly rules: readonly string[];
}

/** Attributes whose places are remembered: hooks may name them by the thousand. */
const MAX_PLACES = 256;
/** Stands in `in` of a pattern for every field that handlers set. */
const FIELDS = 'fields';

/** What becomes of a finding without a strategy of its own: of a token nothing is left, of a number its length. */
const BY_DEFAULT: Readonly<Record<DetectorName, Strategy>> = {
  jwt: { kind: 'replace', text: REDACTED },
  bearer: { kind: 'replace', text: REDACTED },
  key: { kind: 'replace', text: REDACTED },
  card: { kind: 'mask' },
  email: { kind: 'mask' },
  phone: { kind: 'mask' },
  'phone-cn': { kind: 'mask' },
  'id-cn': { kind: 'mask' },
};

/**
 * Compiles rules into the {@link Masking} of records. Loads the engine of patterns where there are any.
 *
 * No method of it throws, but for `hash` without a key: `[MASKING FAILED]` stands for a value that could not be masked.
 */
export function compileMasking(dependencies: MaskingDependencies): CompiledMasking {
  const { rules, key, counts, budget } = dependencies;
  const detectors = detectorsOf(dependencies);
  const hash = key === undefined ? undefined : key.hash.bind(key);
  const patterns = rules.patterns.length === 0 ? undefined : new UserPatterns(rules.patterns, budget);
  const texts = new MaskedTexts({
    scanner: compileScanner(detectors),
    patterns,
    allow: rules.allow,
    hash,
    counts,
  });
  const query = new NameMatcher('query', rules.query);
  const queryFinder = new QueryFinder(query);
  const templates = new PathMatcher(rules.paths);
  const pathFinder = new PathFinder(templates);
  const urlFinder = new UrlFinder(queryFinder);

  function placeOf(attribute: string): Place {
    return texts.placeOf(attribute, [attribute]);
  }
  const pathPlace = placeOf(ATTRIBUTES.path.name);
  const queryPlace = placeOf(ATTRIBUTES.query.name);
  const textPlaces = new Places(placeOf);
  const fieldPlaces = new Places((attribute) => texts.placeOf(attribute, [attribute, FIELDS]));
  const headerPlaces = new Places((name) => {
    const request = HTTP_REQUEST_HEADER_PREFIX + name;
    return texts.placeOf(request, [request, HTTP_RESPONSE_HEADER_PREFIX + name]);
  });

  /** Without rules of names the one pass over the text that finds credentials comes first. */
  const maskPath = (place: Place, path: string): string => {
    const isPlain = templates.isEmpty && path.length <= SCANNED_LENGTH;
    return (
      (isPlain ? texts.mask(place, redactPath(path), undefined) : texts.mask(place, path, pathFinder)) ?? ''
    );
  };
  const maskQuery = (place: Place, text: string, start: number): string => {
    const isPlain = query.isEmpty && text.length - start <= SCANNED_LENGTH;
    const masked = isPlain
      ? texts.mask(place, redactQuery(text, start), undefined)
      : texts.mask(place, text.slice(start), queryFinder);
    return masked ?? '';
  };
  const headers = new HeaderMasking({
    headers: new NameMatcher('headers', rules.headers),
    cookies: new NameMatcher('cookies', rules.cookies),
    texts,
    urlFinder,
    hash,
    counts,
    maskPath,
    maskQuery: (place, text) => maskQuery(place, text, 0),
    placeOf: (name) => headerPlaces.of(name),
  });

  function failed(): string {
    counts.failed++;
    return FAILED;
  }

  return {
    canHash: key !== undefined,
    path(path) {
      try {
        return maskPath(pathPlace, path);
      } catch {
        return failed();
      }
    },
    query(text, start) {
      try {
        return maskQuery(queryPlace, text, start);
      } catch {
        return failed();
      }
    },
    header(name, value, isSensitivePath) {
      try {
        return headers.mask(name, value, isSensitivePath);
      } catch {
        return failed();
      }
    },
    text(attribute, value) {
      try {
        return maskText(textPlaces.of(attribute), value);
      } catch {
        return failed();
      }
    },
    field(attribute, value, strategy) {
      try {
        if (strategy === undefined || strategy.kind === 'show')
          return maskText(fieldPlaces.of(attribute), value);
        return applyStrategy(strategy, value, attribute, hash);
      } catch {
        return failed();
      }
    },
    hash(namespace, value) {
      if (hash === undefined) throw new Error('no key for hashes');
      return hash(namespace, value);
    },
    rules: [
      ...detectors.keys(),
      ...query.rules,
      ...headers.rules,
      ...templates.rules,
      ...(patterns?.rules ?? []),
    ],
  };

  function maskText(place: Place, value: string): string | undefined {
    // An attribute that is exempt is written as it is, up to its cap.
    return place.isScanned ? texts.mask(place, value, urlFinder) : value;
  }
}

/** The detectors of the option with their strategies, and what the rules add to them or take away. */
function detectorsOf({ detect, rules }: MaskingDependencies): ReadonlyMap<DetectorName, Strategy> {
  const detectors = new Map(detect.map((name) => [name, BY_DEFAULT[name]]));
  for (const [name, strategy] of rules.detect) {
    if (strategy === 'off') detectors.delete(name);
    else detectors.set(name, strategy);
  }
  return detectors;
}

/** Places by the names of attributes. */
class Places {
  readonly #places = new Map<string, Place>();
  readonly #create: (attribute: string) => Place;

  constructor(create: (attribute: string) => Place) {
    this.#create = create;
  }

  of(attribute: string): Place {
    let place = this.#places.get(attribute);
    if (place === undefined) {
      place = this.#create(attribute);
      if (this.#places.size >= MAX_PLACES) this.#places.clear();
      this.#places.set(attribute, place);
    }
    return place;
  }
}
