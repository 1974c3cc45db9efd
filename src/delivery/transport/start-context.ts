import { AsyncResource } from 'node:async_hooks';
import { type Context, createContextKey, ROOT_CONTEXT } from '@opentelemetry/api';

/** `suppressTracing(ROOT_CONTEXT)` of `@opentelemetry/core`: the key is the same symbol in each of its versions. */
const SUPPRESSED: Context = ROOT_CONTEXT.setValue(
  createContextKey('OpenTelemetry SDK Context Key SUPPRESS_TRACING'),
  true,
);

/** Where every copy of the OpenTelemetry API 1.x registers. Read directly: see docs/decisions/0015-the-api-is-read-from-its-global-symbol.md. */
const API: unique symbol = Symbol.for('opentelemetry.js.api.1');

interface RegisteredApi {
  readonly context?: { with<T>(context: Context, work: () => T): T };
}

/**
 * The context in which it was created, with tracing suppressed: work that runs in it belongs to no request of the
 * application, and instrumentations make no spans of it.
 */
export class StartContext {
  readonly #start = new AsyncResource('otel-access-log.delivery');

  /** @throws what `work` throws */
  run<T>(work: () => T): T {
    const manager = (globalThis as { [API]?: RegisteredApi })[API]?.context;
    return this.#start.runInAsyncScope(() =>
      manager === undefined ? work() : manager.with(SUPPRESSED, work),
    );
  }
}
