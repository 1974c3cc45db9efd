import type { Strategy } from '../../../options/rules/strategy.ts';
import type { PassageSink } from '../passage-sink.ts';

const REMOVE: Strategy = { kind: 'remove' };
const NONE = -1;

/**
 * Parameters or cookies side by side that are removed, as one passage, with the separator behind them; at the end of all
 * with the one before them.
 */
export class RemovedRun {
  #from = 0;
  #to = 0;
  #start = NONE;
  #end = NONE;
  #rule = '';

  /** @param to where what is looked at ends */
  begin(from: number, to: number): void {
    this.#from = from;
    this.#to = to;
    this.#start = NONE;
  }

  /**
   * @param end where the separator stands, or the end of all
   * @param rule that says so; of several the last one counts
   */
  add(start: number, end: number, rule: string, passages: PassageSink): void {
    if (this.#start !== NONE && start !== this.#end + 1) this.finish(passages);
    if (this.#start === NONE) this.#start = start;
    this.#end = end;
    this.#rule = rule;
  }

  finish(passages: PassageSink): void {
    const start = this.#start;
    if (start === NONE) return;
    if (this.#end < this.#to) passages.add(start, this.#end + 1, REMOVE, this.#rule);
    else passages.add(Math.max(this.#from, start - 1), this.#end, REMOVE, this.#rule);
    this.#start = NONE;
  }
}
