import { type Context, createContextKey, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { type Ids, spanContextOf } from './random-ids.ts';

/** Where the API keeps the span of a context: the same symbol in every copy and version 1.x of it. */
const SPAN = createContextKey('OpenTelemetry Context Key SPAN');

/**
 * The root context with a span that has our ids. The span, and the text of its ids, are made when a reader asks for
 * them: most handlers never do, and both take longer than making the context active.
 */
export class OwnContext implements Context {
  readonly ids: Ids;
  #context: Context | undefined;

  constructor(ids: Ids) {
    this.ids = ids;
  }

  getValue(key: symbol): unknown {
    return key === SPAN ? this.#made().getValue(key) : undefined;
  }

  setValue(key: symbol, value: unknown): Context {
    return this.#made().setValue(key, value);
  }

  deleteValue(key: symbol): Context {
    return this.#made().deleteValue(key);
  }

  #made(): Context {
    this.#context ??= trace.setSpanContext(ROOT_CONTEXT, spanContextOf(this.ids));
    return this.#context;
  }
}
