/** Runs the micro-benchmarks and writes the results to standard output as JSON. */
import { do_not_optimize, measure } from 'mitata';
import { CASES } from './cases.ts';
import type { MicroResult } from './protocol.ts';

const isQuick = process.argv.includes('--quick');
const results: MicroResult[] = [];
for (const { name, run, goalNanos, isRequest } of CASES) {
  const { p25, p50, p75, heap } = await measure(() => do_not_optimize(run()), {
    heap: () => process.memoryUsage().heapUsed,
    ...(isQuick ? { min_cpu_time: 1e8 } : {}),
  });
  results.push({
    name,
    lowerNanos: p25,
    medianNanos: p50,
    upperNanos: p75,
    bytes: heap?.min,
    ...(goalNanos === undefined ? {} : { goalNanos }),
    ...(isRequest === undefined ? {} : { isRequest }),
  });
  console.error(`${name}: ${p50.toFixed(1)} ns`);
}
process.stdout.write(JSON.stringify(results));
