import type { HrTime } from '@opentelemetry/api';
import {
  type ExchangeKey,
  type ExchangeKeyText,
  keyTextOf,
  knownMethodOf,
  OTHER,
  OTHER_KEY,
  statusClassOf,
} from '../record/exchange-key.ts';

/** How many exchanges of one key were suppressed or lost. The route is `_OTHER` where the ledger was full. */
export interface LedgerEntry extends ExchangeKeyText {
  /** Why they were lost; `undefined` in the ledger of the suppressed. */
  readonly errorType: string | undefined;
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
 * Exact counts per key and error type. A window lasts from one `drain` to the next.
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
  add(key: ExchangeKey, atMs: number, errorType?: string, count = 1): void {
    this.#entry(key, atMs, errorType).count += count;
  }

  /**
   * Adds a count that was drained and could not be reported. It keeps the start of its own window.
   *
   * @param nowMs reading of the monotonic clock
   */
  restore(entry: LedgerEntry, nowMs: number): void {
    const { route, method = OTHER, statusClass, errorType } = entry;
    const key = { route, method, statusCode: undefined, outcome: statusClass };
    const restored = this.#entry(key, nowMs, errorType);
    restored.count += entry.count;
    restored.windowStart = entry.windowStart;
  }

  /** Returns the count of a key and sets it to 0. A key that was counted under `_OTHER` has no count of its own. */
  collect(key: ExchangeKey, errorType?: string): number {
    // The usual case: nothing was suppressed.
    if (this.#entries.length === 0) return 0;
    const entry = this.#find(key, errorType);
    if (entry === undefined) return 0;
    const { count } = entry;
    entry.count = 0;
    return count;
  }

  /** Ends the window: returns all counts that were not collected, in the order in which their keys appeared. */
  drain(): readonly LedgerEntry[] {
    const entries = this.#entries.filter((entry) => entry.count > 0);
    this.#entries = [];
    this.#byRoute.clear();
    this.#byMethod.clear();
    return entries;
  }

  #entry(key: ExchangeKey, atMs: number, errorType: string | undefined): MutableEntry {
    const entry = this.#find(key, errorType);
    if (entry !== undefined) return entry;
    if (this.#entries.length < this.#maxKeys) return this.#open(key, atMs, errorType);
    const otherType = errorType === undefined ? undefined : OTHER;
    return this.#find(OTHER_KEY, otherType) ?? this.#open(OTHER_KEY, atMs, otherType);
  }

  #find(key: ExchangeKey, errorType: string | undefined): MutableEntry | undefined {
    const entries = this.#namesakes(key);
    if (entries === undefined) return undefined;
    const statusClass = statusClassOf(key);
    for (const entry of entries) {
      if (entry.statusClass === statusClass && entry.errorType === errorType) return entry;
    }
    return undefined;
  }

  /** The entries of the same route, or of the same method where there is no route. */
  #namesakes({ route, method }: ExchangeKey): MutableEntry[] | undefined {
    if (route !== undefined) return this.#byRoute.get(route);
    return this.#byMethod.get(knownMethodOf(method, this.#knownMethods));
  }

  #open(key: ExchangeKey, atMs: number, errorType: string | undefined): MutableEntry {
    if (this.#entries.length === 0) this.#windowStart = nanosText(this.#wallTime(atMs));
    const { route, method, statusClass } = keyTextOf(key, this.#knownMethods);
    const entry = { route, method, statusClass, errorType, count: 0, windowStart: this.#windowStart };
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
