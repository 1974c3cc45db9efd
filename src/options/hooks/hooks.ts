import type { Attributes } from '@opentelemetry/api';
import type { Exchange, HttpMessages } from '../../http/exchange.ts';

/** How many records of one kind were lost at once, and why. */
export interface LostRecords {
  /** Route of the records; `undefined` where they have none, `_OTHER` where it is not known. */
  readonly route: string | undefined;
  /** Method of the records that have no route. */
  readonly method: string | undefined;
  /** `2xx`, or the outcome where there was no status. */
  readonly statusClass: string;
  /** Short reason of low cardinality: `memory_limit`, a gRPC status, an HTTP status. */
  readonly errorType: string;
  readonly count: number;
}

/**
 * Functions of the application that the access log calls: given in code with the options, or exported by the module that
 * `ACCESS_LOG_HOOKS` names. They are called when an exchange has ended, and none may wait: an answer that is a promise is
 * an error. A hook that throws is not called again, which one line on standard error says; records go on without it.
 *
 * @example
 * export default {
 *   skip: ({ userAgent }) => userAgent?.startsWith('kube-probe/') ?? false,
 * } satisfies Hooks;
 */
export interface Hooks {
  /**
   * Leaves out the exchanges for which it returns true; they count as ignored. Default: none is left out.
   *
   * @param messages Node's request and response. Do not hold on to them: memory of the service would grow.
   */
  readonly skip?: ((exchange: Exchange, messages: HttpMessages) => boolean) | undefined;
  /**
   * Returns attributes to add to the record. Default: none are added.
   *
   * @param messages Node's request and response. Do not hold on to them: memory of the service would grow.
   */
  readonly attributes?: ((exchange: Exchange, messages: HttpMessages) => Attributes | undefined) | undefined;
  /**
   * Called with the records that delivery gave up, per key and reason. Default: not called. In code it is an option of
   * `OtlpStreamLogRecordProcessor`.
   */
  readonly onLost?: ((counts: readonly LostRecords[]) => void) | undefined;
  /** Called after the mode has changed: `errors` or `normal`, and why `errors` mode began. Default: not called. */
  readonly onMode?:
    | ((mode: 'normal' | 'errors', reason: 'starved' | 'backlog' | 'losing') => void)
    | undefined;
}

export type HookName = keyof Hooks;

/** The hooks as the table of docs/options.md shows them. */
export const hookMeanings: Readonly<Record<HookName, string>> = {
  skip: '`skip(exchange, { request, response, stream })`: true leaves the exchange out; it counts as ignored',
  attributes: '`attributes(exchange, { request, response, stream })`: attributes to add to the record',
  onLost:
    '`onLost(counts)`: told of the records that delivery gave up, per key and reason; in code an option of ' +
    '`OtlpStreamLogRecordProcessor`',
  onMode:
    '`onMode(mode, reason)`: told when `errors` mode begins (`errors`) and ends (`normal`), and why it began: `starved`, ' +
    '`backlog`, `losing`',
};

export const hookNames: readonly HookName[] = Object.freeze(Object.keys(hookMeanings) as HookName[]);
