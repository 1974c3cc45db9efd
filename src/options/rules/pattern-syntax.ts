import { createRequire } from 'node:module';

/** Characters of a pattern. */
export const MAX_PATTERN_LENGTH = 1000;
/** As often may a part of a pattern be repeated by a number. */
const MAX_REPEATS = 100;

/** Takes 8 ms to load, so it is loaded only where there are patterns. */
export function loadRe2(): typeof import('re2js') {
  // Bundled into a CommonJS module this has no URL; the package is then looked for beside the bundle.
  return createRequire(import.meta.url ?? __filename)('re2js');
}

/** What an engine that works in linear time cannot do, by how it begins in a pattern. The longest come first. */
const GROUPS: readonly (readonly [beginning: string, name: string])[] = [
  ['(?<=', 'look-behind'],
  ['(?<!', 'look-behind'],
  ['(?=', 'look-ahead'],
  ['(?!', 'look-ahead'],
  ['(?>', 'an atomic group'],
  ['(?(', 'a condition'],
  ['(?#', 'a comment'],
  ['(?P=', 'a back-reference'],
];
/** Escapes by a letter that have a meaning in JavaScript and here; others would silently be the letter itself. */
const LETTER_ESCAPES = 'bBcdDfnpPrsStuvwWx';
const REPEAT = /^\{(\d+)(?:,(\d*))?\}/;
const POSSESSIVE = /^(?:[*+?]|\{\d+(?:,\d*)?\})\+/;
/** Of a message of the engine, what is wrong; the rest repeats the pattern. */
const REASON = /^error parsing regexp: ([^:`]+)/;

/**
 * What is wrong with a regular expression in the syntax of JavaScript, or why it cannot be matched in linear time.
 *
 * @returns `undefined` where it can be used
 */
export function patternMistake(pattern: string): string | undefined {
  const mistake = unsupportedSyntax(pattern);
  if (mistake !== undefined) return mistake;
  try {
    return compilePattern(pattern).test('') ? 'it matches the empty text' : undefined;
  } catch (error) {
    return REASON.exec(error instanceof Error ? error.message : '')?.[1] ?? 'it cannot be compiled';
  }
}

/** @throws Error where {@link patternMistake} finds something */
export function compilePattern(pattern: string): import('re2js').RE2JS {
  const { RE2JS } = loadRe2();
  return RE2JS.compile(RE2JS.translateRegExp(pattern));
}

function unsupportedSyntax(pattern: string): string | undefined {
  let isInClass = false;
  for (let at = 0; at < pattern.length; at++) {
    const char = pattern[at];
    if (char === '\\') {
      at++;
      const mistake = escapeMistake(pattern[at] ?? '');
      if (mistake !== undefined) return mistake;
    } else if (isInClass) {
      if (char === ']') isInClass = false;
    } else if (char === '[') {
      isInClass = true;
      // A bracket that comes first closes nothing.
      if (pattern[at + 1] === '^') at++;
      if (pattern[at + 1] === ']') at++;
    } else {
      const rest = pattern.slice(at, at + 24);
      const group = GROUPS.find(([beginning]) => rest.startsWith(beginning));
      if (group !== undefined) return `${group[1]}, ${group[0]}…), cannot be matched in linear time`;
      if (POSSESSIVE.test(rest)) return 'a possessive quantifier cannot be matched in linear time';
      const [, least = '0', most = '0'] = REPEAT.exec(rest) ?? [];
      if (Math.max(Number(least), Number(most)) > MAX_REPEATS)
        return `it repeats more than ${MAX_REPEATS} times`;
    }
  }
  return undefined;
}

/** @param char after a backslash; empty at the end */
function escapeMistake(char: string): string | undefined {
  if (char === 'k') return 'a back-reference, \\k, cannot be matched in linear time';
  if (/^[1-9]$/.test(char)) return `a back-reference, \\${char}, cannot be matched in linear time`;
  if (/^[a-z0]$/i.test(char) && !LETTER_ESCAPES.includes(char)) return `the escape \\${char} is not known`;
  return undefined;
}
