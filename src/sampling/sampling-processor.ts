import type { Context } from '@opentelemetry/api';
import type { InstrumentationScope } from '@opentelemetry/core';
import type { Resource } from '@opentelemetry/resources';
import type {
  ForceFlushOptions,
  LogRecordProcessor,
  ReadableLogRecord,
  ReadWriteLogRecord,
} from '@opentelemetry/sdk-logs';
import { AccessLogRecord } from '../record/access-log-record.ts';
import { SUPPRESSED_BEFORE } from '../record/attribute-names.ts';
import type { Receipt } from '../record/receipt.ts';
import type { Totals } from '../telemetry/heartbeat.ts';
import { errorTypeOf } from './error-type.ts';
import { EventWriter } from './event-writer.ts';
import { type KeyParts, Ledger } from './ledger.ts';
import { RecordView } from './record-view.ts';
import type { SampledExchange } from './sampled-exchange.ts';
import { Sampler } from './sampler.ts';
import type { SamplingDependencies, SamplingSettings } from './sampling-settings.ts';

/** An exchange that was kept and whose record is about to come; its key, since the exchange may be filled anew. */
interface Admission extends KeyParts {
  readonly suppressedBefore: number;
  isOpen: boolean;
}

/**
 * The token bucket around the next processor, with everything resolved and every clock given.
 * `TokenBucketLogRecordProcessor` is its public face.
 */
export class SamplingProcessor implements LogRecordProcessor {
  readonly #next: LogRecordProcessor;
  readonly #dependencies: SamplingDependencies;
  readonly #select: ReadonlySet<string>;
  readonly #sampler: Sampler;
  readonly #lost: Ledger;
  readonly #events: EventWriter;
  readonly #view: RecordView;
  #admission: Admission | undefined;
  /** Kept, but never taken by the next processor: delivery cannot know of these. */
  #lostBeforeDelivery = 0;
  #hasFailed = false;
  #shutdown: Promise<void> | undefined;

  constructor(settings: SamplingSettings, dependencies: SamplingDependencies, next: LogRecordProcessor) {
    const { timestamp, processId, beforeReport = () => undefined } = dependencies;
    this.#next = next;
    this.#dependencies = dependencies;
    this.#select = new Set(settings.select);
    this.#sampler = new Sampler(settings, timestamp);
    this.#lost = new Ledger({ timestamp, knownMethods: settings.knownMethods });
    this.#view = new RecordView(settings);
    this.#events = new EventWriter({
      suppressed: this.#sampler.suppressed,
      lost: this.#lost,
      totals: () => this.totals(),
      beforeReport,
      processId,
      timestamp,
      emit: (record) => next.onEmit(record),
      onError: (error) => this.#hearError(error),
    });
  }

  /**
   * Passes the record on, or stops it. A record that is not selected passes untouched and uncounted. Never throws.
   * After shutdown nothing passes.
   */
  onEmit(record: ReadWriteLogRecord, context?: Context): void {
    if (this.#shutdown !== undefined) return;
    try {
      if (this.#isSelected(record)) this.#onSelected(record, context);
      else this.#next.onEmit(record, context);
    } catch (error) {
      this.#hearError(error);
    }
  }

  /** What the next processor answers. No token is taken: the SDK asks this several times per record. */
  enabled(options: Parameters<NonNullable<LogRecordProcessor['enabled']>>[0]): boolean {
    return this.#next.enabled?.(options) ?? true;
  }

  forceFlush(options?: ForceFlushOptions): Promise<void> {
    return this.#next.forceFlush(options);
  }

  /** Reports what the ledgers hold and the final totals, then shuts the next processor down. */
  shutdown(): Promise<void> {
    if (this.#shutdown !== undefined) return this.#shutdown;
    this.#events.stop();
    this.#events.endWindow();
    this.#events.heartbeat(true);
    this.#shutdown = this.#next.shutdown();
    return this.#shutdown;
  }

  /**
   * Decides on an exchange before anything is built for it; stands for the decision of `onEmit`. Where it is kept,
   * `emit` has to bring about, before it returns, the `onEmit` of its record, which then passes undecided. A record
   * that does not come is counted as kept and lost, and what it should have carried stays in the ledger.
   *
   * @param nowMs reading of the monotonic clock, for a caller who has one
   * @returns whether the exchange was kept; always false after shutdown, when nothing is counted any more
   * @throws what `emit` throws
   * @internal
   */
  judge(exchange: SampledExchange, emit: () => void, nowMs: number = this.#dependencies.now()): boolean {
    if (this.#shutdown !== undefined || !this.#decide(exchange, nowMs)) return false;
    this.#admit(exchange, emit);
    return true;
  }

  /**
   * Counts an exchange that a `skip` hook left out: served and ignored.
   * @internal
   */
  countIgnored(): void {
    if (this.#shutdown !== undefined) return;
    this.#sampler.countIgnored();
    this.#events.exchangeServed();
  }

  /**
   * Enters records that delivery gave up into the ledger of the lost, and takes back the counts that they carried.
   *
   * @param count how many there are of this receipt
   * @internal
   */
  recordLost(receipt: Receipt, errorType: string, count: number): void {
    if (receipt.kind === 'event') {
      receipt.giveBack();
      return;
    }
    this.#addLost(receipt, errorType, count);
    if (receipt.suppressedBefore > 0) this.#giveBack(receipt, receipt.suppressedBefore);
  }

  /**
   * The resource and scope for events, until the first selected record brings its own.
   * @internal
   */
  setResourceScope(resource: Resource, instrumentationScope: InstrumentationScope): void {
    this.#events.setResourceScope(resource, instrumentationScope);
  }

  /**
   * Reports now what the ledgers hold, and the totals if there was an exchange since the last call: for a process
   * that may be about to end.
   *
   * @param isFinal whether this heartbeat is marked as the last of the process
   * @internal
   */
  report(isFinal = false): void {
    if (this.#shutdown === undefined) this.#events.report(isFinal);
  }

  /** The totals since the processor was made; those of delivery only in the package's own pipeline. */
  totals(): Totals {
    const totals = this.#sampler.totals();
    const delivery = this.#dependencies.delivery?.();
    return delivery === undefined
      ? totals
      : { ...totals, ...delivery, lost: delivery.lost + this.#lostBeforeDelivery };
  }

  #isSelected({ eventName }: Pick<ReadableLogRecord, 'eventName'>): boolean {
    return eventName !== undefined && this.#select.has(eventName);
  }

  #onSelected(record: ReadWriteLogRecord, context: Context | undefined): void {
    this.#events.setResourceScope(record.resource, record.instrumentationScope);
    const admission = this.#admission;
    if (admission?.isOpen) {
      admission.isOpen = false;
      this.#pass(record, context, admission, admission.suppressedBefore);
      return;
    }
    const exchange = this.#view.read(record);
    if (this.#decide(exchange, this.#dependencies.now())) {
      this.#pass(record, context, exchange, this.#sampler.suppressed.take(exchange));
    }
  }

  #admit(exchange: SampledExchange, emit: () => void): void {
    const outer = this.#admission;
    const { route, method, statusCode, outcome } = exchange;
    const suppressedBefore = this.#sampler.suppressed.take(exchange);
    const admission = { route, method, statusCode, outcome, suppressedBefore, isOpen: true };
    this.#admission = admission;
    let errorType = 'not_emitted';
    try {
      emit();
    } catch (error) {
      errorType = errorTypeOf(error);
      throw error;
    } finally {
      this.#admission = outer;
      if (admission.isOpen) this.#loseBeforeDelivery(admission, suppressedBefore, errorType);
    }
  }

  #decide(exchange: SampledExchange, nowMs: number): boolean {
    const verdict = this.#sampler.decide(exchange, nowMs);
    this.#events.exchangeServed();
    if (verdict === 'suppressed') this.#events.countAdded();
    return verdict === 'kept';
  }

  #pass(
    record: ReadWriteLogRecord,
    context: Context | undefined,
    key: KeyParts,
    suppressedBefore: number,
  ): void {
    const carried = this.#load(record, key, suppressedBefore);
    try {
      this.#next.onEmit(record, context);
    } catch (error) {
      // What the wrapped processor does before it throws may have brought another record to the view.
      const sameKey = key === this.#view ? this.#view.read(record) : key;
      this.#loseBeforeDelivery(sameKey, carried, errorTypeOf(error));
      throw error;
    }
  }

  /** Gives the record the count to carry along. The SDK drops an attribute beyond its limit per record, silently. */
  #load(record: ReadWriteLogRecord, key: KeyParts, suppressedBefore: number): number {
    if (suppressedBefore === 0) return 0;
    if (record instanceof AccessLogRecord && record.carry(suppressedBefore)) return suppressedBefore;
    record.setAttribute(SUPPRESSED_BEFORE, suppressedBefore);
    if (record.attributes[SUPPRESSED_BEFORE] === suppressedBefore) return suppressedBefore;
    this.#giveBack(key, suppressedBefore);
    return 0;
  }

  #loseBeforeDelivery(key: KeyParts, suppressedBefore: number, errorType: string): void {
    this.#lostBeforeDelivery += 1;
    this.#addLost(key, errorType, 1);
    if (suppressedBefore > 0) this.#giveBack(key, suppressedBefore);
  }

  #giveBack(key: KeyParts, suppressedBefore: number): void {
    this.#sampler.suppressed.add(key, undefined, suppressedBefore);
    this.#events.countAdded();
  }

  #addLost(key: KeyParts, errorType: string, count: number): void {
    this.#lost.add(key, errorType, count);
    this.#events.countAdded();
  }

  #hearError(error: unknown): void {
    if (this.#hasFailed) return;
    this.#hasFailed = true;
    this.#dependencies.onError(error);
  }
}
