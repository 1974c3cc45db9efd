import type { SamplingProcessor } from './sampling-processor.ts';

/** The processors of this process that judge what an instrumentation emits. */
const processors = new Set<SamplingProcessor>();

/** Lets a processor hear of exchanges that a `skip` hook left out, and that it therefore never sees. */
export function hearOfSkipped(processor: SamplingProcessor): void {
  processors.add(processor);
}

/** The processor is through. */
export function ignoreSkipped(processor: SamplingProcessor): void {
  processors.delete(processor);
}

/** Counts an exchange that a `skip` hook left out: served and ignored. */
export function countSkipped(): void {
  for (const processor of processors) processor.countIgnored();
}
