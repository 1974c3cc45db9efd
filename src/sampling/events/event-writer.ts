import { AsyncResource } from 'node:async_hooks';
import type { HrTime } from '@opentelemetry/api';
import type { InstrumentationScope } from '@opentelemetry/core';
import type { Resource } from '@opentelemetry/resources';
import type { ReadWriteLogRecord } from '@opentelemetry/sdk-logs';
import type { RulesReport } from '../../telemetry/rules-status.ts';
import type { Totals } from '../../telemetry/totals.ts';
import type { Ledger, LedgerEntry } from '../ledger.ts';
import type { Offenders } from '../shares/offenders.ts';
import { type EventContent, EventRecord, type EventScope } from './event-record.ts';
import { heartbeatEvent, lostEvent, suppressedEvent } from './events.ts';

const WINDOW_MS = 10_000;
const HEARTBEAT_MS = 60_000;

export interface EventWriterDependencies {
  readonly suppressed: Ledger;
  readonly lost: Ledger;
  readonly offenders: Offenders;
  readonly totals: () => Totals;
  /** The mode that the heartbeat tells. */
  readonly mode: () => string;
  /** Which rules are in force, for the heartbeat; `undefined` where there are no files of rules. */
  readonly rules: () => RulesReport | undefined;
  /** Called when the window or the heartbeat is due, before ledgers and totals are read. */
  readonly beforeReport: () => void;
  readonly processId: string;
  /** Monotonic clock, milliseconds. */
  readonly now: () => number;
  /** Wall-clock time of now, later than that of every record before. */
  readonly timestamp: () => HrTime;
  /** Passes an event on. What it throws goes to `onError`, and the count goes back into its ledger. */
  readonly emit: (record: ReadWriteLogRecord) => void;
  readonly onError: (error: unknown) => void;
}

/**
 * Writes events: `suppressed` and `lost` 10 s after the first count of a window, `heartbeat` every 60 s from the first
 * exchange on. Starts no timer before that, and none that keeps a process alive.
 */
export class EventWriter {
  readonly #dependencies: EventWriterDependencies;
  // A timer that starts during a request would keep its context alive, and emit events in it.
  readonly #startup = new AsyncResource('otel-access-log');
  #scope: EventScope | undefined;
  #window: NodeJS.Timeout | undefined;
  #heartbeat: NodeJS.Timeout | undefined;
  #servedAtReport = 0;
  #wasFinal = false;
  #isStopped = false;

  constructor(dependencies: EventWriterDependencies) {
    this.#dependencies = dependencies;
  }

  /** Sets the scope of the next events. Before the first call no event is written and the counts stay. */
  setResourceScope(resource: Resource, instrumentationScope: InstrumentationScope): void {
    if (this.#scope?.resource !== resource || this.#scope.instrumentationScope !== instrumentationScope) {
      this.#scope = { resource, instrumentationScope };
    }
  }

  /** To be called for every exchange. */
  exchangeServed(): void {
    if (this.#heartbeat === undefined && !this.#isStopped) {
      this.#startup.runInAsyncScope(() => {
        this.#heartbeat = setInterval(() => this.#onHeartbeat(), HEARTBEAT_MS).unref();
      });
    }
  }

  /** To be called for every count that is added to a ledger. */
  countAdded(): void {
    if (this.#window === undefined && !this.#isStopped) {
      this.#startup.runInAsyncScope(() => {
        this.#window = setTimeout(() => this.#onWindow(), WINDOW_MS).unref();
      });
    }
  }

  /**
   * Writes an event that is not of the ledgers or the totals.
   *
   * @param giveBack called where the event is lost
   */
  write(content: EventContent, giveBack: () => void): void {
    const scope = this.#scope;
    if (scope === undefined || !this.#emit(scope, content, giveBack)) giveBack();
  }

  /** Ends the window: writes one event for each key that has a count. */
  endWindow(): void {
    clearTimeout(this.#window);
    this.#window = undefined;
    const { suppressed, lost, offenders } = this.#dependencies;
    this.#writeCounts(suppressed, suppressedEvent);
    this.#writeCounts(lost, lostEvent);
    const scope = this.#scope;
    const named = scope && offenders.drain();
    if (scope !== undefined && named !== undefined) this.#emit(scope, named, undefined);
  }

  /** Writes the totals, if there was an exchange. */
  heartbeat(isFinal: boolean): void {
    const { mode, rules, processId } = this.#dependencies;
    const totals = this.#dependencies.totals();
    if (totals.served > 0 && this.#scope !== undefined) {
      this.#emit(
        this.#scope,
        heartbeatEvent({ totals, mode: mode(), processId, isFinal, rules: rules() }),
        undefined,
      );
    }
  }

  /**
   * Ends the window. Writes the totals too, unless there was no exchange since the last call; a final heartbeat is
   * written even then, if the last one was not final.
   */
  report(isFinal: boolean): void {
    this.endWindow();
    const { served } = this.#dependencies.totals();
    if (served === this.#servedAtReport && (this.#wasFinal || !isFinal)) return;
    this.#servedAtReport = served;
    this.#wasFinal = isFinal;
    this.heartbeat(isFinal);
  }

  /** Stops the timers: from now on events are written by calls only. */
  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#window);
    clearInterval(this.#heartbeat);
  }

  #onWindow(): void {
    this.#dependencies.beforeReport();
    this.endWindow();
  }

  #onHeartbeat(): void {
    this.#dependencies.beforeReport();
    this.heartbeat(false);
  }

  #writeCounts(ledger: Ledger, eventOf: (entry: LedgerEntry) => EventContent): void {
    const scope = this.#scope;
    if (scope === undefined) return;
    for (const entry of ledger.drain()) {
      const giveBack = (): void => {
        ledger.restore(entry, this.#dependencies.now());
        this.countAdded();
      };
      if (!this.#emit(scope, eventOf(entry), giveBack)) giveBack();
    }
  }

  #emit(scope: EventScope, content: EventContent, giveBack: (() => void) | undefined): boolean {
    try {
      this.#dependencies.emit(new EventRecord(scope, content, this.#dependencies.timestamp(), giveBack));
      return true;
    } catch (error) {
      this.#dependencies.onError(error);
      return false;
    }
  }
}
