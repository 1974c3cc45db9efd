import type { HrTime } from '@opentelemetry/api';
import type { PathMatcher } from '../options/path/path-rules.ts';
import type { SampledExchange } from '../record/sampled-exchange.ts';
import type { SamplingTotals, ShadowCounts } from '../telemetry/totals.ts';
import { Ledger, type SuppressionReason } from './ledger.ts';
import type { Mode } from './mode/mode.ts';
import { type CompiledRollout, isRolledOut } from './rollout.ts';
import { Offenders } from './shares/offenders.ts';
import { RouteKeys } from './shares/route-keys.ts';
import { Shares } from './shares/shares.ts';
import { TokenBucket } from './token-bucket.ts';

/** The options that leave exchanges out, compiled. */
export type LeaveOutRules = Pick<SamplerSettings, 'minimumSeverity' | 'isIgnored' | 'rollout'>;

/** Whether the options leave the exchange out: the ignore list, which errors pass, or the minimum level. */
export function leavesOut({ minimumSeverity, isIgnored }: LeaveOutRules, exchange: SampledExchange): boolean {
  if (!exchange.isError && isIgnored?.(exchange.method, exchange.path)) return true;
  // A record without a severity passes every minimum, as in the SDK:
  // https://opentelemetry.io/docs/specs/otel/logs/sdk/#loggerconfig
  return exchange.severityNumber !== 0 && exchange.severityNumber < minimumSeverity;
}

/** What sampling decides on an exchange. `shadow` is ignored, and would have been kept. */
export type Verdict = 'ignored' | 'suppressed' | 'kept' | 'shadow';

export interface SamplerSettings {
  /** Lowest severity number that is recorded, 1 (TRACE) to 24 (FATAL4). */
  readonly minimumSeverity: number;
  /** The normal bucket: records per second; records at once, at most. */
  readonly rate: number;
  readonly burst: number;
  /** The reserve for errors: records per second; records at once, at most. */
  readonly errorRate: number;
  readonly errorBurst: number;
  /** The bucket of what is rejected before it is a request: records per second; records at once, at most. */
  readonly rejectedRate: number;
  readonly rejectedBurst: number;
  /** Which exchanges take part. */
  readonly rollout: CompiledRollout;
  /** Part of rate and burst that one client, or one route, may have while there are few tokens; 1 is no limit. */
  readonly share: number;
  /** Whether the ignore list names this request; `undefined` where the list is empty. */
  readonly isIgnored: PathMatcher | undefined;
  /** Methods that the ledger may write; all others are `_OTHER`. */
  readonly knownMethods: ReadonlySet<string>;
}

/**
 * Decides on exchanges and counts its decisions: served = ignored + suppressed + kept, at every moment. An exchange that
 * is ignored or suppressed allocates nothing.
 *
 * Over any interval of T seconds it keeps at most `burst + errorBurst + rejectedBurst + (rate + errorRate + rejectedRate) × T`
 * records.
 */
export class Sampler {
  /** Suppressed exchanges that no event and no record has reported yet. */
  readonly suppressed: Ledger;
  /** Of whom most is suppressed. */
  readonly offenders: Offenders;
  #rules: LeaveOutRules;
  #rollout: CompiledRollout;
  readonly #shadowed = { kept: 0, suppressed: 0, bytes: 0 };
  readonly #normal: TokenBucket;
  readonly #reserve: TokenBucket;
  readonly #normalShares: Shares;
  readonly #reserveShares: Shares;
  readonly #rejected: TokenBucket;
  /** Normal records that pass in `errors` mode, so that it can be seen what is going on. */
  readonly #scout: TokenBucket;
  #mode: Mode = 'normal';
  /** Why the last exchange was suppressed. */
  #reason: SuppressionReason = 'rate';
  #offered = 0;
  #refused = 0;
  #served = 0;
  #ignored = 0;
  #suppressed = 0;
  #kept = 0;

  /**
   * @param wallTime wall-clock time of a reading of the monotonic clock
   * @param showClient an address as events may show it
   * @throws {TypeError} where a rate or a burst is negative or not finite
   */
  constructor(
    settings: SamplerSettings,
    wallTime: (atMs: number) => HrTime,
    showClient: (address: string) => string | undefined = (address) => address,
  ) {
    const routeKeys = new RouteKeys();
    this.offenders = new Offenders(showClient, routeKeys);
    this.suppressed = new Ledger({ wallTime, knownMethods: settings.knownMethods });
    this.#rules = settings;
    this.#rollout = settings.rollout;
    const { share, errorRate, errorBurst } = settings;
    const reserve = { rate: errorRate, burst: errorBurst };
    this.#normal = new TokenBucket(settings);
    this.#normalShares = new Shares(share, settings, routeKeys);
    this.#reserve = new TokenBucket(reserve);
    this.#reserveShares = new Shares(share, reserve, routeKeys);
    this.#rejected = new TokenBucket({ rate: settings.rejectedRate, burst: settings.rejectedBurst });
    this.#scout = new TokenBucket(scoutOf(settings));
  }

  /**
   * Counts the exchange as served and decides on it.
   *
   * @param nowMs reading of the monotonic clock, milliseconds
   */
  decide(exchange: SampledExchange, nowMs: number): Verdict {
    if (leavesOut(this.#rules, exchange)) {
      this.countIgnored();
      return 'ignored';
    }
    if (this.#rollout.kind !== 'all') {
      if (this.#rollout.kind === 'shadow' && !exchange.isCanary) return this.#shadow(exchange, nowMs);
      if (!isRolledOut(this.#rollout, exchange)) {
        this.countIgnored();
        return 'ignored';
      }
    }
    const hasToken = this.#draw(exchange, nowMs);
    this.#served += 1;
    if (hasToken) {
      this.#kept += 1;
      return 'kept';
    }
    this.#suppressed += 1;
    this.suppressed.add(exchange, nowMs, this.#reason);
    this.offenders.add(exchange, this.#reason === 'share');
    return 'suppressed';
  }

  /**
   * Changes level, ignore list, rates and bursts. The buckets keep the tokens that they have, as far as those fit.
   *
   * @param nowMs as in {@link decide}
   * @throws {TypeError} where a rate or a burst is negative or not finite
   */
  reconfigure(settings: SamplerSettings, nowMs: number): void {
    const { share, errorRate, errorBurst } = settings;
    const reserve = { rate: errorRate, burst: errorBurst };
    this.#normal.change(settings, nowMs);
    this.#normalShares.change(share, settings);
    this.#reserve.change(reserve, nowMs);
    this.#reserveShares.change(share, reserve);
    this.#rejected.change({ rate: settings.rejectedRate, burst: settings.rejectedBurst }, nowMs);
    this.#scout.change(scoutOf(settings), nowMs);
    this.#rules = settings;
    this.#rollout = settings.rollout;
  }

  /** In `errors` mode only errors, slow exchanges and a few normal records pass. */
  setMode(mode: Mode): void {
    this.#mode = mode;
  }

  /** Normal records that were offered since the last call, and those of them that found no token. */
  takeDemand(): { readonly offered: number; readonly refused: number } {
    const demand = { offered: this.#offered, refused: this.#refused };
    this.#offered = 0;
    this.#refused = 0;
    return demand;
  }

  /** What would have become of exchanges without `shadow`; `undefined` while there is none and was none. */
  get shadow(): ShadowCounts | undefined {
    const { kept, suppressed } = this.#shadowed;
    return this.isShadow || kept + suppressed > 0 ? this.#shadowed : undefined;
  }

  get isShadow(): boolean {
    return this.#rollout.kind === 'shadow';
  }

  /** Counts the size of a record that is not sent. */
  countShadowBytes(bytes: number): void {
    this.#shadowed.bytes += bytes;
  }

  #shadow(exchange: SampledExchange, nowMs: number): Verdict {
    this.countIgnored();
    if (this.#draw(exchange, nowMs)) {
      this.#shadowed.kept += 1;
      return 'shadow';
    }
    this.#shadowed.suppressed += 1;
    return 'ignored';
  }

  /** Counts an exchange that was left out before sampling, by the `skip` hook. */
  countIgnored(): void {
    this.#served += 1;
    this.#ignored += 1;
  }

  totals(): SamplingTotals {
    return {
      served: this.#served,
      ignored: this.#ignored,
      suppressed: this.#suppressed,
      kept: this.#kept,
    };
  }

  #draw(exchange: SampledExchange, nowMs: number): boolean {
    this.#reason = 'rate';
    // A scanner that sends garbage takes no place of a request, nor of an error.
    if (exchange.outcome === 'rejected') return this.#rejected.take(nowMs);
    if (exchange.isError) return this.#takeReserve(exchange, nowMs) || this.#takeNormal(exchange, nowMs);
    // A service in trouble has many slow exchanges; they must not use up the reserve for errors.
    if (exchange.isSlow) return this.#takeNormal(exchange, nowMs) || this.#takeReserve(exchange, nowMs);
    return this.#drawNormal(exchange, nowMs);
  }

  /** What goes beyond a share is no demand: a flood must not begin `errors` mode, which would blind the log. */
  #drawNormal(exchange: SampledExchange, nowMs: number): boolean {
    if (this.#mode === 'errors') {
      const shares = this.#normalShares;
      const isWithin = !shares.areLimited || shares.take(exchange, nowMs);
      this.#reason = isWithin ? 'degraded' : 'share';
      if (!isWithin) return false;
      this.#offered += 1;
      return this.#scout.take(nowMs) && this.#normal.take(nowMs);
    }
    const isTaken = this.#takeNormal(exchange, nowMs);
    if (isTaken || this.#reason === 'rate') this.#offered += 1;
    if (!isTaken && this.#reason === 'rate') this.#refused += 1;
    return isTaken;
  }

  #takeNormal(exchange: SampledExchange, nowMs: number): boolean {
    return this.#takeFairly(this.#normal, this.#normalShares, exchange, nowMs);
  }

  #takeReserve(exchange: SampledExchange, nowMs: number): boolean {
    return this.#takeFairly(this.#reserve, this.#reserveShares, exchange, nowMs);
  }

  /** The upper half of a bucket is free for all, so nothing is left unused; the lower half for those within their shares. */
  #takeFairly(bucket: TokenBucket, shares: Shares, exchange: SampledExchange, nowMs: number): boolean {
    const tokens = bucket.tokensAt(nowMs);
    if (tokens <= bucket.burst / 2 && shares.areLimited && !shares.take(exchange, nowMs)) {
      this.#reason = 'share';
      return false;
    }
    this.#reason = 'rate';
    if (tokens < 1) return false;
    bucket.takeOne();
    return true;
  }
}

/** Part of the rate that passes in `errors` mode. */
const SCOUT = 0.01;

function scoutOf({ rate }: SamplerSettings): { readonly rate: number; readonly burst: number } {
  return { rate: rate * SCOUT, burst: Math.max(1, rate * SCOUT) };
}
