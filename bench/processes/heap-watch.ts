import { GCProfiler, getHeapSpaceStatistics, getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { HeapUse } from './protocol.ts';

/**
 * What the main thread allocates on the heap of V8, and how long its garbage collections take. Counted from what V8
 * says at the beginning and the end of each collection: whatever the heap grew between two of them was allocated.
 * Memory of buffers lies outside of it.
 */
export class HeapWatch {
  readonly #profiler = new GCProfiler();
  #usedAtStart = 0;

  start(): void {
    this.#profiler.start();
    this.#usedAtStart = getHeapStatistics().used_heap_size;
  }

  stop(): HeapUse {
    const usedNow = getHeapStatistics().used_heap_size;
    let used = this.#usedAtStart;
    let allocatedBytes = 0;
    let gcMicros = 0;
    for (const { cost, beforeGC, afterGC } of this.#profiler.stop().statistics) {
      allocatedBytes += beforeGC.heapStatistics.usedHeapSize - used;
      used = afterGC.heapStatistics.usedHeapSize;
      gcMicros += cost;
    }
    return { allocatedBytes: allocatedBytes + usedNow - used, gcMicros };
  }
}

/** Bytes that the young generation has in memory. V8 doubles it, up to a limit, when enough has outlived collections. */
export function youngBytes(): number {
  const young = getHeapSpaceStatistics().find(({ space_name: name }) => name === 'new_space');
  if (young === undefined) throw new Error('Expected V8 to have a `new_space`, got none');
  return young.physical_space_size;
}

/** Bytes on the heap that are in use after a full collection, which this makes. */
export function liveHeapBytes(): number {
  collectGarbage();
  return getHeapStatistics().used_heap_size;
}

let collect: (() => void) | undefined;

function collectGarbage(): void {
  if (collect === undefined) {
    // Not by a flag of the command line: the process is to run as it would anywhere.
    setFlagsFromString('--expose-gc');
    collect = runInNewContext('gc') as () => void;
  }
  collect();
}
