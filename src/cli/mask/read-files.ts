import { type MaskingFiles, readMaskingFiles } from '../../options/rules/masking-files.ts';
import { HashKey } from '../../record/masking/hash-key.ts';

/**
 * Reads a rules file and a key, whatever the other options hash.
 *
 * @param files paths; empty for none
 * @throws OptionsError with every problem of the two
 */
export function readFiles(files: {
  readonly rules: string;
  readonly hashKeyFile: string;
}): MaskingFiles<HashKey> {
  const { rules, hashKeyFile } = files;
  const others = { clientIp: 'full', session: [], jwtClaims: [], authFingerprint: false } as const;
  return readMaskingFiles({ ...others, rules, hashKeyFile }, (bytes) => HashKey.of(bytes));
}
