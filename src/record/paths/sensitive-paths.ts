import { compilePathRules, MAX_PATH_LENGTH, type RuleMatcher } from '../../options/path/path-rules.ts';
import {
  AMBIGUOUS,
  DISGUISED,
  DOTS,
  DOUBLE_SLASH,
  decodedFoldingsOf,
  decodeGlob,
  decodeOnce,
  ENCODED,
  foldingsOf,
  MAX_FOLDED_LENGTH,
  traitsOf,
} from './path-readings.ts';

/** A path that servers can hardly read in more than one way. */
const PLAIN_PATH = /^(?:\/[a-z0-9_-]+)+$/;

/** Encodings on top of one another that are undone. */
const MAX_DECODINGS = 3;
const PARAMETERS = /;[^/]*/g;
const AFTER_END = /[;?#].*$/s;
const HOST = /^\/\/[^/]*/;
const SLASHES = /\/{2,}/g;

/**
 * Compiles the option `sensitivePaths`. A path is sensitive if a rule matches it as it was sent, or as any server may
 * take it: decoded, in any case of letters, with dot segments removed, slashes merged, `;` parameters cut off.
 * `/%6Cogin`, `//login`, `/Login/`, `/x/../login` and `/login;v=1` all are `/login`. A rule for GET is one for HEAD too.
 *
 * Sensitive is also what cannot be read for certain: a path of more than 2048 characters, one with backslashes or
 * control characters, and one with dot segments or parameters that is longer than 512 or has both.
 *
 * @returns `undefined` where there are no rules
 * @throws TypeError for a malformed rule
 */
export function compileSensitivePaths(rules: readonly string[]): RuleMatcher | undefined {
  const asWritten = compilePathRules(rules);
  const caseless = compilePathRules(rules, (glob) => decodeGlob(glob).toLowerCase());
  if (asWritten === undefined || caseless === undefined) return undefined;

  const isSensitive = (method: string | undefined, path: string): boolean => {
    if (asWritten(method, path)) return true;
    const traits = traitsOf(path);
    if ((traits & DISGUISED) !== 0) return true;
    const hasReadings = (traits & (AMBIGUOUS | DOTS | DOUBLE_SLASH)) !== 0;
    if (hasReadings && path.length > MAX_FOLDED_LENGTH) return true;
    if ((traits & AMBIGUOUS) === 0) {
      const matches = (reading: string): boolean => caseless(method, reading.toLowerCase());
      if (foldingsOf(path, traits).some(matches)) return true;
      return (traits & ENCODED) !== 0 && decodedFoldingsOf(path, traits).some(matches);
    }
    for (const reading of readingsOf(path)) {
      // Also with what makes another path of it: too many readings to try.
      if ((traitsOf(reading) & (DISGUISED | DOTS)) !== 0) return true;
      if (caseless(method, reading.toLowerCase())) return true;
    }
    return false;
  };

  return (method, path) => {
    if (path.length > MAX_PATH_LENGTH) return true;
    // In lower case already: no rule that matches as written fails to match in lower case.
    const judge = PLAIN_PATH.test(path) ? caseless : isSensitive;
    return judge(method, path) || (method === 'HEAD' && judge('GET', path));
  };
}

/** What an ambiguous path is to servers that decode it so many times, and cut it before that, after it, or not at all. */
function readingsOf(path: string): ReadonlySet<string> {
  const readings = new Set<string>();
  let text = path;
  for (let decodings = 0; decodings <= MAX_DECODINGS; decodings++) {
    for (const cut of cutsOf(text)) readings.add(cut).add(decodeOnce(cut));
    const decoded = decodeOnce(text);
    if (decoded === text) break;
    text = decoded;
  }
  return readings;
}

/** A path, slashes merged, as servers take it that cut off parameters, or all that follows. */
function cutsOf(text: string): ReadonlySet<string> {
  const cuts = new Set([text, text.replace(PARAMETERS, ''), text.replace(AFTER_END, '')]);
  // `new URL('//host/path', base)` is of another host.
  for (const cut of [...cuts]) cuts.add(cut.replace(HOST, ''));
  return new Set([...cuts].map((cut) => cut.replace(SLASHES, '/')));
}
