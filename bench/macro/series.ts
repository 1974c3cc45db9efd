import type { ReceiverAnswers } from '../processes/protocol.ts';
import { Child } from '../support/child.ts';
import type { Cores } from '../support/cores.ts';
import { Paired } from '../support/paired.ts';
import { shuffled } from '../support/statistics.ts';

const RECEIVER = new URL('../processes/receiver.js', import.meta.url);

export interface SeriesOptions<Subject extends { readonly id: string }, M> {
  readonly subjects: readonly Subject[];
  readonly repetitions: number;
  readonly cores: Cores;
  /** How long the receiver takes to acknowledge. Default 0. */
  readonly receiverDelayMs?: number;
  readonly measure: (subject: Subject, receiver: Child<ReceiverAnswers>) => Promise<M>;
  readonly describe: (measurement: M) => string;
  readonly onProgress: (line: string) => void;
}

/** Runs all subjects again and again, in a new order each time: only runs that are neighbours are comparable. */
export async function runSeries<Subject extends { readonly id: string }, M>(
  options: SeriesOptions<Subject, M>,
): Promise<Paired<M>> {
  const { subjects, repetitions, cores, receiverDelayMs = 0, measure, describe, onProgress } = options;
  const receiver = await Child.start<ReceiverAnswers>({
    cores: cores.others,
    script: RECEIVER,
    args: [`${receiverDelayMs}`],
  });
  const series: Map<string, M>[] = [];
  try {
    for (let number = 1; number <= repetitions; number += 1) {
      const repetition = new Map<string, M>();
      for (const subject of shuffled(subjects)) {
        const measurement = await measure(subject, receiver);
        repetition.set(subject.id, measurement);
        onProgress(`${number}/${repetitions} ${subject.id}: ${describe(measurement)}`);
      }
      series.push(repetition);
    }
  } finally {
    await receiver.stop();
  }
  return new Paired(series);
}
