import { type Context, createContextKey, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import type { ObservedExchange } from '../observed-exchange.ts';
import { type Ids, spanContextOf } from './random-ids.ts';

/** Where the API keeps the span of a context: the same symbol in every copy and version 1.x of it. */
const SPAN = createContextKey('OpenTelemetry Context Key SPAN');
/** Where a context of ours, and every one that is made of it, has the exchange whose handlers it is for. */
export const EXCHANGE: symbol = createContextKey('otel-access-log exchange');

/**
 * The root context with a span that has our ids. The span, and the text of its ids, are made when a reader asks for
 * them: most handlers never do, and both take longer than making the context active.
 */
export class OwnContext implements Context {
  readonly ids: Ids;
  readonly #exchange: ObservedExchange | undefined;
  #context: Context | undefined;

  /** @param exchange whose handlers it is for, where it is made active */
  constructor(ids: Ids, exchange?: ObservedExchange) {
    this.ids = ids;
    this.#exchange = exchange;
  }

  getValue(key: symbol): unknown {
    if (key === EXCHANGE) return this.#exchange;
    return key === SPAN ? this.#made().getValue(key) : undefined;
  }

  setValue(key: symbol, value: unknown): Context {
    return this.#made().setValue(key, value);
  }

  deleteValue(key: symbol): Context {
    return this.#made().deleteValue(key);
  }

  #made(): Context {
    this.#context ??= trace.setSpanContext(
      this.#exchange === undefined ? ROOT_CONTEXT : ROOT_CONTEXT.setValue(EXCHANGE, this.#exchange),
      spanContextOf(this.ids),
    );
    return this.#context;
  }
}
