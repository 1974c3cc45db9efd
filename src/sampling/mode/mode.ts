/** `normal`, or `errors`: only errors, slow exchanges, and a few normal records. */
export type Mode = 'normal' | 'errors';

/** Why `errors` mode began: too many normal records, a full memory limit, or records that delivery gives up. */
export type ModeReason = 'starved' | 'backlog' | 'losing';

/** What has happened since the last tick. */
export interface ModeSignals {
  /** Normal records that clients and routes offered within their shares. */
  readonly offered: number;
  /** Those of them that found no token. */
  readonly refused: number;
  /** How much of the memory limit is in use, 0 to 1. */
  readonly backlog: number;
  /** Records that were kept and given up. */
  readonly lost: number;
}

export interface ModeSettings {
  readonly degrade: 'on' | 'delivery' | 'off';
  readonly degradeAfterMs: number;
  readonly recoverAfterMs: number;
  /** Of the normal bucket: records per second. */
  readonly rate: number;
}

/** A change of the mode. */
export interface ModeChange {
  readonly mode: Mode;
  /** Why `errors` mode began: also where it ends. */
  readonly reason: ModeReason;
  /** Milliseconds that `errors` mode has lasted; 0 where it begins. */
  readonly durationMs: number;
}

/** Milliseconds between two ticks. */
export const TICK_MS = 1000;
/** A record is refused by the bucket whenever it is empty; half of them refused is a lasting overload. */
const STARVED = 0.5;
/** A calm tick takes so many starved ones off: bursts with pauses between them are no overload. */
const CALM_WEIGHT = 2;
const BACKLOG_HIGH = 0.8;
const BACKLOG_LOW = 0.3;
const BACKLOG_TICKS = 5;
const LOSING_TICKS = 3;
/** Part of the rate to which demand must fall: in `errors` mode the bucket is full, so its level says nothing. */
const DEMAND_LOW = 0.8;
const RELAPSE_MS = 600_000;
const MAX_HOLD_MS = 600_000;

/**
 * Decides when only errors are to be written, from what a tick a second tells it. Exports that fail are no reason: what
 * waits for another attempt fills the memory limit first.
 */
export class ModeController {
  #settings: ModeSettings;
  #mode: Mode = 'normal';
  #reason: ModeReason = 'starved';
  #starvedTicks = 0;
  #backlogTicks = 0;
  #losingTicks = 0;
  #calmTicks = 0;
  #lastMs: number | undefined;
  #enteredMs = 0;
  #leftMs = Number.NEGATIVE_INFINITY;
  #holdMs: number;

  constructor(settings: ModeSettings) {
    this.#settings = settings;
    this.#holdMs = settings.recoverAfterMs;
  }

  get mode(): Mode {
    return this.#mode;
  }

  /** Changes the settings. `errors` mode ends by the next tick where they switch it off. */
  reconfigure(settings: ModeSettings): void {
    this.#settings = settings;
  }

  /**
   * @param nowMs reading of a monotonic clock; a tick that is late stands for as many records as it brings
   * @returns the change, where there is one
   */
  tick(nowMs: number, signals: ModeSignals): ModeChange | undefined {
    const seconds = this.#lastMs === undefined ? 1 : Math.max((nowMs - this.#lastMs) / TICK_MS, 1);
    this.#lastMs = nowMs;
    if (this.#mode === 'normal') {
      const reason = this.#settings.degrade === 'off' ? undefined : this.#reasonToEnter(signals);
      return reason === undefined ? undefined : this.#enter(nowMs, reason);
    }
    if (this.#settings.degrade === 'off') return this.#leave(nowMs);
    this.#calmTicks = this.#isCalm(signals, seconds) ? this.#calmTicks + 1 : 0;
    return this.#calmTicks >= ticksOf(this.#holdMs) ? this.#leave(nowMs) : undefined;
  }

  #reasonToEnter({ offered, refused, backlog, lost }: ModeSignals): ModeReason | undefined {
    const { degrade, degradeAfterMs, rate } = this.#settings;
    // A rate of 0 asks for no normal records, which is no overload.
    const isStarved = degrade === 'on' && rate > 0 && refused > 0 && refused >= STARVED * offered;
    this.#starvedTicks = isStarved ? this.#starvedTicks + 1 : Math.max(0, this.#starvedTicks - CALM_WEIGHT);
    this.#backlogTicks = backlog >= BACKLOG_HIGH ? this.#backlogTicks + 1 : 0;
    this.#losingTicks = lost > 0 ? this.#losingTicks + 1 : 0;
    if (this.#losingTicks >= LOSING_TICKS) return 'losing';
    if (this.#backlogTicks >= BACKLOG_TICKS) return 'backlog';
    return isStarved && this.#starvedTicks >= ticksOf(degradeAfterMs) ? 'starved' : undefined;
  }

  #isCalm({ offered, backlog, lost }: ModeSignals, seconds: number): boolean {
    return backlog <= BACKLOG_LOW && lost === 0 && offered / seconds <= this.#demandLimit();
  }

  /**
   * Demand that began `errors` mode must fall below the rate. After trouble of delivery, demand that would be no reason to
   * enter may stay as it is: a service with 0.9 of its rate would otherwise never come back.
   */
  #demandLimit(): number {
    const { degrade, rate } = this.#settings;
    if (degrade === 'delivery' || rate === 0) return Number.POSITIVE_INFINITY;
    return this.#reason === 'starved' ? DEMAND_LOW * rate : rate / (1 - STARVED);
  }

  #enter(nowMs: number, reason: ModeReason): ModeChange {
    const { recoverAfterMs } = this.#settings;
    const isRelapse = nowMs - this.#leftMs <= RELAPSE_MS;
    const doubled = Math.min(2 * this.#holdMs, Math.max(MAX_HOLD_MS, recoverAfterMs));
    this.#holdMs = isRelapse ? doubled : recoverAfterMs;
    this.#mode = 'errors';
    this.#reason = reason;
    this.#enteredMs = nowMs;
    this.#calmTicks = 0;
    return { mode: 'errors', reason, durationMs: 0 };
  }

  #leave(nowMs: number): ModeChange {
    this.#mode = 'normal';
    this.#leftMs = nowMs;
    this.#starvedTicks = 0;
    this.#backlogTicks = 0;
    this.#losingTicks = 0;
    return { mode: 'normal', reason: this.#reason, durationMs: nowMs - this.#enteredMs };
  }
}

function ticksOf(ms: number): number {
  return Math.max(1, Math.ceil(ms / TICK_MS));
}
