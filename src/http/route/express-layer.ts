/**
 * What can be read of a layer of an Express router: which part of a path it takes, and how the application wrote that.
 *
 * Router 2.3 keeps the pattern. Router 2.0 to 2.2 (Express 5.0 to 5.2, when they were new) keep closures, and Express 4
 * a regular expression.
 */
import { express4Patterns } from './express-4-pattern.ts';
import { type Matcher, writtenBehind } from './express-matcher.ts';
import { type Pattern, trimSlash } from './express-pattern.ts';

export interface Layer {
  readonly name?: unknown;
  readonly route?: object | undefined;
  readonly handle?: { readonly stack?: readonly Layer[] };
  /** Router 2: mounted at `/`. */
  readonly slash?: boolean;
  /** Router 2. */
  readonly matchers?: readonly Matcher[];
  /** Router 2.3. */
  readonly rawPath?: unknown;
  /** Express 4. */
  readonly regexp?: RegExp & { readonly fast_slash?: boolean };
  readonly keys?: readonly { readonly name: string | number }[];
}

interface Taken {
  /** The part of the path that matched. */
  readonly path: string;
  /** The same as the application wrote it; `undefined` where that is not certain. */
  readonly written: string | undefined;
}

const MOUNTED_AT_ROOT: readonly Pattern[] = [{ take: () => '', written: () => '' }];
const CANNOT_BE_ASKED: Pattern = { written: () => undefined };
/** A layer is made for its patterns and keeps them. */
const known = new WeakMap<Layer, readonly Pattern[]>();

/** The paths that a layer was made for, in the order in which its router tries them. */
export function patternsOf(layer: Layer): readonly Pattern[] {
  let patterns = known.get(layer);
  if (patterns === undefined) {
    patterns = readPatterns(layer);
    known.set(layer, patterns);
  }
  return patterns;
}

/** What a mount layer takes of a path; `undefined` where the router passes it by. */
export function takenBy(layer: Layer, path: string): Taken | undefined {
  for (const { take, written } of patternsOf(layer)) {
    if (take === undefined) return { path: '', written: undefined };
    const taken = take(path);
    if (taken === undefined) continue;
    return endsSegment(taken, path, layer) ? { path: taken, written: written(taken) } : undefined;
  }
  return undefined;
}

/** A match in the middle of the path, or up to the middle of a segment, is none for a router. */
function endsSegment(taken: string, path: string, { matchers }: Layer): boolean {
  if (taken === '') return true;
  const next = path[taken.length];
  const isEnd = next === undefined || next === '/' || (next === '.' && matchers === undefined);
  return isEnd && path.startsWith(taken);
}

function readPatterns({ slash, matchers, rawPath, regexp, keys = [] }: Layer): readonly Pattern[] {
  if (slash === true || regexp?.fast_slash === true) return MOUNTED_AT_ROOT;
  if (regexp !== undefined) return express4Patterns(regexp, keys);
  if (matchers === undefined) return [CANNOT_BE_ASKED];
  const paths: readonly unknown[] = Array.isArray(rawPath) ? rawPath : [rawPath];
  return matchers.map((matcher, index) => patternOf(matcher, paths[index]));
}

/** @param path as it is written, where the layer has it */
function patternOf(matcher: Matcher, path: unknown): Pattern {
  // The closure around a RegExp, which may have a state.
  if (path === undefined && matcher.name === 'regexpMatcher') return CANNOT_BE_ASKED;
  if (path instanceof RegExp && (path.global || path.sticky)) return CANNOT_BE_ASKED;
  const take: Pattern['take'] = (part) => {
    const match = matcher(part);
    return match === false ? undefined : match.path;
  };
  if (path === undefined) return { take, written: (taken) => writtenBehind(matcher, taken) };
  const text = trimSlash(String(path));
  return { take, written: () => text };
}
