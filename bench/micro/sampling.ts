import type { LogRecordProcessor } from '@opentelemetry/sdk-logs';
import type { ResolvedOptions } from '../../src/options/schema.ts';
import { processClock } from '../../src/record/clock.ts';
import { compileKnownMethods } from '../../src/record/reading/method.ts';
import { SamplingProcessor } from '../../src/sampling/sampling-processor.ts';
import { samplingSettings } from '../../src/sampling/sampling-settings.ts';

/** Takes records and does nothing with them. */
export const NOWHERE: LogRecordProcessor = {
  onEmit() {},
  async forceFlush() {},
  async shutdown() {},
};

/** What decides on exchanges in the pipeline. */
export function samplingProcessor(options: ResolvedOptions): SamplingProcessor {
  const dependencies = {
    now: () => performance.now(),
    timestamp: () => processClock.now(),
    wallTime: (atMs: number) => processClock.wallTime(atMs),
    processId: 'bench',
    onError: () => {},
  };
  return new SamplingProcessor(samplingSettings(options, compileKnownMethods()), dependencies, NOWHERE);
}
