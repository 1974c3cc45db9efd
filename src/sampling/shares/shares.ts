import type { SampledExchange } from '../../record/sampled-exchange.ts';
import type { TokenBucketSettings } from '../token-bucket.ts';
import type { RouteKeys } from './route-keys.ts';
import { ShareTable } from './share-table.ts';

/** After this time other keys share a slot: a client that shares one with a flood does not do so for ever. */
const RESEED_MS = 600_000;

/** What decides on shares of an exchange. */
export type SharedExchange = Pick<SampledExchange, 'clientKey' | 'route' | 'statusCode'>;

/**
 * What each client and each route may take of a token bucket while it is scarce: stochastic fair queueing
 * (RFC 8290 has it for packets), without the queue. Memory is fixed.
 */
export class Shares {
  #share: number;
  #ratePerMs = 0;
  #burst = 0;
  readonly #clients: ShareTable = new ShareTable();
  readonly #routes: ShareTable = new ShareTable();
  readonly #routeKeys: RouteKeys;
  /** Whether any exchange had a route: else all that the application serves would share one. */
  #hasRoutes = false;
  #seededMs = Number.NaN;

  /** @param share part of rate and burst that one client, or one route, may have; 1 for all */
  constructor(share: number, bucket: TokenBucketSettings, routeKeys: RouteKeys) {
    this.#routeKeys = routeKeys;
    this.#share = share;
    this.#setLimits(bucket);
  }

  /** Whether there are shares at all. */
  get areLimited(): boolean {
    return this.#share < 1;
  }

  change(share: number, bucket: TokenBucketSettings): void {
    this.#share = share;
    this.#setLimits(bucket);
    this.#seededMs = Number.NaN;
  }

  /**
   * Takes a token of the client's share and one of the route's, if both have one. A client that is not known has no
   * share of its own.
   *
   * @param nowMs reading of the monotonic clock
   */
  take({ clientKey, route, statusCode }: SharedExchange, nowMs: number): boolean {
    const age = nowMs - this.#seededMs;
    // Not a number at first; negative where the clock was set back.
    if (!(age < RESEED_MS && age > -RESEED_MS)) this.#reseed(nowMs);
    if (route !== undefined) this.#hasRoutes = true;
    const clients = this.#clients;
    const clientSlot = clientKey === undefined ? -1 : clients.slotOf(clientKey);
    if (clientSlot >= 0 && !clients.hasToken(clientSlot, nowMs, this.#ratePerMs, this.#burst)) return false;
    // Without routes, what a scan is answered tells it from other requests.
    if (this.#hasRoutes || isTurnedAway(statusCode)) {
      const routes = this.#routes;
      const routeSlot = ShareTable.slotOfNumber(this.#routeKeys.of(route));
      if (!routes.hasToken(routeSlot, nowMs, this.#ratePerMs, this.#burst)) return false;
      routes.take(routeSlot);
    }
    if (clientSlot >= 0) clients.take(clientSlot);
    return true;
  }

  #setLimits({ rate, burst }: TokenBucketSettings): void {
    this.#ratePerMs = (this.#share * rate) / 1000;
    this.#burst = Math.max(1, this.#share * burst);
  }

  #reseed(nowMs: number): void {
    this.#seededMs = nowMs;
    this.#clients.reset(nowMs, this.#burst);
    this.#routes.reset(nowMs, this.#burst);
  }
}

/** Whether there was no answer, or a 4xx. */
function isTurnedAway(statusCode: number | undefined): boolean {
  return statusCode === undefined || (statusCode >= 400 && statusCode < 500);
}
