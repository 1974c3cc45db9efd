import { performance } from 'node:perf_hooks';
import { isMainThread } from 'node:worker_threads';
import { type Context, type HrTime, ROOT_CONTEXT } from '@opentelemetry/api';
import type { Delivery } from './delivery/delivery.ts';
import { deliveryNotices } from './delivery/notices.ts';
import { deliverySettings } from './delivery/settings.ts';
import { startDelivery } from './delivery/start.ts';
import { StdoutLines } from './delivery/stdout.ts';
import { activateContexts } from './http/active-context.ts';
import { EndedExchanges } from './http/ended-exchanges.ts';
import type { ObservedResponse } from './http/node-internals.ts';
import type { ObservedExchange } from './http/observed-exchange.ts';
import { HttpObserver } from './http/observer.ts';
import { propagateTraceContext } from './http/propagation.ts';
import { watchForSilence } from './http/silent-runtime.ts';
import { claimProcess } from './http/single-observer.ts';
import { idsOf, noIds, registeredTracerProvider } from './http/trace-context.ts';
import type { OtelEnvironment, ResolvedOptions } from './options/options.ts';
import { startOwnSpans } from './own-spans.ts';
import type { RecordOrigin } from './record/access-log-record.ts';
import { processClock } from './record/clock.ts';
import { compileKnownMethods } from './record/method.ts';
import { Recorder } from './record/recorder.ts';
import { ResourceSource, recordOrigin } from './resource.ts';
import { SamplingProcessor } from './sampling/sampling-processor.ts';
import { samplingSettings } from './sampling/settings.ts';
import { watchEndOfProcess } from './shutdown.ts';
import { PROCESS_ID } from './telemetry/heartbeat.ts';
import type { Reporter } from './telemetry/reporter.ts';
import { VERSION } from './version.ts';

/** Milliseconds after its end at which an exchange is recorded at the latest. */
const MAX_WAIT_MS = 100;

/**
 * The package's own pipeline: observer → record → token bucket → delivery. The only file that knows them all.
 *
 * Until the first exchange it only listens: many a Node process loads the preload and never serves anything.
 */
export class Pipeline {
  readonly #options: ResolvedOptions;
  readonly #reporter: Reporter;
  readonly #onError = (error: unknown): void =>
    this.#reporter.error('internal', `internal error: ${textOf(error)}`);
  readonly #resources = new ResourceSource();
  readonly #recorder: Recorder;
  readonly #delivery: Delivery;
  readonly #bucket: SamplingProcessor;
  readonly #stdout: StdoutLines | undefined;
  readonly #observer: HttpObserver;
  readonly #ended: EndedExchanges;
  #origin: RecordOrigin | undefined;
  #enterContext: ((exchange: ObservedExchange, response: ObservedResponse) => void) | undefined;
  /** The exchange that is being judged. Here rather than in a closure: most are suppressed when it matters. */
  #judged: ObservedExchange | undefined;
  readonly #emitJudged = (): void => {
    if (this.#judged !== undefined) this.#emit(this.#judged);
  };
  #isStarted = false;
  #isLate = false;
  #hasEnded = false;
  #servedAtFlush = 0;
  #flushing: Promise<void> = Promise.resolve();

  constructor(options: ResolvedOptions, environment: OtelEnvironment, reporter: Reporter) {
    this.#options = options;
    this.#reporter = reporter;
    this.#recorder = new Recorder(options, environment.knownMethods, processClock, (hook, error) =>
      reporter.error(`hook.${hook}`, `the ${hook} hook threw and is not called any more: ${textOf(error)}`),
    );
    const settings = deliverySettings(options, environment);
    this.#delivery = startDelivery(settings, {
      onLost: (receipt, errorType, count) => this.#bucket.recordLost(receipt, errorType, count),
      ...deliveryNotices(reporter, environment),
      onError: this.#onError,
      onOutput: (text) => this.#stdout?.write(text),
    });
    this.#bucket = new SamplingProcessor(
      samplingSettings(options, compileKnownMethods(environment.knownMethods)),
      {
        now: () => performance.now(),
        timestamp: () => this.#timestamp(),
        beforeReport: () => this.#ended.handOn(),
        processId: PROCESS_ID,
        delivery: () => this.#delivery.counts(),
        onError: this.#onError,
      },
      this.#delivery.processor,
    );
    if (options.stdout !== 'off' || settings.kind === 'console') {
      this.#stdout = new StdoutLines((lines) =>
        reporter.lost('stdout', lines, 'standard output is too slow, or gone'),
      );
    }
    // Whoever reads standard output looks for what happened last.
    const maxWaitMs = options.stdout === 'off' ? Math.min(MAX_WAIT_MS, settings.stream.scheduleDelayMs) : 0;
    this.#ended = new EndedExchanges(maxWaitMs, (exchange) => this.#onEnd(exchange), this.#onError);
    this.#observer = new HttpObserver({
      requestHeaderNames: this.#recorder.requestHeaderNames,
      keepResponseHead: this.#recorder.wantsResponseHead,
      idSource: options.tracing === 'off' ? noIds : idsOf,
      onStart: (exchange, response) => this.#onStart(exchange, response),
      onEnd: (exchange) => this.#ended.add(exchange),
      onError: this.#onError,
    });
  }

  /** Starts observing; says so and does nothing where another observer has the process. */
  start(): void {
    const first = claimProcess(`otel-access-log/register ${VERSION}`);
    if (first !== undefined) {
      this.#reporter.warn('second', `${first} observes this process already; this copy does nothing`);
      return;
    }
    watchForSilence((message) => this.#reporter.warn('runtime', message));
    this.#observer.enable();
  }

  #onStart(exchange: ObservedExchange, response: ObservedResponse): void {
    if (!this.#isStarted) {
      this.#isStarted = true;
      this.#begin();
    }
    this.#enterContext?.(exchange, response);
  }

  /** What waits for the first exchange. By now an SDK that the application starts with is there. */
  #begin(): void {
    this.#originFor({ context: ROOT_CONTEXT });
    watchEndOfProcess({
      hasWork: () => this.#hasWork(),
      served: () => this.#bucket.totals().served,
      flush: () => this.#flushInTime(),
      onHandledSignal: () => void this.#flush(false),
      onExit: () => this.#onExit(),
    });
    const { tracing, propagate } = this.#options;
    if ((tracing !== 'context' && tracing !== 'spans') || registeredTracerProvider() !== undefined) return;
    if (tracing === 'spans') startOwnSpans(propagate);
    else this.#enterContext = activateContexts();
    // HttpInstrumentation propagates on `http.request` itself.
    if (propagate) propagateTraceContext(tracing === 'context');
  }

  #onEnd(exchange: ObservedExchange): void {
    if (this.#recorder.skips(exchange)) {
      this.#bucket.countIgnored();
      return;
    }
    this.#judged = exchange;
    try {
      const assessment = this.#recorder.assess(exchange);
      this.#bucket.judge(assessment, this.#emitJudged, exchange.startMs + exchange.durationMs);
    } finally {
      this.#judged = undefined;
    }
  }

  /** Of the exchange that is being judged where there is one: what waited is counted at the time of its end. */
  #timestamp(): HrTime {
    const judged = this.#judged;
    return judged === undefined
      ? processClock.now()
      : processClock.timestamp(judged.startMs + judged.durationMs);
  }

  #emit(exchange: ObservedExchange): void {
    const record = this.#recorder.record(exchange, this.#originFor(exchange));
    this.#bucket.onEmit(record);
    const { stdout } = this.#options;
    if (stdout !== 'off') this.#stdout?.write(record.line(stdout));
  }

  /** The resource of this moment, and our scope. */
  #originFor(exchange: { readonly context: Context }): RecordOrigin {
    const resource = this.#resources.resourceFor(exchange);
    if (resource !== this.#origin?.resource) {
      this.#origin = recordOrigin(resource);
      this.#bucket.setOrigin(resource, this.#origin.instrumentationScope);
    }
    return this.#origin;
  }

  #hasWork(): boolean {
    this.#ended.handOn();
    if (this.#delivery.counts().pending > 0 || this.#stdout?.isWaiting) return true;
    // A last heartbeat to a receiver that is not there would only hold up the end.
    return this.#bucket.totals().served > this.#servedAtFlush && !this.#delivery.isFailing;
  }

  /** One after the other: the batch processor answers a second flush at once, before the first one is through. */
  #flush(isLast: boolean): Promise<void> {
    const flushOnce = async (): Promise<void> => {
      if (!this.#hasWork()) return;
      // A flush that may not be the last one leaves the last heartbeat to say.
      if (isLast) this.#servedAtFlush = this.#bucket.totals().served;
      this.#bucket.report(isLast);
      await Promise.all([this.#bucket.forceFlush(), this.#stdout?.flush()]);
    };
    this.#flushing = this.#flushing.then(flushOnce).catch(this.#onError);
    return this.#flushing;
  }

  async #flushInTime(): Promise<boolean> {
    let timer: NodeJS.Timeout | undefined;
    const deadline = new Promise<boolean>((resolve) => {
      timer = setTimeout(() => resolve(false), this.#options.shutdownTimeoutMs);
    });
    const flushed = this.#flush(true).then(() => true);
    const inTime = await Promise.race([flushed, deadline]);
    clearTimeout(timer);
    this.#isLate = !inTime;
    return inTime;
  }

  #onExit(): void {
    this.#ended.handOn();
    if (isMainThread && !this.#hasEnded && !this.#isLate && this.#hasWork() && !this.#delivery.isFailing) {
      // `process.exit()`, or a crash: nothing asynchronous happens any more.
      try {
        this.#bucket.report(true);
        this.#delivery.deliverLast(this.#options.shutdownTimeoutMs);
      } catch (error) {
        // What is thrown in `exit` would change the exit code.
        this.#onError(error);
      }
    }
    const { pending } = this.#delivery.counts();
    if (pending > 0 && !this.#hasEnded)
      this.#reporter.lost('exit', pending, 'the process ended before everything was delivered');
    this.#hasEnded = true;
    this.#stdout?.end(this.#isLate ? 0 : this.#options.shutdownTimeoutMs);
    this.#reporter.flush();
  }
}

function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // What and where, on one line.
  const [what = error.message, where = ''] = (error.stack ?? '').split('\n');
  return `${what} ${where.trim()}`;
}
