import type { Connection, Exchange, HttpMessages } from '../http/exchange.ts';
import type { ResolvedOptions } from '../options/schema.ts';
import { AccessLogRecord, type ResourceScope } from './access-log-record.ts';
import type { RecordClock } from './clock.ts';
import type { MaskingSource } from './masking/masking.ts';
import type { OpenExchangeDescription } from './open-exchange.ts';
import { compileRecordBuilder, type RecordBuilder } from './record-builder.ts';
import type { SampledExchange } from './sampled-exchange.ts';

type HookName = 'skip' | 'attributes';

/** Of an exchange that had no request. */
const NO_MESSAGES: HttpMessages = Object.freeze({
  request: undefined,
  response: undefined,
  stream: undefined,
});

/** Builds log records of exchanges, and calls the `skip` and `attributes` hooks. */
export class Recorder {
  readonly #builder: RecordBuilder;
  readonly #clock: RecordClock;
  readonly #onHookError: (hook: HookName, error: unknown) => void;
  #skip: ResolvedOptions['skip'];
  #attributes: ResolvedOptions['attributes'];

  /**
   * @param knownMethods replaces the list of known methods where it is given
   * @param masking where the rules in force come from
   * @param onHookError called when a hook throws; that hook is not called again
   */
  constructor(
    options: ResolvedOptions,
    knownMethods: readonly string[] | undefined,
    masking: MaskingSource | undefined,
    clock: RecordClock,
    onHookError: (hook: HookName, error: unknown) => void,
  ) {
    this.#builder = compileRecordBuilder({ ...options, knownMethods, masking });
    this.#clock = clock;
    this.#skip = options.skip;
    this.#attributes = options.attributes;
    this.#onHookError = onHookError;
  }

  /** Lower-case names of the request headers that the observer must keep. */
  get requestHeaderNames(): readonly string[] {
    return this.#builder.requestHeaderNames;
  }

  /** Lower-case names of the request headers that the observer must keep until the record is built. */
  get identityHeaderNames(): readonly string[] {
    return this.#builder.identityHeaderNames;
  }

  /** Whether the peer of a connection is trusted. */
  get isPeerTrusted(): (connection: Connection) => boolean {
    return this.#builder.isPeerTrusted;
  }

  /** Whether the observer must keep the response head. */
  get wantsResponseHead(): boolean {
    return this.#builder.wantsResponseHead;
  }

  /** Whether there are hooks: the observer must keep request and response for them. */
  get hasHooks(): boolean {
    return this.#skip !== undefined || this.#attributes !== undefined;
  }

  /** Whether the `skip` hook leaves this exchange out. Freezes the exchange where there is a hook. */
  skips(exchange: Exchange, messages: HttpMessages = NO_MESSAGES): boolean {
    if (!this.hasHooks) return false;
    // A hook receives the exchange itself and must not change what is recorded.
    Object.freeze(exchange.requestHeaders);
    Object.freeze(exchange);
    const skip = this.#skip;
    if (skip === undefined) return false;
    try {
      const isSkipped: unknown = skip(exchange, messages);
      refusePromise(isSkipped);
      return isSkipped === true;
    } catch (error) {
      this.#skip = undefined;
      this.#onHookError('skip', error);
      return false;
    }
  }

  /** Assesses an exchange without building anything. Returns one object that the next call overwrites. */
  assess(exchange: Exchange): SampledExchange {
    return this.#builder.assess(exchange);
  }

  /** The address of a client, as an assessment has it, as the record shows it. */
  showClient(address: string): string {
    return this.#builder.showClient(address);
  }

  build(exchange: Exchange, resourceScope: ResourceScope, messages?: HttpMessages): AccessLogRecord {
    const timestamp = this.#clock.timestamp(exchange.startMs + exchange.durationMs);
    const additions = this.#additions(exchange, messages);
    return new AccessLogRecord(this.#builder, exchange, resourceScope, timestamp, additions);
  }

  /** Describes an exchange that is open, with what its record would show of it. */
  describeOpen(exchange: Exchange, messages?: HttpMessages): OpenExchangeDescription {
    return this.#builder.describeOpen(exchange, this.#additions(exchange, messages));
  }

  #additions(
    exchange: Exchange,
    messages: HttpMessages = NO_MESSAGES,
  ): Readonly<Record<string, unknown>> | undefined {
    const attributes = this.#attributes;
    if (attributes === undefined) return undefined;
    try {
      const additions: unknown = attributes(exchange, messages);
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

/** Throws where a hook returned a promise: the record is built at once and cannot wait for it. */
function refusePromise(result: unknown): void {
  if (typeof result !== 'object' || result === null || !('then' in result)) return;
  // An unhandled rejection would end the process.
  Promise.resolve(result).catch(() => undefined);
  throw new TypeError('expected an answer, got a promise');
}
