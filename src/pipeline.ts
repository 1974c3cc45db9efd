import { performance } from 'node:perf_hooks';
import { isMainThread } from 'node:worker_threads';
import { HookCalls } from './composition/hook-calls.ts';
import { ProcessMasking } from './composition/masking-source.ts';
import { observedParts } from './composition/observed-parts.ts';
import { type EnterContext, startOwnTracing } from './composition/own-tracing.ts';
import { pipelineMetrics } from './composition/pipeline-metrics.ts';
import { Recording } from './composition/recording.ts';
import { TerminalLog } from './composition/terminal-log.ts';
import type { Delivery } from './delivery/delivery.ts';
import { deliveryNotices } from './delivery/delivery-notices.ts';
import { deliverySettings } from './delivery/delivery-settings.ts';
import { startDelivery } from './delivery/start-delivery.ts';
import { StdoutLines } from './delivery/stdout/stdout-lines.ts';
import { EndedExchanges } from './http/ended-exchanges.ts';
import type { ObservedResponse } from './http/http1/node-internals.ts';
import type { Dropped, ObserverOptions } from './http/observation.ts';
import type { ObservedExchange } from './http/observed-exchange.ts';
import type { HttpObserver } from './http/observer.ts';
import { registeredMeterProvider } from './http/trace/registered-api.ts';
import { BeforeFreeze, mayBeFrozen } from './lifecycle/before-freeze.ts';
import { CauseOfEnd } from './lifecycle/cause-of-end.ts';
import { EndOfPipeline } from './lifecycle/end-of-pipeline.ts';
import { isHeldByExports, watchEndOfProcess } from './lifecycle/end-of-process.ts';
import { OpenAtEnd } from './lifecycle/open-at-end.ts';
import type { ThreadAccount } from './lifecycle/thread-account.ts';
import type { Threads } from './lifecycle/threads.ts';
import { isLineFormat, type OtelEnvironment, type ResolvedOptions, withRuntime } from './options/options.ts';
import { processClock } from './record/clock.ts';
import { compileKnownMethods } from './record/reading/method.ts';
import { Recorder } from './record/recorder.ts';
import { RulesAnnouncer } from './sampling/events/rules-announcer.ts';
import { SamplingProcessor } from './sampling/sampling-processor.ts';
import { type SamplingSettings, samplingSettings } from './sampling/sampling-settings.ts';
import { PROCESS_ID } from './telemetry/heartbeat.ts';
import type { Metrics } from './telemetry/metrics.ts';
import type { Notices } from './telemetry/notices.ts';
import { isRedirected } from './telemetry/prompt-output.ts';

/** Milliseconds from the end of an exchange to the moment at which its record is built, at most. */
const MAX_WAIT_MS = 100;

/**
 * The package's own pipeline: observer → record → token bucket → delivery. The only file that imports them all.
 *
 * It starts nothing before the first exchange: many Node processes load the preload and never serve a request.
 */
export class Pipeline {
  /** For the observer, which calls back into the pipeline. */
  readonly observerOptions: ObserverOptions;
  readonly #options: ResolvedOptions;
  readonly #notices: Notices;
  readonly #onError = (error: unknown): void =>
    this.#notices.error('internal', `internal error: ${this.#masking.shownError(error)}`);
  readonly #masking: ProcessMasking;
  readonly #recorder: Recorder;
  readonly #knownMethods: ReadonlySet<string>;
  readonly #delivery: Delivery;
  readonly #bucket: SamplingProcessor;
  readonly #recording: Recording;
  readonly #stdout: StdoutLines | undefined;
  readonly #terminal: TerminalLog | undefined;
  readonly #ended: EndedExchanges;
  readonly #metrics: Metrics;
  readonly #dropped: Record<Dropped, number> = { connections: 0, requests: 0, fields: 0 };
  readonly #threads: Threads;
  readonly #ending: EndOfPipeline;
  readonly #open: OpenAtEnd;
  readonly #cause = new CauseOfEnd();
  /** Only in a worker thread that serves. */
  #account: ThreadAccount | undefined;
  /** Only where the platform stops the process between requests. */
  #beforeFreeze: BeforeFreeze | undefined;
  readonly #exportTimeoutMs: number;
  #enterContext: EnterContext | undefined;
  /** Registered while this thread does not serve and has started others. */
  readonly #onExit = (code: number): void => {
    if (this.#threads.haveWork) this.#ending.onExit(false, this.#cause.ofExit(code));
  };
  #isStarted = false;
  #onHeldByExports: (() => void) | undefined;

  /**
   * @param threads of this process; calls back into the pipeline from now on
   * @param observer the one that is given `observerOptions`
   */
  constructor(
    options: ResolvedOptions,
    environment: OtelEnvironment,
    notices: Notices,
    threads: Threads,
    observer: () => HttpObserver | undefined,
  ) {
    this.#options = options;
    this.#notices = notices;
    const masking = new ProcessMasking(options);
    this.#masking = masking;
    const hooks = new HookCalls(options, notices, masking);
    this.#recorder = new Recorder(options, environment.knownMethods, masking, processClock, (hook, error) =>
      hooks.onError(hook, error),
    );
    const settings = deliverySettings(options, environment);
    this.#exportTimeoutMs = settings.stream.attemptTimeoutMs;
    const told = deliveryNotices(notices, environment);
    this.#delivery = startDelivery(settings, {
      onLost: (receipt, errorType, count) => {
        this.#bucket.recordLost(receipt, errorType, count);
        if (receipt.kind === 'exchange') hooks.onLost(receipt, errorType, count);
      },
      ...told,
      onWaiting: (message) => {
        const tell = (): void => told.onWaiting(message);
        if (this.#terminal === undefined) tell();
        else this.#terminal.onWaiting(message, tell);
      },
      onError: this.#onError,
      watch: { isHeldByExports, onHeldByExports: () => this.#onHeldByExports?.() },
      onOutput: (text) => {
        if (isRedirected('stdout')) process.stdout.write(`${text}\n`);
        else this.#stdout?.write(text);
      },
      onSettled: () => {
        this.#showWaiting();
        this.#terminal?.onSettled();
      },
    });
    this.#knownMethods = compileKnownMethods(environment.knownMethods);
    this.#bucket = new SamplingProcessor(
      this.#samplingSettings,
      {
        now: () => performance.now(),
        timestamp: () => processClock.now(),
        wallTime: (atMs) => processClock.wallTime(atMs),
        beforeReport: () => this.#ended.handOn(),
        processId: PROCESS_ID,
        delivery: () => this.#delivery.counts(),
        backlog: () => this.#delivery.backlog(),
        showClient: (address) => this.#recorder.showClient(address),
        onMode: hooks.onMode,
        dropped: () => this.#dropped,
        masking: () => masking.counts,
        rules: () => masking.report(),
        onError: this.#onError,
      },
      this.#delivery.processor,
    );
    this.#metrics = pipelineMetrics({
      bucket: this.#bucket,
      delivery: this.#delivery,
      masking,
      settings,
      beforeRead: () => this.#ended.handOn(),
      onError: this.#onError,
    });
    this.#terminal = TerminalLog.of(options, environment, {
      write: (line) => this.#stdout?.write(line),
      counts: () => this.#delivery.counts(),
      notices,
      onError: this.#onError,
    });
    const isPrompt = isLineFormat(options.stdout) || this.#terminal !== undefined;
    if (isPrompt || settings.kind === 'console') {
      this.#stdout = new StdoutLines(
        (lines) => notices.lost('stdout', lines, 'standard output is too slow, or gone'),
        () => this.#showWaiting(),
      );
    }
    // On standard output each line is expected as soon as its exchange has ended, and hooks are handed its request.
    const mayWait = !isPrompt && !this.#recorder.hasHooks;
    const maxWaitMs = mayWait ? Math.min(MAX_WAIT_MS, settings.stream.scheduleDelayMs) : 0;
    this.#ended = new EndedExchanges(
      maxWaitMs,
      (exchange) => {
        this.#recording.onEnd(exchange);
        this.#showWaiting();
      },
      this.#onError,
    );
    this.observerOptions = {
      ...observedParts(options, this.#recorder),
      onLong: (...long) => this.#recording.onLong(...long),
      onStart: (exchange, response) => this.#onStart(exchange, response),
      onHandlers: (exchange) => {
        this.#enterContext?.(exchange);
        this.#beforeFreeze?.onStart(exchange);
      },
      onEnd: (exchange) => {
        this.#account?.exchangeEnded();
        this.#ended.add(exchange);
        this.#beforeFreeze?.onEnd(exchange);
      },
      onDropped: (what) => {
        this.#dropped[what] += 1;
      },
      onError: this.#onError,
    };
    this.#open = new OpenAtEnd(observer, () => this.#ended.handOn());
    this.#recording = new Recording({
      recorder: this.#recorder,
      bucket: this.#bucket,
      rules: this.#samplingSettings,
      open: this.#open,
      stdout: this.#stdout,
      stdoutFormat: options.stdout,
      terminal: this.#terminal,
      handOn: () => this.#ended.handOn(),
    });
    this.#threads = threads;
    threads.attach({
      onWorker: () => {
        if (this.hasBegun) return;
        this.#cause.watch();
        process.prependListener('exit', this.#onExit);
      },
      onServing: () => this.#watchEnd(),
      onAsked: (request) => this.#ending.onAsked(request),
      onTerminated: ({ records, lines }) => {
        const why = 'a worker thread was terminated before everything was delivered';
        if (records > 0) notices.lost('thread', records, why);
        if (lines > 0) notices.lost('thread.stdout', lines, `${why} to standard output`);
      },
    });
    this.#ending = new EndOfPipeline({
      open: this.#open,
      ended: this.#ended,
      bucket: this.#bucket,
      delivery: this.#delivery,
      stdout: this.#stdout,
      threads: this.#threads,
      notices,
      hooks,
      timeoutMs: options.shutdownTimeoutMs,
      onError: this.#onError,
    });
  }

  /** Whether this thread, or one that ends with it, serves; the end of the process is watched from then on. */
  get hasBegun(): boolean {
    return this.#onHeldByExports !== undefined;
  }

  #onStart(exchange: ObservedExchange, response?: ObservedResponse): void {
    if (!this.#isStarted) {
      this.#isStarted = true;
      this.#begin();
    }
    this.#account?.exchangeStarted();
    if (response === undefined) return;
    this.#enterContext?.(exchange, response);
    this.#beforeFreeze?.onStart(exchange);
  }

  /** Called at the first exchange: an SDK that the application starts with is registered by then. */
  #begin(): void {
    this.#recording.begin();
    this.#watchEnd();
    this.#delivery.start();
    this.#terminal?.start();
    this.#masking.start(this.#createRulesNotes());
    this.#metrics.follow(registeredMeterProvider);
    if (mayBeFrozen(this.#options.freeze)) this.#beforeFreeze = this.#createBeforeFreeze();
    if (!isMainThread) this.#account = this.#threads.serve();
    this.#enterContext = startOwnTracing(this.#options);
  }

  /** Settings of the rules file win over environment and code. */
  get #samplingSettings(): SamplingSettings {
    return samplingSettings(withRuntime(this.#options, this.#masking.runtime), this.#knownMethods);
  }

  #createRulesNotes(): RulesAnnouncer {
    const notices = this.#notices;
    return new RulesAnnouncer({
      status: () => this.#masking.status,
      // Their records are to show what the rules of before let them show.
      onChanging: () => this.#ended.handOn(),
      onChanged: () => {
        const settings = this.#samplingSettings;
        this.#bucket.reconfigure(settings);
        this.#recording.reconfigure(settings);
      },
      writeEvent: (content) => this.#bucket.writeEvent(content, () => undefined),
      // The files are checked every five seconds, and who mends one waits for the next answer.
      warn: (text) => notices.warn('rules', text, 0),
      info: (text) => notices.info('rules.recovered', text, 0),
      onError: this.#onError,
    });
  }

  #createBeforeFreeze(): BeforeFreeze {
    return new BeforeFreeze({
      ended: this.#ended,
      delivery: this.#delivery,
      stdout: this.#stdout,
      openExchanges: () => this.#open.count,
      timeoutMs: this.#exportTimeoutMs,
      now: () => performance.now(),
      onError: this.#onError,
    });
  }

  /** Called when this thread, or one that ends with it, begins to serve. */
  #watchEnd(): void {
    if (this.hasBegun) return;
    process.removeListener('exit', this.#onExit);
    this.#onHeldByExports = watchEndOfProcess(this.#ending, this.#cause);
  }

  #showWaiting(): void {
    const account = this.#account;
    if (account === undefined) return;
    const inMemory = this.#delivery.counts().pending - this.#delivery.stored;
    account.show(this.#ended.waiting + inMemory, this.#stdout?.lines ?? 0);
  }
}
