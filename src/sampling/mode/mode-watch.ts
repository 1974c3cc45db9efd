import { AsyncResource } from 'node:async_hooks';
import type { EventContent } from '../events/event-record.ts';
import {
  type Mode,
  type ModeChange,
  ModeController,
  type ModeSettings,
  type ModeSignals,
  TICK_MS,
} from './mode.ts';
import { modeEvent } from './mode-events.ts';

/** Events that wait for room in delivery; each has less than 2 KiB. */
const MAX_WAITING = 32;
/** After so many losses of one event its receiver refuses it. */
const MAX_ATTEMPTS = 5;

export interface ModeWatchDependencies {
  /** Monotonic clock, milliseconds. */
  readonly now: () => number;
  /** What has happened since the last call. */
  readonly signals: () => ModeSignals;
  /** The keys of which most was suppressed, most first. */
  readonly topKeys: () => readonly string[];
  /** Called when the mode changes, before anything is told of it. */
  readonly onMode: (change: ModeChange) => void;
  /** Called before an event is written: hands over exchanges that have ended and wait to be counted. */
  readonly beforeReport: () => void;
  /** Passes an event on; `giveBack` is called where it is lost. */
  readonly write: (content: EventContent, giveBack: () => void) => void;
  readonly onError: (error: unknown) => void;
}

interface Waiting {
  readonly content: EventContent;
  attempts: number;
}

/**
 * Looks once a second whether the mode is to change, from the first exchange on. Its events have room of their own: one
 * that delivery gives up is kept and written again when nothing is lost any more, else what the event is about would
 * take the event away too.
 */
export class ModeWatch {
  readonly #dependencies: ModeWatchDependencies;
  readonly #controller: ModeController;
  // A timer that starts during a request would keep its context alive.
  readonly #startup = new AsyncResource('otel-access-log.mode');
  #timer: NodeJS.Timeout | undefined;
  #waiting: Waiting[] = [];
  #isStopped = false;

  constructor(settings: ModeSettings, dependencies: ModeWatchDependencies) {
    this.#controller = new ModeController(settings);
    this.#dependencies = dependencies;
  }

  get mode(): Mode {
    return this.#controller.mode;
  }

  /** To be called for every exchange. */
  exchangeServed(): void {
    if (this.#timer !== undefined || this.#isStopped) return;
    this.#startup.runInAsyncScope(() => {
      this.#timer = setInterval(() => this.tick(), TICK_MS).unref();
    });
  }

  reconfigure(settings: ModeSettings): void {
    this.#controller.reconfigure(settings);
  }

  /** Called by the timer; never throws. */
  tick(): void {
    try {
      this.#look();
    } catch (error) {
      this.#dependencies.onError(error);
    }
  }

  #look(): void {
    const { now, signals, topKeys, onMode, beforeReport } = this.#dependencies;
    const seen = signals();
    const change = this.#controller.tick(now(), seen);
    if (seen.lost === 0) this.writeWaiting();
    if (change === undefined) return;
    beforeReport();
    onMode(change);
    this.#write({ content: modeEvent(change, topKeys()), attempts: 0 });
  }

  /** Writes the events that were lost once more. */
  writeWaiting(): void {
    if (this.#waiting.length === 0) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const one of waiting) this.#write(one);
  }

  /** Stops the timer: from now on the mode stays as it is. */
  stop(): void {
    this.#isStopped = true;
    clearInterval(this.#timer);
    this.writeWaiting();
  }

  #write(one: Waiting): void {
    one.attempts += 1;
    this.#dependencies.write(one.content, () => {
      if (one.attempts >= MAX_ATTEMPTS) return;
      this.#waiting.push(one);
      if (this.#waiting.length > MAX_WAITING) this.#waiting.shift();
    });
  }
}
