import { performance } from 'node:perf_hooks';
import { parseRulesFile } from '../../src/options/rules/rules-file.ts';
import { optionSchema } from '../../src/options/schema.ts';
import { type CompiledMasking, compileMasking } from '../../src/record/masking/compile-masking.ts';
import { MaskingCounts } from '../../src/record/masking/masking-counts.ts';
import { TimeBudget } from '../../src/record/masking/time-budget.ts';
import type { MicroCase } from './cases.ts';

/** As operators write them: numbers of orders, invoices, accounts, documents. */
const PATTERNS = [
  ...['ORD-\\d{8}', 'INV-[A-Z0-9]{6,12}', 'cust_\\w{8,}', '[A-Z]{2}\\d{2}[A-Z0-9]{11,30}', 'emp:\\d{5}'],
  ...[
    '\\b\\d{3}-\\d{2}-\\d{4}\\b',
    'acct=\\d{6,}',
    'pin\\W?\\d{4}',
    '(?i)passport\\s*[a-z]\\d{7}',
    'tkt[0-9a-f]{16}',
  ],
];

/** With the default detectors. */
function maskingOf(rules: string): CompiledMasking {
  return compileMasking({
    rules: parseRulesFile(Buffer.from(`version: 1\n${rules}`), 'bench', true).masking,
    detect: optionSchema.detect.default,
    key: undefined,
    counts: new MaskingCounts(),
    budget: new TimeBudget(() => performance.now()),
  });
}

export const BY_DEFAULT: CompiledMasking = maskingOf('');
export const BY_NAMES: CompiledMasking = maskingOf('query: { page: show, "utm_*": remove, "*": replace }');
export const BY_PATTERNS: CompiledMasking = maskingOf(
  `patterns:\n${PATTERNS.map((match, at) => `  - { name: p${at}, match: '${match}', do: mask }`).join('\n')}`,
);

const DIGITS = Array.from({ length: 128 }, (_, at) => `4${at}11-1111 `)
  .join('')
  .slice(0, 1024);

/** A value of 1 KiB that looks like many findings. */
export const MASKING_CASES: readonly MicroCase[] = [
  { name: 'masking, 1 KiB of digits', run: () => BY_DEFAULT.text('a', DIGITS) },
  { name: 'masking, 1 KiB of `eyJ`', run: () => BY_DEFAULT.text('a', 'eyJ'.repeat(341)) },
  { name: 'masking, 1 KiB of `%41`', run: () => BY_DEFAULT.text('a', '%41'.repeat(341)) },
  { name: 'masking, 1 KiB of `?a= `', run: () => BY_DEFAULT.text('a', '?a= '.repeat(256)) },
];
