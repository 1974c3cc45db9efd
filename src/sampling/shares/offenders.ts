import { OTHER } from '../../record/receipt/exchange-key.ts';
import type { SampledExchange } from '../../record/sampled-exchange.ts';
import { WARN } from '../../record/severity.ts';
import type { EventContent } from '../events/event-record.ts';
import { type HeavyHitter, HeavyHitters } from './heavy-hitters.ts';
import type { RouteKeys } from './route-keys.ts';

/** Of so many suppressed exchanges one is looked at: who floods is among them. */
const EVERY = 16;
/** Part of what was suppressed that an offender has at least. */
const LEAST_PART = 0.01;
/** Exchanges that are looked at before anything is said: of fewer one alone would be a large part. */
const LEAST_SEEN = 16;
const MAX_NAMED = 5;

/** Finds the clients and routes of which most was suppressed, where shares were used up. Memory is fixed. */
export class Offenders {
  readonly #showClient: (address: string) => string | undefined;
  readonly #routeKeys: RouteKeys;
  readonly #clients = new HeavyHitters();
  readonly #routes = new HeavyHitters();
  #turn = 0;
  #seen = 0;
  #beyondShare = 0;

  /** @param showClient an address as events may show it; `undefined` where they may not */
  constructor(showClient: (address: string) => string | undefined, routeKeys: RouteKeys) {
    this.#routeKeys = routeKeys;
    this.#showClient = showClient;
  }

  /** To be called for each exchange that is suppressed. */
  add(exchange: SampledExchange, isBeyondShare: boolean): void {
    if (isBeyondShare) this.#beyondShare += 1;
    this.#turn += 1;
    if (this.#turn < EVERY) return;
    this.#turn = 0;
    this.#seen += 1;
    const { clientKey, clientName, route } = exchange;
    if (clientKey !== undefined && clientName !== undefined) this.#clients.add(clientKey, clientName);
    this.#routes.add(this.#routeKeys.of(route), route ?? OTHER);
  }

  /** Ends the window. @returns `access_log.offenders`; `undefined` where nobody went beyond a share */
  drain(): EventContent | undefined {
    const isWorthIt = this.#beyondShare > 0 && this.#seen >= LEAST_SEEN;
    const clients = this.#clients.drain(LEAST_PART).slice(0, MAX_NAMED);
    const routes = this.#routes.drain(LEAST_PART).slice(0, MAX_NAMED);
    this.#seen = 0;
    this.#beyondShare = 0;
    if (!isWorthIt) return undefined;
    const shown = clients.flatMap(({ name, count }) => {
      const client = this.#showClient(name);
      return client === undefined ? [] : [{ name: client, count }];
    });
    return shown.length + routes.length === 0 ? undefined : offendersEvent(shown, routes);
  }
}

/** `access_log.offenders`: of whom most was suppressed in one window. */
export function offendersEvent(
  clients: readonly HeavyHitter[],
  routes: readonly HeavyHitter[],
): EventContent {
  const named = [...clients, ...routes].map(({ name, count }) => `${name} (about ${count * EVERY})`);
  return {
    eventName: 'access_log.offenders',
    severityNumber: WARN.number,
    severityText: WARN.text,
    body: `most was suppressed of ${named.join(', ')}`,
    attributes: {
      'access_log.event': 'offenders',
      ...listOf('clients', clients),
      ...listOf('routes', routes),
    },
  };
}

/** The names, and beside them how often each was suppressed, about. */
function listOf(
  kind: 'clients' | 'routes',
  hitters: readonly HeavyHitter[],
): Record<string, string[] | number[]> {
  if (hitters.length === 0) return {};
  return {
    [`access_log.offenders.${kind}`]: hitters.map(({ name }) => name),
    [`access_log.offenders.${kind}_suppressed`]: hitters.map(({ count }) => count * EVERY),
  };
}
