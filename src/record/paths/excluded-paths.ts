import { compilePathRules, type PathMatcher } from '../../options/path/path-rules.ts';
import {
  AMBIGUOUS,
  DISGUISED,
  DOTS,
  DOUBLE_SLASH,
  decodedFoldingsOf,
  decodeGlob,
  ENCODED,
  foldingsOf,
  MAX_FOLDED_LENGTH,
  traitsOf,
} from './path-readings.ts';

/** Most paths: with nothing in them that any server reads otherwise. Only quicker than to look at each character. */
const PLAIN_PATH = /^(?:\/[\w~-][\w.~-]*)+$/;

/**
 * Compiles the options `ignore` and `noise`. A path is left out only if a rule matches it as it was sent, and whatever
 * else a server may take it for: with dot segments removed (RFC 3986 section 5.2.4), slashes merged, percent-encoding
 * undone. So `/static/../admin` is no `/static/**`, whatever the router makes of it.
 *
 * A path of which servers do not agree where it ends (`;`, an encoded slash) or that is in disguise (backslashes,
 * control characters) is never left out, nor is one of more than 2048 characters; with dot segments or double slashes,
 * one of more than 512.
 *
 * @returns `undefined` where there are no rules
 * @throws TypeError for a malformed rule
 */
export function compileExcludedPaths(rules: readonly string[]): PathMatcher | undefined {
  const asWritten = compilePathRules(rules);
  const decoded = compilePathRules(rules, decodeGlob);
  if (asWritten === undefined || decoded === undefined) return undefined;
  return (method, path) => {
    if (!asWritten(method, path)) return false;
    if (PLAIN_PATH.test(path)) return true;
    const traits = traitsOf(path);
    if (traits === 0) return true;
    if ((traits & (AMBIGUOUS | DISGUISED)) !== 0) return false;
    if ((traits & (DOTS | DOUBLE_SLASH)) !== 0 && path.length > MAX_FOLDED_LENGTH) return false;
    return (
      foldingsOf(path, traits).every((folding) => asWritten(method, folding)) &&
      ((traits & ENCODED) === 0 ||
        decodedFoldingsOf(path, traits).every((folding) => decoded(method, folding)))
    );
  };
}
