import { performance } from 'node:perf_hooks';
import { diag, type MeterProvider, type TracerProvider } from '@opentelemetry/api';
import { type Logger, type LoggerProvider, logs } from '@opentelemetry/api-logs';
import type { Instrumentation, InstrumentationConfig } from '@opentelemetry/instrumentation';
import type { Exchange } from './http/exchange.ts';
import type { Milestone } from './http/long-exchanges.ts';
import { HttpObserver } from './http/observer.ts';
import { watchForSilence } from './http/silent-runtime.ts';
import { claimProcess, releaseProcess } from './http/single-observer.ts';
import { CauseOfEnd } from './lifecycle/cause-of-end.ts';
import { LongExchangeEvents } from './long-exchange-events.ts';
import { ProcessMasking } from './masking-source.ts';
import { observedParts } from './observed-parts.ts';
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
import { compileKnownMethods } from './record/method.ts';
import { Recorder } from './record/recorder.ts';
import { ResourceSource, resourceScope } from './resource.ts';
import { RulesNotes } from './sampling/rules-notes.ts';
import { type SamplingSettings, samplingSettings } from './sampling/sampling-settings.ts';
import { countSkipped } from './sampling/skipped-exchanges.ts';
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
    onError: (error) => diag.error('otel-access-log: internal error', error),
  });
  #served = 0;
  #isEnabled = false;
  /** Takes away the listeners of the process. */
  #unwatchEnd: (() => void) | undefined;

  /**
   * @param options in code before environment (`ACCESS_LOG_…`) before configuration file before default
   * @throws {TypeError} for an option that is unknown or not as expected
   */
  constructor(options: AccessLogOptions = {}) {
    this.#options = resolveOptions(options);
    for (const line of unknownVariables()) diag.warn(`otel-access-log: ${line}`);
    this.#masking = new ProcessMasking(this.#options);
    this.#recorder = new Recorder(
      this.#options,
      resolveKnownMethods(),
      this.#masking,
      processClock,
      (hook, error) => {
        const reason = this.#masking.shownError(error);
        diag.error(`otel-access-log: the ${hook} hook threw and is not called any more: ${reason}`);
      },
    );
    this.#longExchanges = new LongExchangeEvents(this.#samplingSettings, this.#recorder);
    this.#observer = new HttpObserver({
      ...observedParts(this.#options, this.#recorder),
      onLong: (soFar, milestone) => this.#onLong(soFar, milestone),
      onStart: () => this.#begin(),
      onEnd: (exchange) => this.#onEnd(exchange),
      onError: (error) => diag.error('otel-access-log: internal error', error),
    });
  }

  /** Starts observing; does nothing while another observer has the process, or where `enabled` is false. */
  enable(): void {
    if (this.#isEnabled || !this.#options.enabled) return;
    const first = claimProcess(`${SCOPE_NAME} ${VERSION} (HttpAccessLogInstrumentation)`);
    if (first !== undefined) {
      diag.warn(`otel-access-log: ${first} observes this process already; this copy does nothing`);
      return;
    }
    this.#isEnabled = true;
    watchForSilence((message) => diag.warn(`otel-access-log: ${message}`));
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
    const notes = new RulesNotes({
      status: () => this.#masking.status,
      onChanged: () => this.#longExchanges.reconfigure(this.#samplingSettings),
      warn: (text) => diag.warn(`otel-access-log: ${text}`),
      info: (text) => diag.info(`otel-access-log: ${text}`),
      onError: (error) => diag.error('otel-access-log: internal error', error),
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

  #onLong(soFar: Exchange, milestone: Milestone): void {
    const event = this.#longExchanges.eventOf(soFar, milestone);
    if (event === undefined) return;
    const { eventName, severityNumber, severityText, body, attributes } = event.content;
    const timestamp = processClock.now();
    this.#logger ??= logs.getLogger(SCOPE_NAME, VERSION);
    this.#logger.emit({
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

  #onEnd(exchange: Exchange): void {
    this.#served += 1;
    if (this.#recorder.skips(exchange)) {
      countSkipped();
      return;
    }
    this.#logger ??= logs.getLogger(SCOPE_NAME, VERSION);
    const record = this.#recorder.build(exchange, this.#resourceScopeOf(exchange));
    const { eventName, hrTime, hrTimeObserved, severityNumber, severityText, body, attributes } = record;
    // No spread: on Node 20 it costs more than the rest of the record.
    this.#logger.emit({
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
