import type { OptionName, ResolvedOptions } from './schema.ts';

/** The options that decide whether something is hashed. */
type Hashing = 'clientIp' | 'session' | 'jwtClaims' | 'authFingerprint' | 'hashKeyFile';

/** A value of an option is `undefined` where the given one cannot be used. */
type Given = { readonly [Name in Hashing]: ResolvedOptions[Name] | undefined };

/**
 * The options that ask for a hash though no key for it is named. A plain hash in its place would hide nothing: all
 * telephone numbers of a country are hashed in seconds.
 */
export function checkHashKey(options: Given): readonly OptionName[] {
  // Only where it is empty: a value that cannot be used is a problem of its own.
  if (options.hashKeyFile !== '') return [];
  const { clientIp, session = [], jwtClaims = [], authFingerprint } = options;
  const hashing: OptionName[] = [];
  if (clientIp === 'hash') hashing.push('clientIp');
  if (session.length > 0) hashing.push('session');
  if (jwtClaims.some((claim) => !claim.endsWith('=plain'))) hashing.push('jwtClaims');
  if (authFingerprint === true) hashing.push('authFingerprint');
  return hashing;
}
