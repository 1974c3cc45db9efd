import { compileGlob, type GlobMatcher, GlobPath } from './glob.ts';

/**
 * Does the request match one of the rules?
 *
 * @param method as received, case-sensitive
 * @param path without query
 */
export type PathMatcher = (method: string, path: string) => boolean;

/** A {@link PathMatcher} whose method may be unknown: then rules of every method apply. */
export type RuleMatcher = (method: string | undefined, path: string) => boolean;

/** A longer path is matched by no rule: a rule that saw only its beginning would be wrong about its end. */
export const MAX_PATH_LENGTH = 2048;

// No characters that RFC 3986 keeps out of paths: they are what other glob dialects use as operators, and a
// rule that silently matched them literally would never match anything.
const RULE = /^\s*(?:([!#$%&'*+\-.^_`|~0-9A-Za-z]+)[ \t]+)?([/*][^\s{}[\]\\]*)\s*$/;
/** Characters, as JSON Schema counts them: one for each code point. */
const MAX_RULE_LENGTH = 512;

/** A rule, for a JSON Schema. */
export const pathRuleText: { readonly maxLength: number; readonly pattern: string } = {
  maxLength: MAX_RULE_LENGTH,
  pattern: RULE.source,
};

interface PathRule {
  /** In capitals; `undefined` for a rule of all methods. */
  readonly method: string | undefined;
  /** Whether a path without a leading slash can be meant: `*` of OPTIONS, and none at all of CONNECT. */
  readonly isRooted: boolean;
  readonly matches: GlobMatcher;
}

/** Is it `[METHOD ]glob`, as {@link compilePathRules} takes it? */
export function isPathRule(rule: string): boolean {
  return rule.length <= 2 * MAX_RULE_LENGTH && [...rule].length <= MAX_RULE_LENGTH && RULE.test(rule);
}

/**
 * Compiles rules of the form `[METHOD ]glob` into one function, which never throws. Its cost is at most proportional to
 * the length of the path (a path of more than 2048 characters matches no rule) times that of the rules.
 *
 * - `*` is any text within a segment (where it is the whole segment, not nothing), `?` one character of it
 * - `**` as a segment is any number of segments, none included: `/static/**` matches `/static` too
 * - a glob that begins with `*` matches at any depth: `*.css` is every style sheet
 * - letters count as they are; names that begin with a dot match; a trailing slash makes no difference
 *
 * The path is taken as it is given. Rules that leave something out are compiled by `compileExcludedPaths`, rules that
 * protect something by `compileSensitivePaths`: to these a path is also what a server may take it for.
 *
 * @param rewrite changes the globs, before they are compiled
 * @returns `undefined` where there are no rules
 * @throws TypeError for a rule of another form
 */
export function compilePathRules(
  rules: readonly string[],
  rewrite: (glob: string) => string = (glob) => glob,
): RuleMatcher | undefined {
  if (rules.length === 0) return undefined;
  const compiled = rules.map((rule) => compileRule(rule, rewrite));
  return (method, text) => {
    if (text.length > MAX_PATH_LENGTH) return false;
    const path = new GlobPath(text);
    for (const rule of compiled) {
      if (rule.method !== undefined && method !== undefined && rule.method !== method) continue;
      // Without this, the empty path of `CONNECT host:22` would be `/` without its trailing slash.
      if (rule.isRooted && text === '') continue;
      if (rule.matches(path)) return true;
    }
    return false;
  };
}

function compileRule(rule: string, rewrite: (glob: string) => string): PathRule {
  const parts = isPathRule(rule) ? RULE.exec(rule) : null;
  const glob = parts?.[2];
  if (glob === undefined) {
    throw new TypeError(
      `path rule: expected "[METHOD ]glob", the glob beginning with / or *, got ${JSON.stringify(rule)}`,
    );
  }
  return {
    method: parts?.[1]?.toUpperCase(),
    isRooted: glob.startsWith('/'),
    matches: compileGlob(rewrite(glob)),
  };
}
