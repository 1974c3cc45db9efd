import { totalmem } from 'node:os';

const BYTES_PER_MIB = 1024 * 1024;
/** What a receiver that stands still for 5 s costs at 20,000 records of 640 bytes a second: 66 MiB, and some to spare. */
export const USUAL_MEMORY_LIMIT_MIB = 80;
/** Four exports of 1 MiB each, and as much again for what waits. */
const LEAST_MIB = 8;
/** Of the memory that the process may have. The rest is for the application. */
const SHARE = 1 / 8;

/**
 * The default of `memoryLimitMib` in mebibytes: 80, and in a small container or on a small machine an eighth of its
 * memory, at least 8.
 *
 * @param constrained bytes that the container may have (cgroup); no limit where it is `undefined`, 0 or huge
 * @param total bytes of the machine
 */
export function defaultMemoryLimitMib(
  constrained: number | undefined = process.constrainedMemory?.(),
  total: number = totalmem(),
): number {
  // Without a limit Node has `undefined`, 0 or a number beyond every machine, depending on its version and the cgroup's.
  const given = constrained === undefined || !(constrained > 0) ? Infinity : constrained;
  const availableMib = Math.min(given, total) / BYTES_PER_MIB;
  return Math.min(USUAL_MEMORY_LIMIT_MIB, Math.max(LEAST_MIB, Math.floor(availableMib * SHARE)));
}
