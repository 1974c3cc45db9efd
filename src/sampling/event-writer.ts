import { AsyncResource } from 'node:async_hooks';
import type { HrTime } from '@opentelemetry/api';
import type { InstrumentationScope } from '@opentelemetry/core';
import type { Resource } from '@opentelemetry/resources';
import type { ReadWriteLogRecord } from '@opentelemetry/sdk-logs';
import type { Totals } from '../telemetry/totals.ts';
import { type EventContent, EventRecord, type ResourceScope } from './event-record.ts';
import { heartbeatEvent, lostEvent, suppressedEvent } from './events.ts';
import type { Ledger, LedgerEntry } from './ledger.ts';

const WINDOW_MS = 10_000;
const HEARTBEAT_MS = 60_000;

export interface EventReporterSettings {
  readonly suppressed: Ledger;
  readonly lost: Ledger;
  readonly totals: () => Totals;
  /** Called when the window or the heartbeat is due, before ledgers and totals are read. */
  readonly beforeReport: () => void;
  readonly processId: string;
  /** Monotonic clock, milliseconds. */
  readonly now: () => number;
  /** Wall-clock time, strictly increasing. */
  readonly timestamp: () => HrTime;
  /** Takes an event. What it throws is passed to `onError`. */
  readonly emit: (record: ReadWriteLogRecord) => void;
  readonly onError: (error: unknown) => void;
}

/**
 * Says what the ledgers and the totals hold: the ledgers 10 s after their first count, the totals every 60 s from the
 * first exchange on. No timer before that, and none that keeps a process alive.
 */
export class EventWriter {
  readonly #settings: EventReporterSettings;
  // The timers start during a request; they must not hold on to its context, nor speak in it.
  readonly #startup = new AsyncResource('otel-access-log');
  #resourceScope: ResourceScope | undefined;
  #window: NodeJS.Timeout | undefined;
  #heartbeat: NodeJS.Timeout | undefined;
  #servedAtReport = 0;
  #wasFinal = false;
  #isStopped = false;

  constructor(settings: EventReporterSettings) {
    this.#settings = settings;
  }

  /** The resource and scope of the next events. Until it is known nothing is said, and the counts stay. */
  setResourceScope(resource: Resource, instrumentationScope: InstrumentationScope): void {
    if (
      this.#resourceScope?.resource !== resource ||
      this.#resourceScope.instrumentationScope !== instrumentationScope
    ) {
      this.#resourceScope = { resource, instrumentationScope };
    }
  }

  /** Has to be told of every exchange. */
  exchangeServed(): void {
    if (this.#heartbeat === undefined && !this.#isStopped) {
      this.#startup.runInAsyncScope(() => {
        this.#heartbeat = setInterval(() => this.#onHeartbeat(), HEARTBEAT_MS).unref();
      });
    }
  }

  /** Has to be told of every count that goes into a ledger. */
  countAdded(): void {
    if (this.#window === undefined && !this.#isStopped) {
      this.#startup.runInAsyncScope(() => {
        this.#window = setTimeout(() => this.#onWindow(), WINDOW_MS).unref();
      });
    }
  }

  /** Ends the window: one event for each key that has a count. */
  endWindow(): void {
    clearTimeout(this.#window);
    this.#window = undefined;
    const { suppressed, lost } = this.#settings;
    this.#write(suppressed, suppressedEvent);
    this.#write(lost, lostEvent);
  }

  /** Says the totals, if there are any. */
  heartbeat(isFinal: boolean): void {
    const totals = this.#settings.totals();
    if (totals.served > 0 && this.#resourceScope !== undefined) {
      this.#emit(this.#resourceScope, heartbeatEvent(totals, this.#settings.processId, isFinal), undefined);
    }
  }

  /** Ends the window, and says the totals unless they were said already; as the last ones where they were not. */
  report(isFinal: boolean): void {
    this.endWindow();
    const { served } = this.#settings.totals();
    if (served === this.#servedAtReport && (this.#wasFinal || !isFinal)) return;
    this.#servedAtReport = served;
    this.#wasFinal = isFinal;
    this.heartbeat(isFinal);
  }

  /** From here on nothing is said that is not asked for. */
  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#window);
    clearInterval(this.#heartbeat);
  }

  #onWindow(): void {
    this.#settings.beforeReport();
    this.endWindow();
  }

  #onHeartbeat(): void {
    this.#settings.beforeReport();
    this.heartbeat(false);
  }

  #write(ledger: Ledger, eventOf: (entry: LedgerEntry) => EventContent): void {
    const resourceScope = this.#resourceScope;
    if (resourceScope === undefined) return;
    for (const entry of ledger.drain()) {
      const giveBack = (): void => {
        ledger.restore(entry, this.#settings.now());
        this.countAdded();
      };
      if (!this.#emit(resourceScope, eventOf(entry), giveBack)) giveBack();
    }
  }

  #emit(resourceScope: ResourceScope, content: EventContent, giveBack: (() => void) | undefined): boolean {
    try {
      this.#settings.emit(new EventRecord(resourceScope, content, this.#settings.timestamp(), giveBack));
      return true;
    } catch (error) {
      this.#settings.onError(error);
      return false;
    }
  }
}
