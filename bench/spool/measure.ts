import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runSeries } from '../macro/series.ts';
import type { ReceiverAnswers } from '../processes/protocol.ts';
import {
  describeSlices,
  measureSlices,
  type SlicedMeasurement,
  type SlicePeriods,
} from '../slices/measure.ts';
import type { Child } from '../support/child.ts';
import type { Cores } from '../support/cores.ts';
import type { Paired } from '../support/paired.ts';
import { copySpool, fillSpool, hasFrames } from './backlog.ts';
import { pairOf, type Spooled, type SpoolState, spooledIn } from './states.ts';

/** Seconds for which the earlier process keeps records. */
const FILL_SECONDS = 5;
/** Seconds that starting and ending a server take at most. */
const AROUND_SECONDS = 15;

export interface SpoolOptions {
  readonly periods: SlicePeriods;
  /** In each a process without a spool and one with it, in random order. */
  readonly repetitions: number;
  readonly cores: Cores;
  readonly onProgress: (line: string) => void;
}

/** One state: the access log without a spool and with one, each switched on and off in a process of its own. */
export async function measureState(
  state: SpoolState,
  { periods, repetitions, cores, onProgress }: SpoolOptions,
): Promise<Paired<SlicedMeasurement>> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-spool-'));
  const filled = mkdtempSync(join(folder, 'filled-'));
  let isFilled = false;
  const prepare = async (directory: string, receiver: Child<ReceiverAnswers>): Promise<void> => {
    if (!state.isReplaying) return;
    if (!isFilled) await fillSpool(state, filled, FILL_SECONDS, cores, receiver);
    isFilled = true;
    copySpool(filled, directory, FILL_SECONDS, secondsOf(periods));
  };
  const measure = async (subject: Spooled, receiver: Child<ReceiverAnswers>): Promise<SlicedMeasurement> => {
    if (!subject.hasSpool) return measureSlices(subject, periods, cores, receiver, true);
    const directory = mkdtempSync(join(folder, 'spool-'));
    try {
      await prepare(directory, receiver);
      const own = spooledIn(subject, directory);
      const measured = await measureSlices(own, periods, cores, receiver, true);
      if (state.isReplaying && !hasFrames(directory))
        throw new Error('Expected the earlier spool to last until the end, but all of it was replayed');
      return measured;
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  };
  try {
    return await runSeries({
      subjects: pairOf(state),
      repetitions,
      cores,
      receiverDelayMs: state.receiverDelayMs,
      measure,
      describe: describeSlices,
      onProgress,
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** How long a server runs, at most. */
function secondsOf({ warmUp, settling, measured, pairs }: SlicePeriods): number {
  return 3 * warmUp.seconds + (3 + 2 * pairs) * (settling + measured) + AROUND_SECONDS;
}
