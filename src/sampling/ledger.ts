import type { HrTime } from '@opentelemetry/api';
import {
  type ExchangeKey,
  type ExchangeKeyText,
  keyTextOf,
  knownMethodOf,
  OTHER,
  OTHER_KEY,
  statusClassOf,
} from '../record/receipt/exchange-key.ts';

/** Why an exchange was suppressed: no token, none within the share of its client or route, or `errors` mode. */
export type SuppressionReason = 'rate' | 'share' | 'degraded';

/** Causes that a full ledger still tells apart. */
const REASONS: ReadonlySet<string | undefined> = new Set<SuppressionReason | undefined>([
  'rate',
  'share',
  'degraded',
  undefined,
]);

/** How many exchanges of one key were suppressed or lost. The route is `_OTHER` where the ledger was full. */
export interface LedgerEntry extends ExchangeKeyText {
  /** Why they were lost, as `error.type` has it; or a {@link SuppressionReason}, `undefined` where it is not known any more. */
  readonly cause: string | undefined;
  readonly count: number;
  /** Wall-clock time of the first count in this window: nanoseconds since the Unix epoch as decimal text. */
  readonly windowStart: string;
}

export interface LedgerSettings {
  /** Wall-clock time of a reading of the monotonic clock. Called once per window. */
  readonly wallTime: (atMs: number) => HrTime;
  /** All other methods are counted as `_OTHER`, as in `http.request.method`. */
  readonly knownMethods: ReadonlySet<string>;
  /** Keys in one window; all further ones share the key `_OTHER`. Default 200. */
  readonly maxKeys?: number;
}

type MutableEntry = { -readonly [part in keyof LedgerEntry]: LedgerEntry[part] };

/**
 * Exact counts per key and cause. A window lasts from one `drain` to the next.
 *
 * Adding to a key that the window already has allocates nothing.
 */
export class Ledger {
  readonly #wallTime: (atMs: number) => HrTime;
  readonly #knownMethods: ReadonlySet<string>;
  readonly #maxKeys: number;
  // Two maps, because a route may be spelled like a method.
  readonly #byRoute = new Map<string, MutableEntry[]>();
  readonly #byMethod = new Map<string, MutableEntry[]>();
  #entries: MutableEntry[] = [];
  #windowStart = '';

  constructor(settings: LedgerSettings) {
    this.#wallTime = settings.wallTime;
    this.#knownMethods = settings.knownMethods;
    this.#maxKeys = settings.maxKeys ?? 200;
  }

  /** @param atMs reading of the monotonic clock at the event that is counted; the first one starts the window */
  add(key: ExchangeKey, atMs: number, cause?: string, count = 1): void {
    this.#entry(key, atMs, cause).count += count;
  }

  /**
   * Adds a count that was drained and could not be reported. It keeps the start of its own window.
   *
   * @param nowMs reading of the monotonic clock
   */
  restore(entry: LedgerEntry, nowMs: number): void {
    const { route, method = OTHER, statusClass, cause } = entry;
    const key = { route, method, statusCode: undefined, outcome: statusClass };
    const restored = this.#entry(key, nowMs, cause);
    restored.count += entry.count;
    restored.windowStart = entry.windowStart;
  }

  /**
   * Returns the count of a key, of all causes, and sets it to 0. A key that was counted under `_OTHER` has no count of its
   * own.
   */
  collect(key: ExchangeKey): number {
    // The usual case: nothing was suppressed.
    if (this.#entries.length === 0) return 0;
    const entries = this.#namesakes(key);
    if (entries === undefined) return 0;
    const statusClass = statusClassOf(key);
    let count = 0;
    for (const entry of entries) {
      if (entry.statusClass !== statusClass) continue;
      count += entry.count;
      entry.count = 0;
    }
    return count;
  }

  /** The keys with the highest counts of this window, highest first: `/orders/:id 2xx`. */
  top(count: number): readonly string[] {
    const counts = new Map<string, number>();
    for (const { route, method, statusClass, count: more } of this.#entries) {
      const name = `${route ?? method} ${statusClass}`;
      if (more > 0) counts.set(name, (counts.get(name) ?? 0) + more);
    }
    const sorted = [...counts].sort(([, one], [, other]) => other - one);
    return sorted.slice(0, count).map(([name]) => name);
  }

  /** Ends the window: returns all counts that were not collected, in the order in which their keys appeared. */
  drain(): readonly LedgerEntry[] {
    const entries = this.#entries.filter((entry) => entry.count > 0);
    this.#entries = [];
    this.#byRoute.clear();
    this.#byMethod.clear();
    return entries;
  }

  #entry(key: ExchangeKey, atMs: number, cause: string | undefined): MutableEntry {
    const entry = this.#find(key, cause);
    if (entry !== undefined) return entry;
    if (this.#entries.length < this.#maxKeys) return this.#open(key, atMs, cause);
    const otherCause = REASONS.has(cause) ? cause : OTHER;
    return this.#find(OTHER_KEY, otherCause) ?? this.#open(OTHER_KEY, atMs, otherCause);
  }

  #find(key: ExchangeKey, cause: string | undefined): MutableEntry | undefined {
    const entries = this.#namesakes(key);
    if (entries === undefined) return undefined;
    const statusClass = statusClassOf(key);
    for (const entry of entries) {
      if (entry.statusClass === statusClass && entry.cause === cause) return entry;
    }
    return undefined;
  }

  /** The entries of the same route, or of the same method where there is no route. */
  #namesakes({ route, method }: ExchangeKey): MutableEntry[] | undefined {
    if (route !== undefined) return this.#byRoute.get(route);
    return this.#byMethod.get(knownMethodOf(method, this.#knownMethods));
  }

  #open(key: ExchangeKey, atMs: number, cause: string | undefined): MutableEntry {
    if (this.#entries.length === 0) this.#windowStart = nanosText(this.#wallTime(atMs));
    const { route, method, statusClass } = keyTextOf(key, this.#knownMethods);
    const entry = { route, method, statusClass, cause, count: 0, windowStart: this.#windowStart };
    this.#entries.push(entry);
    const namesakes = this.#namesakes(key);
    if (namesakes !== undefined) namesakes.push(entry);
    else if (route !== undefined) this.#byRoute.set(route, [entry]);
    else this.#byMethod.set(knownMethodOf(key.method, this.#knownMethods), [entry]);
    return entry;
  }
}

function nanosText([seconds, nanos]: HrTime): string {
  return `${seconds}${nanos.toString().padStart(9, '0')}`;
}
