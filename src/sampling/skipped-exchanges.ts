import type { SamplingProcessor } from './sampling-processor.ts';

/** The processors of this process that sample the records of an instrumentation. */
const processors = new Set<SamplingProcessor>();

/** From now on the processor counts skipped exchanges: no record of them is emitted, so it cannot see them. */
export function registerProcessor(processor: SamplingProcessor): void {
  processors.add(processor);
}

/** To be called at shutdown. */
export function unregisterProcessor(processor: SamplingProcessor): void {
  processors.delete(processor);
}

/** Counts an exchange that a `skip` hook left out: served and ignored. */
export function countSkipped(): void {
  for (const processor of processors) processor.countIgnored();
}
