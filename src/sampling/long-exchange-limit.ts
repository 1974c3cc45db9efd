import type { SampledExchange } from '../record/sampled-exchange.ts';
import { isRolledOut } from './rollout.ts';
import { type LeaveOutRules, leavesOut } from './sampler.ts';
import { TokenBucket } from './token-bucket.ts';

/** Events of long exchanges per second, at most: a service may have 100,000 open sockets. */
const EVENTS_PER_SECOND = 100;

/** Decides which long exchanges give an event, and counts the events that are too many. */
export class LongExchangeLimit {
  #rules: LeaveOutRules;
  readonly #bucket = new TokenBucket({ rate: EVENTS_PER_SECOND, burst: EVENTS_PER_SECOND });
  #omitted = 0;

  constructor(rules: LeaveOutRules) {
    this.#rules = rules;
  }

  /** Changes level and ignore list. */
  reconfigure(rules: LeaveOutRules): void {
    this.#rules = rules;
  }

  /**
   * @param exchange as far as it has come
   * @param nowMs reading of the monotonic clock
   * @returns how many events were omitted since the last one; `undefined` where this one is omitted too, or where the
   *   options leave the exchange out
   */
  admit(exchange: SampledExchange, nowMs: number): number | undefined {
    const { rollout } = this.#rules;
    if (leavesOut(this.#rules, exchange) || !isRolledOut(rollout, exchange)) return undefined;
    if (rollout.kind === 'shadow' && !exchange.isCanary) return undefined;
    if (!this.#bucket.take(nowMs)) {
      this.#omitted += 1;
      return undefined;
    }
    const omitted = this.#omitted;
    this.#omitted = 0;
    return omitted;
  }

  /** An event was lost: another one is to report what it counted, and itself. */
  giveBack(omitted: number): void {
    this.#omitted += omitted + 1;
  }
}
