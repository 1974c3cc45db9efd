import { setTimeout as sleep } from 'node:timers/promises';
import type { ReceiverAnswers } from '../processes/protocol.ts';
import type { Child } from '../support/child.ts';
import type { Cores } from '../support/cores.ts';
import { loadOf } from './load.ts';
import { type Cost, costOf, type Served, serve, type WarmUp, warmUp } from './serve.ts';
import type { Variant } from './variants.ts';

/** How long each variant runs; seconds. */
export interface Periods {
  readonly warmUp: WarmUp;
  readonly measured: number;
  /** After that: for what is looked at apart, since looking costs something. */
  readonly heap: number;
}

/** One run of one variant, as fast as it goes. */
export interface Measurement extends Cost, Served {
  readonly peakRssMib: number;
  /** Of that: the young generation of the main thread's heap. */
  readonly youngMib: number;
  /** On the heap of the main thread, allocated for each request. */
  readonly allocatedBytes: number;
  /** Pauses of the main thread for garbage collection, for each request. */
  readonly gcMicros: number;
  /** On the heap of the main thread, in use under load. */
  readonly liveHeapMib: number;
}

export function measure(
  variant: Variant,
  periods: Periods,
  cores: Cores,
  receiver: Child<ReceiverAnswers>,
): Promise<Measurement> {
  const startLoad = loadOf(variant.framework);
  const load = (port: number, responseBytes: number) => startLoad(port, responseBytes, cores.others);
  return serve({ variant, cores, receiver, load }, async (server) => {
    await warmUp(server, periods.warmUp);
    const before = await server.ask('usage');
    await sleep(periods.measured * 1000);
    const after = await server.ask('usage');
    const heapBefore = await server.ask('heapStart');
    await sleep(periods.heap * 1000);
    const heap = await server.ask('heapStop');
    const requests = heap.served - heapBefore.served;
    const liveHeapBytes = await server.ask('liveHeap');
    return {
      ...costOf(before, after),
      peakRssMib: after.peakRssKib / 1024,
      youngMib: after.youngBytes / 1024 ** 2,
      allocatedBytes: heap.allocatedBytes / requests,
      gcMicros: heap.gcMicros / requests,
      liveHeapMib: liveHeapBytes / 1024 ** 2,
    };
  });
}
