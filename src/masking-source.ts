import { performance } from 'node:perf_hooks';
import { NO_RULES, type ResolvedOptions, readMaskingFiles } from './options/options.ts';
import { type CompiledMasking, compileMasking } from './record/masking/compile-masking.ts';
import { HashKey } from './record/masking/hash-key.ts';
import { MaskingCounts } from './record/masking/masking-counts.ts';
import { TimeBudget } from './record/masking/time-budget.ts';

/** The masking of a process. */
export interface ProcessMasking {
  /** The rules that are in force. */
  readonly current: CompiledMasking;
  readonly counts: MaskingCounts;
}

/**
 * Makes the masking that the options ask for. Reads the rules file and the key of hashes, where the options name them,
 * synchronously.
 *
 * @throws OptionsError with every problem of the two files
 */
export function createMasking(options: ResolvedOptions): ProcessMasking {
  const { rules, key } = readMaskingFiles(options, (bytes) => HashKey.of(bytes));
  const counts = new MaskingCounts();
  const budget = new TimeBudget(() => performance.now());
  const { detect } = options;
  return {
    current: compileMasking({ rules: rules?.masking ?? NO_RULES, detect, key, counts, budget }),
    counts,
  };
}
