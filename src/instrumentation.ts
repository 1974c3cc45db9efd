import { performance } from 'node:perf_hooks';
import { type MeterProvider, ROOT_CONTEXT, type TracerProvider } from '@opentelemetry/api';
import { type Logger, type LoggerProvider, logs } from '@opentelemetry/api-logs';
import type { Instrumentation, InstrumentationConfig } from '@opentelemetry/instrumentation';
import { hookErrorText } from './composition/hook-calls.ts';
import { LongExchangeEvents } from './composition/long-exchange-events.ts';
import { ProcessMasking } from './composition/masking-source.ts';
import { observedParts } from './composition/observed-parts.ts';
import type { Exchange, HttpMessages } from './http/exchange.ts';
import type { Milestone } from './http/long-exchanges.ts';
import type { ObservedExchange } from './http/observed-exchange.ts';
import { HttpObserver } from './http/observer.ts';
import { watchForSilence } from './http/silent-runtime.ts';
import { claimProcess, releaseProcess } from './http/single-observer.ts';
import { CauseOfEnd } from './lifecycle/cause-of-end.ts';
import {
  type AccessLogOptions,
  type ResolvedOptions,
  resolveKnownMethods,
  resolveOptions,
  unknownVariables,
  withRuntime,
} from './options/options.ts';
import type { ResourceScope } from './record/access-log-record.ts';
import { processClock } from './record/clock.ts';
import { compileKnownMethods } from './record/reading/method.ts';
import { Recorder } from './record/recorder.ts';
import { ResourceSource, resourceScope } from './resource.ts';
import { RulesAnnouncer } from './sampling/events/rules-announcer.ts';
import { type SamplingSettings, samplingSettings } from './sampling/sampling-settings.ts';
import { countSkipped } from './sampling/skipped-exchanges.ts';
import { codeNotices, isNewOfRules } from './telemetry/code-notices.ts';
import { Metrics } from './telemetry/metrics.ts';
import { exchangesMetric, type MetricReading } from './telemetry/metrics-table.ts';
import { SCOPE_NAME, VERSION } from './version.ts';

/** What the processors behind it know. */
const NOT_KNOWN: Omit<MetricReading, 'totals'> = {
  lostByType: new Map(),
  delivery: undefined,
  processor: {},
  exporter: {},
  rules: undefined,
  mode: undefined,
};

const NO_TAKER =
  'no record goes anywhere: there is no LoggerProvider that takes one; pass one with a LogRecordProcessor to ' +
  'setLoggerProvider(), or register it with the SDK (logRecordProcessors)';

/**
 * The access log as an instrumentation, for an SDK that is set up in code:
 *
 * ```js
 * new NodeSDK({
 *   instrumentations: [new HttpInstrumentation(), new HttpAccessLogInstrumentation(options)],
 *   logRecordProcessors: [new TokenBucketLogRecordProcessor(options, new BatchLogRecordProcessor({ exporter }))],
 * });
 * ```
 *
 * Emits to the LoggerProvider that it is given. Implements the interface by hand: an object that extends
 * InstrumentationBase and is constructed before the application's own instrumentations can silence them.
 */
export class HttpAccessLogInstrumentation implements Instrumentation {
  readonly instrumentationName: string = SCOPE_NAME;
  readonly instrumentationVersion: string = VERSION;
  readonly #options: ResolvedOptions;
  readonly #notices = codeNotices();
  readonly #onError = (error: unknown): void =>
    this.#notices.error('internal', `internal error: ${this.#masking.shownError(error)}`);
  readonly #masking: ProcessMasking;
  readonly #recorder: Recorder;
  readonly #observer: HttpObserver;
  readonly #longExchanges: LongExchangeEvents;
  readonly #resources = new ResourceSource();
  #scope: ResourceScope | undefined;
  #logger: Logger | undefined;
  readonly #metrics = new Metrics({
    definitions: () => [exchangesMetric()],
    read: () => ({ ...NOT_KNOWN, totals: { served: this.#served } }),
    onError: this.#onError,
  });
  #served = 0;
  #isEnabled = false;
  /** The LoggerProvider takes records, or did so once. */
  #hasTaker = false;
  /** Takes away the listeners of the process. */
  #unwatchEnd: (() => void) | undefined;

  /**
   * @param options in code before environment (`ACCESS_LOG_…`) before configuration file before default
   * @throws {TypeError} for an option that is unknown or not as expected
   */
  constructor(options: AccessLogOptions = {}) {
    this.#options = resolveOptions(options);
    for (const [index, line] of unknownVariables().entries())
      this.#notices.warn(`environment.${index}`, line);
    this.#masking = new ProcessMasking(this.#options);
    this.#recorder = new Recorder(
      this.#options,
      resolveKnownMethods(),
      this.#masking,
      processClock,
      (hook, error) =>
        this.#notices.error(`hook.${hook}`, hookErrorText(hook, this.#masking.shownError(error))),
    );
    this.#longExchanges = new LongExchangeEvents(this.#samplingSettings, this.#recorder);
    this.#observer = new HttpObserver({
      ...observedParts(this.#options, this.#recorder),
      onLong: (...long) => this.#onLong(...long),
      onStart: () => this.#begin(),
      onEnd: (exchange) => this.#onEnd(exchange),
      onError: this.#onError,
    });
  }

  /** Starts observing; does nothing while another observer has the process, or where `enabled` is false. */
  enable(): void {
    if (this.#isEnabled || !this.#options.enabled) return;
    const first = claimProcess(`${SCOPE_NAME} ${VERSION} (HttpAccessLogInstrumentation)`);
    if (first !== undefined) {
      this.#notices.warn('second', `${first} observes this process already; this copy does nothing`);
      return;
    }
    this.#isEnabled = true;
    watchForSilence((message) => this.#notices.warn('runtime', message));
    this.#observer.enable();
  }

  disable(): void {
    if (!this.#isEnabled) return;
    this.#isEnabled = false;
    this.#observer.disable();
    this.#unwatchEnd?.();
    this.#unwatchEnd = undefined;
    this.#masking.stop();
    releaseProcess();
  }

  /** The provider that records are emitted to. Default: the global provider of the OpenTelemetry Logs API. */
  setLoggerProvider(loggerProvider: LoggerProvider): void {
    this.#logger = loggerProvider.getLogger(SCOPE_NAME, VERSION);
  }

  /** Has no effect: the access log makes no spans. */
  setTracerProvider(_tracerProvider: TracerProvider): void {}

  /**
   * The provider at which the count of served exchanges is observed (`otel_access_log.exchanges`). Default: none. What
   * becomes of their records is counted by the processors behind it.
   */
  setMeterProvider(meterProvider: MeterProvider): void {
    this.#metrics.use(meterProvider);
  }

  /** Has no effect: options are given to the constructor, and compiled there. */
  setConfig(_config: InstrumentationConfig): void {}

  getConfig(): InstrumentationConfig {
    return { enabled: this.#isEnabled };
  }

  /** Level and ignore list, as far as they decide on events of long exchanges; records are the next processor's. */
  get #samplingSettings(): SamplingSettings {
    return samplingSettings(withRuntime(this.#options, this.#masking.runtime), compileKnownMethods());
  }

  /** Nothing of ours starts before the first exchange. */
  #begin(): void {
    if (this.#unwatchEnd !== undefined) return;
    this.#watchEnd();
    // Events are written by the TokenBucketLogRecordProcessor, which follows the same file.
    const notes = new RulesAnnouncer({
      status: () => this.#masking.status,
      onChanged: () => this.#longExchanges.reconfigure(this.#samplingSettings),
      warn: (text) => {
        if (isNewOfRules(text)) this.#notices.warn('rules', text, 0);
      },
      info: (text) => {
        if (isNewOfRules(text)) this.#notices.info('rules.recovered', text, 0);
      },
      onError: this.#onError,
    });
    this.#masking.start(notes);
  }

  /**
   * Watches the end of the process from the first exchange on: those that are open in `exit` are emitted there. A log
   * record processor that sends later does not send them: nothing asynchronous runs after `exit`.
   */
  #watchEnd(): void {
    const cause = new CauseOfEnd();
    cause.watch();
    const onExit = (code: number): void =>
      this.#observer.endWithProcess(cause.ofExit(code), performance.now());
    process.prependListener('exit', onExit);
    this.#unwatchEnd = () => {
      cause.stop();
      process.removeListener('exit', onExit);
    };
  }

  /** The logger sets the resource of the record. Ours is for the `json` body, which shows `service.name`. */
  #resourceScopeOf(exchange: Exchange): ResourceScope {
    const resource = this.#resources.resourceFor(exchange);
    if (resource !== this.#scope?.resource) this.#scope = resourceScope(resource);
    return this.#scope;
  }

  #knownLogger(): Logger {
    this.#logger ??= logs.getLogger(SCOPE_NAME, VERSION);
    return this.#logger;
  }

  /**
   * Without a LoggerProvider the API throws records away in silence. Asked at the end of an exchange: an SDK may register
   * its provider late. In no context: one that drops records without a sampled span takes others.
   */
  #findTaker(logger: Partial<Pick<Logger, 'enabled'>>): void {
    this.#hasTaker = logger.enabled?.({ context: ROOT_CONTEXT }) !== false;
    if (this.#hasTaker) return;
    this.#notices.warn('provider', NO_TAKER, Number.POSITIVE_INFINITY);
  }

  #onLong(soFar: Exchange, milestone: Milestone, messages: HttpMessages | undefined): void {
    const event = this.#longExchanges.eventOf(soFar, milestone, messages);
    if (event === undefined) return;
    const { eventName, severityNumber, severityText, body, attributes } = event.content;
    const timestamp = processClock.now();
    this.#knownLogger().emit({
      eventName,
      timestamp,
      observedTimestamp: timestamp,
      severityNumber,
      severityText,
      body,
      attributes,
      context: soFar.context,
    });
  }

  #onEnd(exchange: ObservedExchange): void {
    this.#served += 1;
    const { messages } = exchange;
    if (this.#recorder.skips(exchange, messages)) {
      countSkipped();
      return;
    }
    const logger = this.#knownLogger();
    if (!this.#hasTaker) this.#findTaker(logger);
    const record = this.#recorder.build(exchange, this.#resourceScopeOf(exchange), messages);
    const { eventName, hrTime, hrTimeObserved, severityNumber, severityText, body, attributes } = record;
    // No spread: on Node 20 it costs more than the rest of the record.
    logger.emit({
      eventName,
      timestamp: hrTime,
      observedTimestamp: hrTimeObserved,
      severityNumber,
      severityText,
      body,
      attributes,
      context: exchange.context,
    });
  }
}
