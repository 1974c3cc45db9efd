import { compilePathRules, type PathMatcher } from '../options/path-rules.ts';
import { decode } from './redaction.ts';

/** A longer path is not judged but taken for sensitive: it is no page, and judging it costs. */
const MAX_PATH_LENGTH = 2048;

/** A path that servers can hardly read in more than one way. */
const PLAIN_PATH = /^(?:\/[a-z0-9_-]+)+$/;

/**
 * Compiles the option `sensitivePaths`. A path is sensitive if a rule matches it as it was sent, or as a lenient
 * router or a proxy may read it: decoded, in lower case, without empty and dot segments, trailing slash and `;`
 * parameters. `/%6Cogin`, `//login`, `/Login/` and `/x/../login;v=1` all are `/login`. So is a path of more than 2048 characters. `undefined` without rules.
 */
export function compileSensitivePaths(rules: readonly string[]): PathMatcher | undefined {
  const asWritten = compilePathRules(rules);
  const inLowerCase = compilePathRules(rules.map(lowerCasePath));
  if (asWritten === undefined || inLowerCase === undefined) return undefined;
  return (method, path) => {
    if (path.length > MAX_PATH_LENGTH) return true;
    // In lower case already: no rule that matches as written fails to match in lower case.
    if (PLAIN_PATH.test(path)) return inLowerCase(method, path);
    if (asWritten(method, path)) return true;
    const segments = segmentsOf(path);
    return (
      inLowerCase(method, `/${segments.filter((segment) => segment !== '.').join('/')}`) ||
      inLowerCase(method, `/${withoutDotSegments(segments).join('/')}`)
    );
  };
}

/** `POST /OAuth/**` becomes `POST /oauth/**`. */
function lowerCasePath(rule: string): string {
  return rule.trim().replace(/\S+$/, (path) => path.toLowerCase());
}

function segmentsOf(path: string): string[] {
  const segments: string[] = [];
  for (const segment of decode(path)
    .toLowerCase()
    .replace(/[\s\p{Cc}]/gu, '')
    .split(/[/\\]/)) {
    const parameters = segment.indexOf(';');
    const name = parameters === -1 ? segment : segment.slice(0, parameters);
    if (name !== '') segments.push(name);
  }
  return segments;
}

/** RFC 3986 section 5.2.4. */
function withoutDotSegments(segments: readonly string[]): string[] {
  const kept: string[] = [];
  for (const segment of segments) {
    if (segment === '..') kept.pop();
    else if (segment !== '.') kept.push(segment);
  }
  return kept;
}
