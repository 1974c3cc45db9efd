import type { ExchangeKey } from '../record/receipt/exchange-key.ts';
import { Results } from '../telemetry/results.ts';
import { Ledger, type LedgerSettings } from './ledger.ts';

/** Counts kept exchanges that were lost: by key for events, by `error.type` for metrics, and for the mode. */
export class Losses {
  /** Those that no event has reported yet. */
  readonly ledger: Ledger;
  readonly #byType = new Results();
  #beforeDelivery = 0;
  #sinceTick = 0;

  constructor(settings: LedgerSettings) {
    this.ledger = new Ledger(settings);
  }

  add(key: ExchangeKey, atMs: number, errorType: string, count: number): void {
    this.#byType.fail(errorType, count);
    this.#sinceTick += count;
    this.ledger.add(key, atMs, errorType, count);
  }

  /** One whose record did not reach the next processor, so that delivery cannot count it. */
  addBeforeDelivery(key: ExchangeKey, atMs: number, errorType: string): void {
    this.#beforeDelivery += 1;
    this.add(key, atMs, errorType, 1);
  }

  get beforeDelivery(): number {
    return this.#beforeDelivery;
  }

  get byType(): ReadonlyMap<string, number> {
    return this.#byType.failed;
  }

  /** How many since the last call. */
  takeSinceTick(): number {
    const lost = this.#sinceTick;
    this.#sinceTick = 0;
    return lost;
  }
}
