import type { Exchange } from '../http/exchange.ts';
import type { ResolvedOptions } from '../options/schema.ts';
import { AccessLogRecord, type ResourceScope } from './access-log-record.ts';
import type { Assessment } from './assessment.ts';
import type { RecordClock } from './clock.ts';
import { compileRecordBuilder, type RecordBuilder } from './record-builder.ts';

type HookName = 'skip' | 'attributes';

/** Turns exchanges into log records: the builder, the clock, and the user's hooks with a guard around each. */
export class Recorder {
  readonly #builder: RecordBuilder;
  readonly #clock: RecordClock;
  readonly #onHookError: (hook: HookName, error: unknown) => void;
  #skip: ResolvedOptions['skip'];
  #attributes: ResolvedOptions['attributes'];

  /**
   * @param knownMethods replaces the list of known methods where it is given
   * @param onHookError told once of each hook that threw; it is not called again
   */
  constructor(
    options: ResolvedOptions,
    knownMethods: readonly string[] | undefined,
    clock: RecordClock,
    onHookError: (hook: HookName, error: unknown) => void,
  ) {
    this.#builder = compileRecordBuilder({ ...options, knownMethods });
    this.#clock = clock;
    this.#skip = options.skip;
    this.#attributes = options.attributes;
    this.#onHookError = onHookError;
  }

  /** Lower-case names of the request headers that the observer must keep. */
  get requestHeaderNames(): readonly string[] {
    return this.#builder.requestHeaderNames;
  }

  /** Whether the observer must keep the response head. */
  get wantsResponseHead(): boolean {
    return this.#builder.wantsResponseHead;
  }

  /** Whether the `skip` hook leaves this exchange out. From here on nobody can change it. */
  skips(exchange: Exchange): boolean {
    if (this.#skip === undefined && this.#attributes === undefined) return false;
    // Hooks are handed the exchange itself: what was seen stays what was seen.
    Object.freeze(exchange.requestHeaders);
    Object.freeze(exchange);
    if (this.#skip === undefined) return false;
    try {
      const answer: unknown = this.#skip(exchange);
      refusePromise(answer);
      return answer === true;
    } catch (error) {
      this.#skip = undefined;
      this.#onHookError('skip', error);
      return false;
    }
  }

  /** Looks at an exchange without building anything. The result is one object, filled again by the next call. */
  assess(exchange: Exchange): Assessment {
    return this.#builder.assess(exchange);
  }

  build(exchange: Exchange, resourceScope: ResourceScope): AccessLogRecord {
    const timestamp = this.#clock.timestamp(exchange.startMs + exchange.durationMs);
    const additions = this.#additions(exchange);
    return new AccessLogRecord(this.#builder, exchange, resourceScope, timestamp, additions);
  }

  #additions(exchange: Exchange): Readonly<Record<string, unknown>> | undefined {
    if (this.#attributes === undefined) return undefined;
    try {
      const additions: unknown = this.#attributes(exchange);
      refusePromise(additions);
      const isObject = typeof additions === 'object' && additions !== null && !Array.isArray(additions);
      return isObject ? { ...additions } : undefined;
    } catch (error) {
      this.#attributes = undefined;
      this.#onHookError('attributes', error);
      return undefined;
    }
  }
}

/** A hook is asked at the end of an exchange, and nobody can wait: one that answers later answers nothing. */
function refusePromise(answer: unknown): void {
  if (typeof answer !== 'object' || answer === null || !('then' in answer)) return;
  // What it may still fail with is ours to hear, or it would end the process.
  Promise.resolve(answer).catch(() => undefined);
  throw new TypeError('expected an answer, got a promise');
}
