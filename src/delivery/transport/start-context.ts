import { AsyncResource } from 'node:async_hooks';
import { context } from '@opentelemetry/api';
import { SUPPRESSED_CONTEXT } from '../suppressed-context.ts';

/**
 * The context of the moment it is made, with tracing suppressed: what runs in it belongs to no request of the
 * application, and its instrumentations make no spans of it.
 */
export class StartContext {
  readonly #start = new AsyncResource('otel-access-log.transport');

  /** @throws what `work` throws */
  run<T>(work: () => T): T {
    return this.#start.runInAsyncScope(() => context.with(SUPPRESSED_CONTEXT, work));
  }
}
