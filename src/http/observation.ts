import { Echo, type EchoOptions } from './echo/echo.ts';
import type { Exchange, HttpMessages } from './exchange.ts';
import { ExchangeFieldHost } from './fields/exchange-field-host.ts';
import type { ObservedResponse } from './http1/node-internals.ts';
import { LongExchanges, type Milestone } from './long-exchanges.ts';
import type { ObservedExchange, ProcessEnd } from './observed-exchange.ts';
import { OpenExchanges } from './open-exchanges.ts';
import { findExchangesByContext, noteHandlerContext } from './trace/exchange-of-context.ts';
import { activeContext, type IdSource } from './trace/trace-context.ts';

/** What a server turned away before it was an exchange, and what was set on none, or on one that cannot take it. */
export type Dropped = 'connections' | 'requests' | 'fields';

export interface ObserverOptions {
  /** Request headers to keep with each exchange, by lower-case name. */
  readonly requestHeaderNames: readonly string[];
  /** Request headers to keep until identity is read from them, by lower-case name. Default: none. */
  readonly identityHeaderNames?: readonly string[];
  /** Whether to keep the response head of each exchange. */
  readonly keepResponseHead: boolean;
  /** Whether an exchange keeps Node's request and response until it was reported: hooks are handed them. */
  readonly keepMessages?: boolean;
  /** When an upgrade is reported: at its end, or as soon as the socket was handed over. Default: `end`. */
  readonly upgrades?: 'end' | 'start';
  /** Whether a failed TLS handshake is an exchange that was rejected. Default: false. */
  readonly tlsErrors?: boolean;
  /** How clients are told the ids of their exchanges; `undefined`: they are not. */
  readonly echo?: EchoOptions | undefined;
  /** Milliseconds after which an open exchange is long; 0 or `undefined`: never. */
  readonly longAfterMs?: number | undefined;
  /** Called with a long exchange as far as it has come, at each milestone of it. */
  readonly onLong?: (soFar: Exchange, milestone: Milestone, messages: HttpMessages | undefined) => void;
  readonly idSource: IdSource;
  /**
   * Called before the application's handlers see the request.
   *
   * @param response that of HTTP/1; absent where there is none
   */
  readonly onStart?: (exchange: ObservedExchange, response?: ObservedResponse) => void;
  /** Called when the handlers of an HTTP/2 exchange are about to be called, in the context that they are called in. */
  readonly onHandlers?: (exchange: ObservedExchange) => void;
  /** Called once for every exchange, at its end. */
  readonly onEnd: (exchange: ObservedExchange) => void;
  /**
   * Called for each connection or request that a limit of the server turned away (`maxConnections`, …), and for each
   * value of a field, or note, that could not be kept.
   */
  readonly onDropped?: (what: Dropped) => void;
  /** Called with errors of our own code. Traffic goes on. */
  readonly onError: (error: unknown) => void;
}

/** What the observers of all protocols share: the options, the open exchanges, and the report of each that has ended. */
export class Observation {
  readonly open: OpenExchanges = new OpenExchanges();
  readonly #long = new LongExchanges(this.open, {
    report: (exchange, milestone, nowMs) => this.#reportLong(exchange, milestone, nowMs),
    onError: (error) => this.#options.onError(error),
  });
  #options: ObserverOptions;
  #atFirst: (() => ObserverOptions | undefined) | undefined;
  readonly #end: () => void;
  isActive = false;
  /** Handlers set fields, or write notes: a request leads to its exchange then. */
  hasFields = false;
  readonly #fieldHost = new ExchangeFieldHost(
    () => this.#beginFields(),
    () => this.#options.onDropped?.('fields'),
  );

  /**
   * @param atFirst called at the first exchange: the options from then on; `undefined` ends the observing
   * @param end ends the observing
   */
  constructor(
    options: ObserverOptions,
    atFirst: (() => ObserverOptions | undefined) | undefined,
    end: () => void,
  ) {
    this.#options = options;
    this.#atFirst = atFirst;
    this.#end = end;
  }

  get options(): ObserverOptions {
    return this.#options;
  }

  /** Exchanges are observed from now on, if the first one does not end it. */
  enable(): void {
    this.isActive = true;
    if (this.#atFirst === undefined) this.#fieldHost.install();
  }

  /** What extends the heads of responses; `undefined` where nothing does. */
  createEcho(): Echo | undefined {
    const { echo, onError } = this.#options;
    return echo && new Echo(echo, onError);
  }

  /** To be asked before anything is read of an exchange. @returns whether exchanges are observed */
  begins(): boolean {
    return this.isActive && (this.#atFirst === undefined || this.#begin(this.#atFirst));
  }

  /** An exchange has begun. */
  start(exchange: ObservedExchange, response?: ObservedResponse): void {
    this.open.add(exchange);
    this.#options.onStart?.(exchange, response);
    exchange.contextBefore = activeContext();
    const { longAfterMs } = this.#options;
    if (longAfterMs) this.#long.exchangeStarted(longAfterMs);
  }

  /** An exchange has ended: its fields do not change any more. */
  report(exchange: ObservedExchange): void {
    if (!this.open.remove(exchange)) return;
    if (this.#options.keepMessages !== true) this.#options.onEnd(exchange);
    else this.#reportWithMessages(exchange);
  }

  /** No exchange is observed any more; those that are open are not reported. */
  stop(): void {
    this.isActive = false;
    this.#fieldHost.uninstall();
    this.open.clear();
    this.#long.stop();
  }

  /** Ends all open exchanges, because the process ends. */
  endWithProcess(end: ProcessEnd, nowMs: number): void {
    for (const exchange of this.open) {
      // An error that came out of here would be one of an `exit` listener, which changes the exit code.
      try {
        exchange.endWithProcess(end, nowMs, this.#options.keepResponseHead);
      } catch (error) {
        this.#options.onError(error);
      }
      try {
        this.report(exchange);
      } catch (error) {
        this.#options.onError(error);
      }
    }
  }

  #reportWithMessages(exchange: ObservedExchange): void {
    try {
      this.#options.onEnd(exchange);
    } finally {
      exchange.letGoOfMessages();
    }
  }

  #reportLong(exchange: ObservedExchange, milestone: Milestone, nowMs: number): void {
    const soFar = this.isActive ? exchange.soFar(nowMs) : undefined;
    if (soFar !== undefined) this.#options.onLong?.(soFar, milestone, exchange.messages);
  }

  #begin(atFirst: () => ObserverOptions | undefined): boolean {
    const options = atFirst();
    if (options === undefined) {
      // Not while a channel goes through its subscribers.
      setImmediate(this.#end);
      return false;
    }
    this.#options = options;
    this.#atFirst = undefined;
    this.#fieldHost.install();
    return true;
  }

  /** Until now no request was marked, and no context noted: those of open exchanges are made up for. */
  #beginFields(): void {
    if (this.hasFields) return;
    this.hasFields = true;
    findExchangesByContext();
    for (const exchange of this.open) {
      exchange.markRequest();
      noteHandlerContext(exchange);
    }
  }
}
