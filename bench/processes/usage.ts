import { youngBytes } from './heap-watch.ts';
import type { Usage } from './protocol.ts';

/** What this process has used since it started. @param served requests that reached the handler */
export function usageOf(served: number): Usage {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  return {
    served,
    atMs: performance.now(),
    userMicros: userCPUTime,
    systemMicros: systemCPUTime,
    peakRssKib: maxRSS,
    youngBytes: youngBytes(),
  };
}
