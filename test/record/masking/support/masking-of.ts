import { NO_RULES } from '../../../../src/options/rules/masking-rules.ts';
import { parseRulesFile } from '../../../../src/options/rules/rules-file.ts';
import { optionSchema } from '../../../../src/options/schema.ts';
import { type CompiledMasking, compileMasking } from '../../../../src/record/masking/compile-masking.ts';
import { HashKey } from '../../../../src/record/masking/hash-key.ts';
import { MaskingCounts } from '../../../../src/record/masking/masking-counts.ts';
import { TimeBudget } from '../../../../src/record/masking/time-budget.ts';

export const KEY: HashKey = HashKey.of(Buffer.alloc(32, 7));

/** The masking of a rules file, with the default detectors; without a text that without a file. */
export function maskingOf(
  text = '',
  counts: MaskingCounts = new MaskingCounts(),
  now: () => number = () => 0,
): CompiledMasking {
  return compileMasking({
    rules:
      text === '' ? NO_RULES : parseRulesFile(Buffer.from(`version: 1\n${text}`), 'rules.yaml', true).masking,
    detect: optionSchema.detect.default,
    key: KEY,
    counts,
    budget: new TimeBudget(now),
  });
}
