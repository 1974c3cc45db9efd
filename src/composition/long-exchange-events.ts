import type { Exchange, HttpMessages } from '../http/exchange.ts';
import type { Milestone } from '../http/long-exchanges.ts';
import type { Recorder } from '../record/recorder.ts';
import type { EventContent } from '../sampling/events/event-record.ts';
import { longExchangeEvent } from '../sampling/events/events.ts';
import { LongExchangeLimit } from '../sampling/long-exchange-limit.ts';
import type { LeaveOutRules } from '../sampling/sampler.ts';

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

  constructor(rules: LeaveOutRules, recorder: Recorder) {
    this.#recorder = recorder;
    this.#limit = new LongExchangeLimit(rules);
  }

  /** Changes level and ignore list. */
  reconfigure(rules: LeaveOutRules): void {
    this.#limit.reconfigure(rules);
  }

  /**
   * @param soFar the exchange as far as it has come
   * @param messages for hooks
   * @returns `undefined` where there is none: the hook `skip`, the ignore list, the level, or the limit
   */
  eventOf(soFar: Exchange, milestone: Milestone, messages?: HttpMessages): LongExchangeEvent | undefined {
    if (this.#recorder.skips(soFar, messages)) return undefined;
    const omitted = this.#limit.admit(this.#recorder.assess(soFar), soFar.startMs + soFar.durationMs);
    if (omitted === undefined) return undefined;
    const description = this.#recorder.describeOpen(soFar, messages);
    return {
      content: longExchangeEvent(milestone, description, soFar.spanContext, omitted),
      giveBack: () => this.#limit.giveBack(omitted),
    };
  }
}
