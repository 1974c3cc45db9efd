import type { Context, SpanContext } from '@opentelemetry/api';
import type { Connection, Exchange, HttpMessages, Outcome } from './exchange.ts';
import type { ExchangeFields } from './fields/exchange-fields.ts';
import type { RouteReader } from './frameworks/handled-request.ts';
import { type Ids, RandomIds, spanContextOf } from './trace/random-ids.ts';
import { contextOf, type IdSource } from './trace/trace-context.ts';
import type { TracingAgent } from './trace/tracing-agent.ts';

/** The end of the process, for an exchange that is open then. */
export interface ProcessEnd {
  /** `crashed`: an error ended the process, or an exit code other than 0. `aborted`: a signal, or an exit with 0. */
  readonly outcome: 'crashed' | 'aborted';
  /** Type of the error, name of the signal, or `process_exit`. */
  readonly errorCode: string;
  /** The error. */
  readonly thrown?: unknown;
}

/** What the wire shows of an exchange before its end. */
export type SoFar = Pick<
  Exchange,
  'requestBodySize' | 'statusCode' | 'responseBodySize' | 'timeToHeadersMs' | 'route' | 'outcome'
>;

/**
 * An exchange while it is open, whatever its protocol. After its end it is passed on as an {@link Exchange}.
 *
 * All exchanges have the same fields in the same order: code that reads them sees as few shapes as there are subclasses.
 */
export abstract class ObservedExchange implements Exchange {
  abstract readonly connection: Connection;
  method = '';
  abstract readonly target: string;
  abstract readonly httpVersion: string;
  scheme: 'http' | 'https' | undefined = undefined;
  abstract readonly host: string | undefined;
  abstract readonly userAgent: string | undefined;
  /** The `traceparent` header (W3C Trace Context) as received. */
  abstract readonly traceparent: string | undefined;
  readonly startMs: number;

  abstract readonly requestHeaders: Exchange['requestHeaders'];
  requestBodySize: number | undefined = undefined;
  requestSize: number | undefined = undefined;
  statusCode: number | undefined = undefined;
  responseBodySize: number | undefined = undefined;
  responseSize: number | undefined = undefined;
  responseHead: string | undefined = undefined;
  responseHeaders: Exchange['responseHeaders'] = undefined;
  grpcStatus: number | undefined = undefined;
  timeToHeadersMs: number | undefined = undefined;
  durationMs = 0;
  outcome: Outcome = 'completed';
  errorCode: string | undefined = undefined;
  route: string | undefined = undefined;
  /** Route that the framework announced while it handled the request. */
  announcedRoute: string | undefined = undefined;
  /** What the framework has made of the request, until {@link readRoute} has read it at the end. */
  handledAs: object | undefined = undefined;
  readRoute: RouteReader<object> | undefined = undefined;
  /** What was handed to the error handlers of the framework last, or ended the process. */
  thrown: unknown = undefined;
  /** What its handlers have set; `undefined` where they have set nothing. */
  fields: ExchangeFields | undefined = undefined;

  /** Agent that traces the process without a tracer provider of OpenTelemetry. */
  agent: TracingAgent | undefined = undefined;
  /** Context that was active when the request arrived, before any handler; `undefined` without a context manager. */
  contextBefore: Context | undefined = undefined;
  /** Context of the application's handlers, the one with their server span; `undefined` where it is not known. */
  handlerContext: Context | undefined = undefined;
  /**
   * Span that was active for it: the server span where one was seen, else another one of this process, else the
   * caller's; `undefined` where there was none, and in a context of our own.
   */
  activeSpan: SpanContext | undefined = undefined;
  /** `activeSpan` is the server span: no better one can follow. */
  hasServerSpan = false;

  /** The open exchanges that it is one of, and its neighbours there; for {@link OpenExchanges} alone. */
  openAmong: object | undefined = undefined;
  previousOpen: ObservedExchange | undefined = undefined;
  nextOpen: ObservedExchange | undefined = undefined;

  /** Private, so that it can be let go of though the exchange was frozen for a hook. */
  #identityHeaders: Exchange['requestHeaders'] = undefined;
  /** Private for the same reason; set only where there are hooks. */
  #messages: HttpMessages | undefined = undefined;
  readonly #idSource: IdSource;
  #ids: Ids | undefined;
  #hasIds = false;
  #context: Context | undefined;

  /** @param startMs reading of the monotonic clock */
  constructor(idSource: IdSource, startMs: number) {
    this.#idSource = idSource;
    this.startMs = startMs;
  }

  /** Has Node's request lead to it, where there is one that does not lead there by other ways. */
  markRequest(): void {}

  /** True from the moment at which the outcome is known. */
  abstract get ended(): boolean;

  /**
   * Ends it because the process ends. What is known by now is recorded; the rest never becomes known.
   *
   * @param keepHead whether to keep the response head
   */
  abstract endWithProcess(end: ProcessEnd, nowMs: number, keepHead: boolean): void;

  /** `undefined` where its outcome is known by now. */
  protected abstract readSoFar(): SoFar | undefined;

  /**
   * A copy that shows how far it has come. Sizes are those of now; what is known at the end only is `undefined`. The
   * outcome is `completed` unless another one is known: nothing has failed yet.
   *
   * @returns `undefined` where it goes on no more
   */
  soFar(nowMs: number): Exchange | undefined {
    const known = this.readSoFar();
    if (known === undefined) return undefined;
    const { connection, method, target, httpVersion, host, userAgent, requestHeaders, startMs } = this;
    const ids = this.#idsSoFar();
    const spanContext = ids === undefined ? undefined : spanContextOf(ids);
    return {
      connection,
      method,
      target,
      httpVersion,
      host,
      userAgent,
      requestHeaders,
      requestSize: undefined,
      responseSize: undefined,
      responseHead: undefined,
      startMs,
      durationMs: nowMs - startMs,
      errorCode: undefined,
      spanContext,
      context: contextOf({ handlerContext: this.handlerContext, spanContext }),
      ...known,
    };
  }

  keepIdentityHeaders(headers: Exchange['requestHeaders']): void {
    this.#identityHeaders = headers;
  }

  takeIdentityHeaders(): Exchange['requestHeaders'] {
    const headers = this.#identityHeaders;
    this.#identityHeaders = undefined;
    return headers;
  }

  /** Holds on to Node's objects until the exchange is reported, for hooks. */
  keepMessages(messages: HttpMessages): void {
    this.#messages = messages;
  }

  letGoOfMessages(): void {
    this.#messages = undefined;
  }

  /** For hooks; `undefined` where there are none, and once the exchange was reported. */
  get messages(): HttpMessages | undefined {
    return this.#messages;
  }

  get spanContext(): SpanContext | undefined {
    const ids = this.#readIds();
    return ids === undefined ? undefined : spanContextOf(ids);
  }

  get randomIds(): RandomIds | undefined {
    const ids = this.#readIds();
    return ids instanceof RandomIds ? ids : undefined;
  }

  get context(): Context {
    this.#context ??= contextOf(this);
    return this.#context;
  }

  #readIds(): Ids | undefined {
    if (!this.#hasIds) {
      this.#ids = this.#idSource(this);
      this.#hasIds = true;
    }
    return this.#ids;
  }

  /** Settles the ids only where they are new ones: a server span may still be found, until the end. */
  #idsSoFar(): Ids | undefined {
    if (this.#hasIds) return this.#ids;
    const ids = this.#idSource(this);
    const isNew = this.activeSpan === undefined && ids !== undefined;
    if (isNew && (ids instanceof RandomIds || ids.spanId !== '')) {
      this.#ids = ids;
      this.#hasIds = true;
    }
    return ids;
  }
}
