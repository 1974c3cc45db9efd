import type { Exchange } from './http/exchange.ts';
import type { Milestone } from './http/long-exchanges.ts';
import type { ResolvedOptions } from './options/options.ts';
import { compileKnownMethods } from './record/method.ts';
import type { Recorder } from './record/recorder.ts';
import type { EventContent } from './sampling/event-record.ts';
import { longExchangeEvent } from './sampling/events.ts';
import { LongExchangeLimit } from './sampling/long-exchange-limit.ts';
import { samplingSettings } from './sampling/sampling-settings.ts';

/** An event of a long exchange. */
export interface LongExchangeEvent {
  readonly content: EventContent;
  /** To be called where it is lost. */
  readonly giveBack: () => void;
}

/** Makes the events of long exchanges: of those that the options leave a record, within the limit. */
export class LongExchangeEvents {
  readonly #recorder: Recorder;
  readonly #limit: LongExchangeLimit;

  constructor(options: ResolvedOptions, recorder: Recorder) {
    this.#recorder = recorder;
    // The limit does not look at methods.
    this.#limit = new LongExchangeLimit(samplingSettings(options, compileKnownMethods()));
  }

  /**
   * @param soFar the exchange as far as it has come
   * @returns `undefined` where there is none: the hook `skip`, the ignore list, the level, or the limit
   */
  eventOf(soFar: Exchange, milestone: Milestone): LongExchangeEvent | undefined {
    if (this.#recorder.skips(soFar)) return undefined;
    const omitted = this.#limit.admit(this.#recorder.assess(soFar), soFar.startMs + soFar.durationMs);
    if (omitted === undefined) return undefined;
    const description = this.#recorder.describeOpen(soFar);
    return {
      content: longExchangeEvent(milestone, description, soFar.spanContext, omitted),
      giveBack: () => this.#limit.giveBack(omitted),
    };
  }
}
