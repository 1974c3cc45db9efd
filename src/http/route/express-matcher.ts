/**
 * What is written in a path whose layer keeps nothing but a matching function (router 2.0 to 2.2): found out by
 * asking that function. A character is the application's own if no other is taken in its place; where any other is
 * taken, there is a parameter, and the function returns which.
 */
import { trimSlash } from './express-pattern.ts';

interface Match {
  readonly path: string;
  readonly params: Readonly<Record<string, unknown>>;
}

/** Pure where path-to-regexp 8 made it. */
export type Matcher = (path: string) => false | Match;

/** Stand for parameters: characters for private use, which no request target and hardly a pattern contains. */
const MARKS = Array.from({ length: 17 }, (_, index) => String.fromCharCode(0xe000 + index));
const MARK = /[\ue000-\ue010]/;
/** The application wrote nothing longer, and each character of it must be asked for. */
const MAX_LENGTH = 128;

/** What was found out last about each function: requests for one mount path differ in their parameters only. */
const answers = new WeakMap<Matcher, { readonly shape: string; readonly written: string | undefined }>();

/**
 * The part of a path that was taken, as the application wrote it, but in lower case where the router ignores the case:
 * how it was written cannot be found out then, and a request must not choose. `undefined` where it is not certain.
 */
export function writtenBehind(matcher: Matcher, taken: string): string | undefined {
  const path = trimSlash(taken);
  const params = matched(matcher, path)?.params;
  // A RegExp may take some characters in a place and not others, so nothing can be found out about it. Its parameters
  // are an ordinary object; those of path-to-regexp have no prototype. The value of a wildcard is a list.
  if (params === undefined || Object.getPrototypeOf(params) !== null) return undefined;
  if (Object.values(params).some((value) => typeof value !== 'string')) return undefined;
  const shape = markSegments(matcher, path);
  if (shape === undefined || shape.length > MAX_LENGTH) return undefined;
  const known = answers.get(matcher);
  if (known?.shape === shape) return known.written;
  const written = readShape(matcher, shape);
  answers.set(matcher, { shape, written });
  return written;
}

/** The path with a mark in the place of each segment that is a parameter, however long its value. */
function markSegments(matcher: Matcher, path: string): string | undefined {
  const segments = path.split('/');
  if (segments.length > MARKS.length) return undefined;
  for (const [index, segment] of segments.entries()) {
    if (segment === '') continue;
    segments[index] = MARKS[index] ?? '';
    if (!takes(matcher, segments.join('/'))) segments[index] = segment;
  }
  return segments.join('/');
}

/** Marks parameters that are a part of a segment too (`/v:version`): what is left is written. */
function readShape(matcher: Matcher, shape: string): string | undefined {
  let text = shape;
  for (let start = 0; start < text.length; start += 1) {
    let end = start;
    while (end < text.length && isFree(matcher, text, end)) end += 1;
    const mark = MARKS.find((unused) => !text.includes(unused));
    if (end > start && mark === undefined) return undefined;
    if (end > start) text = text.slice(0, start) + mark + text.slice(end);
  }
  const lower = text.toLowerCase();
  return named(matcher, takes(matcher, lower) ? lower : text);
}

/** The name of each mark in its place; `undefined` unless every mark is the value of one parameter. */
function named(matcher: Matcher, text: string): string | undefined {
  const params = matched(matcher, text)?.params ?? {};
  let result = '';
  for (const character of text) {
    if (!MARK.test(character)) result += character;
    else {
      const [name, ...others] = Object.keys(params).filter((key) => params[key] === character);
      if (name === undefined || others.length > 0) return undefined;
      result += `:${name}`;
    }
  }
  return result;
}

/** Whether another character is taken in that place, which is neither a mark nor the end of a segment. */
function isFree(matcher: Matcher, text: string, index: number): boolean {
  const character = text.charAt(index);
  if (character === '/' || MARK.test(character)) return false;
  return takes(matcher, `${text.slice(0, index)}\ue0ff${text.slice(index + 1)}`);
}

function takes(matcher: Matcher, path: string): boolean {
  return matched(matcher, path) !== undefined;
}

/** The match of the path as a whole. */
function matched(matcher: Matcher, path: string): Match | undefined {
  try {
    const match = matcher(path);
    return match !== false && trimSlash(match.path) === path ? match : undefined;
  } catch {
    // A parameter that cannot be decoded: `%` of a `%20`, with something else after it.
    return { path, params: {} };
  }
}
