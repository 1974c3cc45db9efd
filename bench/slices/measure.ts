import { setTimeout as sleep } from 'node:timers/promises';
import { startLoad } from '../macro/load.ts';
import { type Cost, costOf, type Served, serve, type WarmUp, warmUp } from '../macro/serve.ts';
import type { LoopHold, ReceiverAnswers, SwitchedServerAnswers } from '../processes/protocol.ts';
import type { Child } from '../support/child.ts';
import type { Cores } from '../support/cores.ts';
import { quartilesOf } from '../support/statistics.ts';
import type { Sliced } from './subjects.ts';

const SERVER = new URL('../processes/switched-server.js', import.meta.url);

export interface SlicePeriods {
  readonly warmUp: WarmUp;
  /** Seconds after a switch that are not measured: requests in progress end, code is compiled anew. */
  readonly settling: number;
  /** Seconds of one slice. */
  readonly measured: number;
  /** Pairs of slices, one with the log and one without. */
  readonly pairs: number;
}

interface Slice extends Cost {
  /** Where the event loop was watched. */
  readonly hold: LoopHold | undefined;
}

/** What the log adds to a request in one pair of neighbouring slices. */
export interface Pair {
  readonly on: Slice;
  readonly off: Slice;
  /** Microseconds of CPU time, user and system. */
  readonly addedMicros: number;
}

export interface SlicedMeasurement extends Served {
  readonly pairs: readonly Pair[];
}

/**
 * One process under steady load, whose access log is on in one slice and off in the next: A B B A …, so that neither
 * has the advantage of being first. Processes differ from each other by more than an access log costs; slices do not.
 *
 * @param watchesLoop whether the event loop is watched in all slices, which costs a timer of a millisecond in each
 */
export function measureSlices(
  { variant, kind }: Sliced,
  { warmUp: warm, settling, measured, pairs: count }: SlicePeriods,
  cores: Cores,
  receiver: Child<ReceiverAnswers>,
  watchesLoop = false,
): Promise<SlicedMeasurement> {
  const load = (port: number, responseBytes: number) => startLoad(port, responseBytes, cores.others, kind);
  return serve<{ pairs: readonly Pair[] }, SwitchedServerAnswers>(
    { variant, cores, receiver, load, script: SERVER },
    async (server) => {
      const slice = async (state: 'on' | 'off'): Promise<Slice> => {
        await server.ask(state);
        await sleep(settling * 1000);
        const before = await server.ask(watchesLoop ? 'loopStart' : 'usage');
        await sleep(measured * 1000);
        if (!watchesLoop) return { ...costOf(before, await server.ask('usage')), hold: undefined };
        const { p99Ms, p999Ms, longestMs, ...after } = await server.ask('loopStop');
        return { ...costOf(before, after), hold: { p99Ms, p999Ms, longestMs } };
      };
      await warmUp(server, warm);
      // Both ways are compiled before anything counts.
      for (const state of ['off', 'on', 'off'] as const) await slice(state);
      const pairs: Pair[] = [];
      for (let index = 0; index < count; index += 1) {
        const first = index % 2 === 0 ? 'on' : 'off';
        const one = await slice(first);
        const other = await slice(first === 'on' ? 'off' : 'on');
        const [on, off] = first === 'on' ? [one, other] : [other, one];
        pairs.push({ on, off, addedMicros: on.totalMicros - off.totalMicros });
      }
      await server.ask('on');
      return { pairs };
    },
  );
}

/** One line of progress. */
export function describeSlices({ pairs, served, delivered, stderr }: SlicedMeasurement): string {
  const { lower, median, upper } = quartilesOf(pairs.map(({ addedMicros }) => addedMicros));
  const cost = `+${median.toFixed(1)} µs (${lower.toFixed(1)}…${upper.toFixed(1)})`;
  return `${cost}, ${delivered} delivered of ${served} served${stderr === '' ? '' : `\n${stderr.trimEnd()}`}`;
}
