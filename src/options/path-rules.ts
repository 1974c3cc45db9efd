/**
 * Does the request match one of the rules?
 *
 * @param method as received, case-sensitive
 * @param path without query
 */
export type PathMatcher = (method: string, path: string) => boolean;

/** Characters of a path that are looked at. */
const MAX_PATH_LENGTH = 2048;

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
  readonly method: string | undefined;
  readonly matches: (path: Path) => boolean;
}

/** A path as the rules see it; cut into segments only when a rule asks for it. */
class Path {
  readonly text: string;
  #segments: readonly string[] | undefined;

  constructor(path: string) {
    this.text = withoutTrailingSlash(path.length > MAX_PATH_LENGTH ? path.slice(0, MAX_PATH_LENGTH) : path);
  }

  get segments(): readonly string[] {
    this.#segments ??= this.text.split('/');
    return this.#segments;
  }
}

/** Is it `[METHOD ]glob`, as {@link compilePathRules} takes it? */
export function isPathRule(rule: string): boolean {
  return rule.length <= 2 * MAX_RULE_LENGTH && [...rule].length <= MAX_RULE_LENGTH && RULE.test(rule);
}

/**
 * Compiles rules of the form `[METHOD ]glob` into one function, which never throws and whose cost grows with the
 * length of the path (at most 2048 characters are looked at) times that of the rules, whatever the path is.
 * Glob engines that compile to regular expressions need up to minutes for a hostile path of that length.
 *
 * - `*` is any text within a segment (where it is the whole segment, not nothing), `?` one character of it
 * - `**` as a segment is any number of segments, none included: `/static/**` matches `/static` too
 * - a glob that begins with `*` matches at any depth: `*.css` is every style sheet
 * - letters count as they are; names that begin with a dot match; a trailing slash makes no difference
 *
 * @returns `undefined` where there are no rules
 * @throws TypeError for a rule of another form
 */
export function compilePathRules(rules: readonly string[]): PathMatcher | undefined {
  if (rules.length === 0) return undefined;
  const compiled = rules.map(compileRule);
  return (method, text) => {
    const path = new Path(text);
    for (const rule of compiled) {
      if ((rule.method === undefined || rule.method === method) && rule.matches(path)) return true;
    }
    return false;
  };
}

function compileRule(rule: string): PathRule {
  const parts = isPathRule(rule) ? RULE.exec(rule) : null;
  const glob = parts?.[2];
  if (glob === undefined) {
    throw new TypeError(
      `path rule: expected "[METHOD ]glob", the glob beginning with / or *, got ${JSON.stringify(rule)}`,
    );
  }
  return { method: parts?.[1]?.toUpperCase(), matches: compileGlob(glob) };
}

function compileGlob(glob: string): PathRule['matches'] {
  const rooted = withoutTrailingSlash(glob.startsWith('/') ? glob : `**/${glob}`);
  if (!/[*?]/.test(rooted)) return (path) => path.text === rooted;

  const prefix = rooted.slice(0, -'/**'.length);
  if (rooted.endsWith('/**') && !/[*?]/.test(prefix)) {
    return ({ text }) =>
      text.startsWith(prefix) && (text.length === prefix.length || text[prefix.length] === '/');
  }

  const segments = rooted.split('/').map((segment) => (segment === '*' ? '?*' : segment));
  return (path) => segmentsMatch(segments, path.segments);
}

/**
 * Greedy matching that, on a mismatch, only goes back to the last `**`: an earlier one need never take more, since
 * whatever it would take, the later one can. So every segment meets every part of the glob once at the most.
 */
function segmentsMatch(glob: readonly string[], path: readonly string[]): boolean {
  let globAt = 0;
  let pathAt = 0;
  let resumeGlobAt = -1;
  let resumePathAt = 0;
  while (pathAt < path.length) {
    const part = glob[globAt];
    if (part === '**') {
      globAt++;
      resumeGlobAt = globAt;
      resumePathAt = pathAt;
    } else if (part !== undefined && segmentMatches(part, path[pathAt] ?? '')) {
      globAt++;
      pathAt++;
    } else if (resumeGlobAt >= 0) {
      globAt = resumeGlobAt;
      resumePathAt++;
      pathAt = resumePathAt;
    } else {
      return false;
    }
  }
  while (glob[globAt] === '**') globAt++;
  return globAt === glob.length;
}

/** The same on the characters of one segment, with `*` for `**`. */
function segmentMatches(glob: string, segment: string): boolean {
  let globAt = 0;
  let textAt = 0;
  let resumeGlobAt = -1;
  let resumeTextAt = 0;
  while (textAt < segment.length) {
    const char = glob[globAt];
    if (char === '*') {
      globAt++;
      resumeGlobAt = globAt;
      resumeTextAt = textAt;
    } else if (char !== undefined && (char === '?' || char === segment[textAt])) {
      globAt++;
      textAt++;
    } else if (resumeGlobAt >= 0) {
      globAt = resumeGlobAt;
      resumeTextAt++;
      textAt = resumeTextAt;
    } else {
      return false;
    }
  }
  while (glob[globAt] === '*') globAt++;
  return globAt === glob.length;
}

function withoutTrailingSlash(text: string): string {
  return text.endsWith('/') ? text.slice(0, -1) : text;
}
