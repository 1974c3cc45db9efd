import { setTimeout as sleep } from 'node:timers/promises';
import { startPacedLoad } from '../macro/load.ts';
import type { Periods } from '../macro/measure.ts';
import { type Cost, costOf, type Served, serve, warmUp } from '../macro/serve.ts';
import { type Variant, variantOf } from '../macro/variants.ts';
import type { LoopHold, ReceiverAnswers } from '../processes/protocol.ts';
import type { Child } from '../support/child.ts';
import type { Cores } from '../support/cores.ts';

/** What the receiver takes to acknowledge, milliseconds. */
export const RECEIVER_DELAY_MS = 100;
/** Requests per second that are offered. */
export const RATE = 20_000;

/** A variant at a rate. */
export interface PacedVariant {
  readonly id: string;
  readonly variant: Variant;
  /** Requests per second offered; `Infinity`: as fast as it answers. */
  readonly rate: number;
}

const AT_RATE = ['bare', 'pino-otlp', 'otel', 'ours', 'official'];
const AT_FULL_SPEED = ['ours', 'official'];

/** What is measured: at the rate of the goal, and as fast as it goes. */
export function pacedVariants(isQuick: boolean): readonly PacedVariant[] {
  const paced = AT_RATE.map((id) => ({ id, variant: variantOf(id), rate: RATE }));
  if (isQuick) return paced.filter(({ variant }) => variant.isMain);
  const unpaced = AT_FULL_SPEED.map((id) => {
    return { id: `${id} at full speed`, variant: variantOf(id), rate: Number.POSITIVE_INFINITY };
  });
  return [...paced, ...unpaced];
}

/** One run of one variant before a slow receiver. */
export interface SlowMeasurement extends Cost, Served, LoopHold {
  readonly peakRssMib: number;
}

export function measureSlow(
  { variant, rate }: PacedVariant,
  periods: Pick<Periods, 'warmUp' | 'measured'>,
  cores: Cores,
  receiver: Child<ReceiverAnswers>,
): Promise<SlowMeasurement> {
  const load = (port: number, responseBytes: number) =>
    startPacedLoad(port, responseBytes, cores.others, rate);
  return serve({ variant, cores, receiver, load }, async (server) => {
    await warmUp(server, periods.warmUp);
    const before = await server.ask('loopStart');
    await sleep(periods.measured * 1000);
    const after = await server.ask('loopStop');
    const { p99Ms, p999Ms, longestMs, peakRssKib } = after;
    return { ...costOf(before, after), p99Ms, p999Ms, longestMs, peakRssMib: peakRssKib / 1024 };
  });
}
