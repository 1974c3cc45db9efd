import { type Context, ROOT_CONTEXT } from '@opentelemetry/api';
import { createMeasure } from '../delivery/otlp/measure.ts';
import type { StdoutLines } from '../delivery/stdout/stdout-lines.ts';
import type { Exchange, HttpMessages } from '../http/exchange.ts';
import type { Milestone } from '../http/long-exchanges.ts';
import type { ObservedExchange } from '../http/observed-exchange.ts';
import type { OpenAtEnd } from '../lifecycle/open-at-end.ts';
import { isLineFormat, type ResolvedOptions } from '../options/options.ts';
import type { AccessLogRecord, ResourceScope } from '../record/access-log-record.ts';
import type { Recorder } from '../record/recorder.ts';
import { ResourceSource, resourceScope } from '../resource.ts';
import type { Admission } from '../sampling/admission.ts';
import type { LeaveOutRules } from '../sampling/sampler.ts';
import type { SamplingProcessor } from '../sampling/sampling-processor.ts';
import { LongExchangeEvents } from './long-exchange-events.ts';
import type { TerminalLog } from './terminal-log.ts';

export interface RecordingDependencies {
  readonly recorder: Recorder;
  readonly bucket: SamplingProcessor;
  /** Which long exchanges have events. */
  readonly rules: LeaveOutRules;
  readonly open: OpenAtEnd;
  readonly stdout: StdoutLines | undefined;
  readonly stdoutFormat: ResolvedOptions['stdout'];
  readonly terminal: TerminalLog | undefined;
  /** Has the records of ended exchanges built that wait for it. */
  readonly handOn: () => void;
}

/** From an exchange to its record in delivery: decides on it, builds it, and passes it on. */
export class Recording {
  readonly #dependencies: RecordingDependencies;
  readonly #longExchanges: LongExchangeEvents;
  readonly #resources = new ResourceSource();
  #scope: ResourceScope | undefined;
  /** Only where there is a rollout in the shadow. */
  #measure: ((record: AccessLogRecord) => number) | undefined;

  constructor(dependencies: RecordingDependencies) {
    this.#dependencies = dependencies;
    this.#longExchanges = new LongExchangeEvents(dependencies.rules, dependencies.recorder);
  }

  /** Called at the first exchange: events may be written before the first record. */
  begin(): void {
    this.#resourceScope({ context: ROOT_CONTEXT });
  }

  /** Changes level, ignore list and rollout of the events of long exchanges. */
  reconfigure(rules: LeaveOutRules): void {
    this.#longExchanges.reconfigure(rules);
  }

  /** An exchange has ended. */
  onEnd(exchange: ObservedExchange): void {
    const { recorder, bucket } = this.#dependencies;
    if (recorder.skips(exchange, exchange.messages)) bucket.countIgnored();
    else this.#record(exchange);
  }

  /** An exchange has been open for long. */
  onLong(soFar: Exchange, milestone: Milestone, messages: HttpMessages | undefined): void {
    const { bucket, handOn } = this.#dependencies;
    // Timestamps only rise: what has ended and waits would get a later one than that of its end.
    handOn();
    const event = this.#longExchanges.eventOf(soFar, milestone, messages);
    if (event === undefined) return;
    this.#resourceScope(soFar);
    bucket.writeEvent(event.content, event.giveBack);
  }

  #record(exchange: ObservedExchange): void {
    const { recorder, bucket, open, stdout, stdoutFormat, terminal } = this.#dependencies;
    const endMs = exchange.startMs + exchange.durationMs;
    const admission = bucket.admit(recorder.assess(exchange), endMs);
    if (admission === undefined) {
      if (bucket.isShadowed) bucket.countShadowBytes(this.#sizeOf(exchange));
      return;
    }
    const record = this.#build(exchange, admission);
    bucket.passOn(admission, record);
    // Standard output has the same line then.
    if (stdoutFormat !== 'json' && terminal?.isShown !== true) open.recordKept(record);
    if (isLineFormat(stdoutFormat)) stdout?.write(record.line(stdoutFormat));
    else terminal?.show(record);
  }

  /** Builds and encodes the record of an exchange, which is not sent. */
  #sizeOf(exchange: ObservedExchange): number {
    this.#measure ??= createMeasure();
    const { recorder } = this.#dependencies;
    return this.#measure(recorder.build(exchange, this.#resourceScope(exchange), exchange.messages));
  }

  /** Counts an admitted exchange as lost if its record cannot be built: kept = delivered + lost + pending. */
  #build(exchange: ObservedExchange, admission: Admission): AccessLogRecord {
    const { recorder, bucket } = this.#dependencies;
    try {
      return recorder.build(exchange, this.#resourceScope(exchange), exchange.messages);
    } catch (error) {
      bucket.lose(admission, error);
      throw error;
    }
  }

  /** The current resource, and our instrumentation scope. An SDK may register its resource late. */
  #resourceScope(exchange: { readonly context: Context }): ResourceScope {
    const resource = this.#resources.resourceFor(exchange);
    if (resource !== this.#scope?.resource) {
      this.#scope = resourceScope(resource);
      this.#dependencies.bucket.setResourceScope(resource, this.#scope.instrumentationScope);
    }
    return this.#scope;
  }
}
