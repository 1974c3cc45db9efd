import type { Context } from '@opentelemetry/api';
import type { InstrumentationScope } from '@opentelemetry/core';
import type { Resource } from '@opentelemetry/resources';
import type {
  ForceFlushOptions,
  LogRecordProcessor,
  ReadableLogRecord,
  ReadWriteLogRecord,
} from '@opentelemetry/sdk-logs';
import { typeOfThrown } from '../record/reading/thrown.ts';
import type { ExchangeKey } from '../record/receipt/exchange-key.ts';
import type { Receipt } from '../record/receipt/receipt.ts';
import type { SampledExchange } from '../record/sampled-exchange.ts';
import type { Totals } from '../telemetry/totals.ts';
import { type Admission, carries } from './admission.ts';
import type { EventContent } from './events/event-record.ts';
import { EventWriter } from './events/event-writer.ts';
import { Losses } from './losses.ts';
import type { Mode } from './mode/mode.ts';
import type { ModeWatch } from './mode/mode-watch.ts';
import { modeSettings, watchMode } from './mode/sampler-mode.ts';
import { RecordView } from './record-view.ts';
import { Sampler } from './sampler.ts';
import type { SamplingDependencies, SamplingSettings } from './sampling-settings.ts';
import { totalsOf } from './totals-of.ts';

/**
 * Samples the records on their way to the next processor. All options are resolved and all clocks are given;
 * `TokenBucketLogRecordProcessor` is the public class.
 */
export class SamplingProcessor implements LogRecordProcessor {
  readonly #next: LogRecordProcessor;
  readonly #dependencies: SamplingDependencies;
  readonly #select: ReadonlySet<string>;
  readonly #sampler: Sampler;
  readonly #losses: Losses;
  readonly #events: EventWriter;
  readonly #modes: ModeWatch;
  readonly #view: RecordView;
  /** Whether the last exchange was ignored by `shadow` alone. */
  #isShadowed = false;
  #hasFailed = false;
  #shutdown: Promise<void> | undefined;

  constructor(settings: SamplingSettings, dependencies: SamplingDependencies, next: LogRecordProcessor) {
    const { now, timestamp, wallTime, processId, beforeReport = () => undefined } = dependencies;
    this.#next = next;
    this.#dependencies = dependencies;
    this.#select = new Set(settings.select);
    this.#sampler = new Sampler(settings, wallTime, dependencies.showClient);
    this.#losses = new Losses({ wallTime, knownMethods: settings.knownMethods });
    this.#view = new RecordView(settings);
    this.#events = new EventWriter({
      suppressed: this.#sampler.suppressed,
      lost: this.#losses.ledger,
      offenders: this.#sampler.offenders,
      totals: () => this.totals(),
      mode: () => this.mode,
      rules: () => dependencies.rules?.(),
      beforeReport,
      processId,
      now,
      timestamp,
      emit: (record) => next.onEmit(record),
      onError: (error) => this.#reportError(error),
    });
    this.#modes = watchMode(settings, dependencies, {
      sampler: this.#sampler,
      losses: this.#losses,
      events: this.#events,
      onError: (error) => this.#reportError(error),
    });
  }

  /**
   * Admits the record and passes it on, or suppresses it. A record that is not selected passes untouched and uncounted.
   * Never throws. After shutdown nothing passes.
   */
  onEmit(record: ReadWriteLogRecord, context?: Context): void {
    if (this.#shutdown !== undefined) return;
    try {
      if (this.#isSelected(record)) this.#onSelected(record, context);
      else this.#next.onEmit(record, context);
    } catch (error) {
      this.#reportError(error);
    }
  }

  /** Returns what the next processor returns. Takes no token: the SDK calls this several times per record. */
  enabled(options: Parameters<NonNullable<LogRecordProcessor['enabled']>>[0]): boolean {
    return this.#next.enabled?.(options) ?? true;
  }

  forceFlush(options?: ForceFlushOptions): Promise<void> {
    return this.#next.forceFlush(options);
  }

  /** Writes the counts of the ledgers and the final totals as events, then shuts the next processor down. */
  shutdown(): Promise<void> {
    if (this.#shutdown !== undefined) return this.#shutdown;
    this.#events.stop();
    this.#modes.stop();
    this.#events.endWindow();
    this.#events.heartbeat(true);
    this.#shutdown = this.#next.shutdown();
    return this.#shutdown;
  }

  /**
   * Decides on an exchange and counts it, before anything is built for it. An admitted exchange counts as kept: the
   * caller hands its record to {@link passOn}, or calls {@link lose} where there is none.
   *
   * @param nowMs reading of the monotonic clock; the end of the exchange where it had to wait
   * @returns `undefined` for an exchange that is suppressed or ignored, which allocates nothing; also after shutdown,
   *   when nothing is counted any more
   * @internal
   */
  admit(exchange: SampledExchange, nowMs: number = this.#dependencies.now()): Admission | undefined {
    if (this.#shutdown !== undefined) return undefined;
    this.#isShadowed = false;
    const verdict = this.#sampler.decide(exchange, nowMs);
    this.#events.exchangeServed();
    this.#modes.exchangeServed();
    if (verdict === 'suppressed') this.#events.countAdded();
    if (verdict === 'shadow') this.#isShadowed = true;
    if (verdict !== 'kept') return undefined;
    const { route, method, statusCode, outcome } = exchange;
    const suppressedBefore = this.#sampler.suppressed.collect(exchange);
    return { route, method, statusCode, outcome, suppressedBefore, atMs: nowMs };
  }

  /**
   * Whether the last exchange that was decided on would have been kept without `shadow`.
   * @internal
   */
  get isShadowed(): boolean {
    return this.#isShadowed;
  }

  /**
   * Counts the size of its record.
   * @internal
   */
  countShadowBytes(bytes: number): void {
    this.#sampler.countShadowBytes(bytes);
  }

  /**
   * Passes the record of an admitted exchange on, with the count that it is to carry. A record that the next processor
   * rejects by throwing counts as lost, and so does one that comes after shutdown. To be called once per admission.
   * @internal
   */
  passOn(admission: Admission, record: ReadWriteLogRecord, context?: Context): void {
    if (this.#shutdown !== undefined) {
      this.#loseBeforeDelivery(admission, admission.suppressedBefore, 'not_emitted');
      return;
    }
    const carried = this.#load(record, admission);
    try {
      this.#next.onEmit(record, context);
    } catch (error) {
      this.#loseBeforeDelivery(admission, carried, typeOfThrown(error));
      this.#reportError(error);
    }
  }

  /**
   * Counts an admitted exchange as lost because its record could not be built. The count that the record should have carried
   * goes back into the ledger.
   * @internal
   */
  lose(admission: Admission, error: unknown): void {
    this.#loseBeforeDelivery(admission, admission.suppressedBefore, typeOfThrown(error));
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
   * Counts records that delivery gave up. The counts that they carried go back into the ledger of the suppressed.
   *
   * @param count records of this receipt
   * @internal
   */
  recordLost(receipt: Receipt, errorType: string, count: number): void {
    if (receipt.kind === 'event') {
      receipt.giveBack();
      return;
    }
    const nowMs = this.#dependencies.now();
    this.#losses.add(receipt, nowMs, errorType, count);
    this.#events.countAdded();
    if (receipt.suppressedBefore > 0) this.#giveBack(receipt, nowMs, receipt.suppressedBefore);
  }

  /**
   * Sets resource and scope of the events. A selected record that `onEmit` receives sets its own.
   * @internal
   */
  setResourceScope(resource: Resource, instrumentationScope: InstrumentationScope): void {
    this.#events.setResourceScope(resource, instrumentationScope);
  }

  /**
   * Writes the counts of the ledgers now, and the totals if there was an exchange since the last call: for a process
   * that may be about to end.
   *
   * @param isFinal whether the heartbeat is marked as the last of the process
   * @internal
   */
  report(isFinal = false): void {
    if (this.#shutdown === undefined) this.#events.report(isFinal);
  }

  /**
   * Passes an event on that is not one of the ledgers or the totals. It is not counted. After shutdown nothing passes.
   *
   * @param giveBack called where the event is lost
   * @internal
   */
  writeEvent(content: EventContent, giveBack: () => void): void {
    if (this.#shutdown === undefined) this.#events.write(content, giveBack);
  }

  /**
   * Changes level, ignore list, rates, bursts and shares, the rollout, and what degrades, from now on. The buckets keep
   * the tokens that they have, as far as those fit.
   * @internal
   */
  reconfigure(settings: SamplingSettings): void {
    this.#sampler.reconfigure(settings, this.#dependencies.now());
    this.#modes.reconfigure(modeSettings(settings));
  }

  /**
   * The mode that heartbeats and metrics tell.
   * @internal
   */
  get mode(): Mode | 'shadow' {
    return this.#sampler.isShadow ? 'shadow' : this.#modes.mode;
  }

  /** The totals since the processor was constructed; those of delivery only where the next processor counts them. */
  totals(): Totals {
    return totalsOf(this.#sampler, this.#losses, this.#dependencies);
  }

  /**
   * Kept exchanges that were lost, by `error.type`. Delivery may count some in `totals` without saying why.
   * @internal
   */
  get lostByType(): ReadonlyMap<string, number> {
    return this.#losses.byType;
  }

  #isSelected({ eventName }: Pick<ReadableLogRecord, 'eventName'>): boolean {
    return eventName !== undefined && this.#select.has(eventName);
  }

  #onSelected(record: ReadWriteLogRecord, context: Context | undefined): void {
    this.#events.setResourceScope(record.resource, record.instrumentationScope);
    const admission = this.admit(this.#view.read(record));
    if (admission !== undefined) this.passOn(admission, record, context);
  }

  /** @returns the count that the record carries */
  #load(record: ReadWriteLogRecord, admission: Admission): number {
    const { suppressedBefore } = admission;
    if (suppressedBefore === 0 || carries(record, suppressedBefore)) return suppressedBefore;
    this.#giveBack(admission, admission.atMs, suppressedBefore);
    return 0;
  }

  #loseBeforeDelivery(admission: Admission, suppressedBefore: number, errorType: string): void {
    this.#losses.addBeforeDelivery(admission, admission.atMs, errorType);
    this.#events.countAdded();
    if (suppressedBefore > 0) this.#giveBack(admission, admission.atMs, suppressedBefore);
  }

  #giveBack(key: ExchangeKey, atMs: number, suppressedBefore: number): void {
    this.#sampler.suppressed.add(key, atMs, undefined, suppressedBefore);
    this.#events.countAdded();
  }

  /** Passes the first error on. Later ones are only counted. */
  #reportError(error: unknown): void {
    if (this.#hasFailed) return;
    this.#hasFailed = true;
    this.#dependencies.onError(error);
  }
}
