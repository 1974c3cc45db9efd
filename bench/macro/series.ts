import type { ReceiverAnswers } from '../processes/protocol.ts';
import { Child } from '../support/child.ts';
import type { Cores } from '../support/cores.ts';
import { shuffled } from '../support/statistics.ts';
import { type Measurement, measure, type Periods } from './measure.ts';
import type { Variant } from './variants.ts';

const RECEIVER = new URL('../processes/receiver.js', import.meta.url);

/** What one repetition measured, by variant. */
export type Repetition = ReadonlyMap<string, Measurement>;

export interface SeriesOptions {
  readonly variants: readonly Variant[];
  readonly repetitions: number;
  readonly periods: Periods;
  readonly cores: Cores;
  readonly onProgress: (line: string) => void;
}

/** Runs all variants again and again, in a new order each time: only runs that are neighbours are comparable. */
export async function runSeries(options: SeriesOptions): Promise<readonly Repetition[]> {
  const { variants, repetitions, periods, cores, onProgress } = options;
  const receiver = await Child.start<ReceiverAnswers>({ cores: cores.others, script: RECEIVER });
  const series: Repetition[] = [];
  try {
    for (let number = 1; number <= repetitions; number += 1) {
      const repetition = new Map<string, Measurement>();
      for (const variant of shuffled(variants)) {
        const measurement = await measure(variant, periods, cores, receiver);
        repetition.set(variant.id, measurement);
        onProgress(`${number}/${repetitions} ${variant.id}: ${describe(measurement)}`);
      }
      series.push(repetition);
    }
  } finally {
    await receiver.stop();
  }
  return series;
}

function describe(measurement: Measurement): string {
  const { userMicros, totalMicros, requestsPerSecond, utilisation, served, delivered, stderr } = measurement;
  const cpu = `${userMicros.toFixed(1)} µs user, ${totalMicros.toFixed(1)} µs in all`;
  const rate = `${requestsPerSecond.toFixed(0)}/s at ${(utilisation * 100).toFixed(0)} %`;
  return `${cpu}, ${rate}, ${delivered} delivered of ${served}${stderr === '' ? '' : `\n${stderr.trimEnd()}`}`;
}
