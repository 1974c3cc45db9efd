/** A path, cut into segments only when a glob asks for it. */
export class GlobPath {
  readonly text: string;
  #segments: readonly string[] | undefined;

  constructor(path: string) {
    this.text = withoutTrailingSlash(path);
  }

  get segments(): readonly string[] {
    this.#segments ??= this.text.split('/');
    return this.#segments;
  }
}

export type GlobMatcher = (path: GlobPath) => boolean;

/**
 * Compiles a glob that begins with `/` or `*` into a function. For every path its cost is at most proportional to the
 * length of the path times that of the glob. Glob engines that compile to regular expressions need up to minutes for a
 * hostile path of 2 KiB.
 */
export function compileGlob(glob: string): GlobMatcher {
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
 * Greedy matching that, on a mismatch, returns only to the last `**`. An earlier one never needs to match more, since the
 * later one can match the same segments. So each segment is compared with each part of the glob at most once.
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
