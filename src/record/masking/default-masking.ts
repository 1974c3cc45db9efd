import { redactHeader } from '../redact/header-redaction.ts';
import { redactPath, redactQuery } from '../redact/redaction.ts';
import type { Masking } from './masking.ts';

/** Without rules: credentials are found by the names of parameters, cookies and headers. */
export const DEFAULT_MASKING: Masking = {
  canHash: false,
  path: redactPath,
  query: redactQuery,
  header: redactHeader,
  text: (_attribute, value) => value,
  // What a strategy asks for is not done here: rather nothing than the value.
  field: (_attribute, value, strategy) =>
    strategy === undefined || strategy.kind === 'show' ? value : undefined,
  hash: () => {
    throw new Error('no key for hashes');
  },
};
