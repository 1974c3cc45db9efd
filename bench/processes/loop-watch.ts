import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks';
import type { LoopHold } from './protocol.ts';

const RESOLUTION_MS = 1;

/** How long the event loop was held: how much later than a millisecond after the last time a timer got its turn. */
export class LoopWatch {
  readonly #histogram: IntervalHistogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });

  start(): void {
    this.#histogram.enable();
    this.#histogram.reset();
  }

  stop(): LoopHold {
    const heldMs = (nanos: number): number => Math.max(0, nanos / 1e6 - RESOLUTION_MS);
    const hold = {
      p99Ms: heldMs(this.#histogram.percentile(99)),
      p999Ms: heldMs(this.#histogram.percentile(99.9)),
      longestMs: heldMs(this.#histogram.max),
    };
    this.#histogram.disable();
    return hold;
  }
}
