import { REDACTED, type Strategy } from '../../options/rules/strategy.ts';
import { encodedByte } from './window.ts';

/** A keyed hash of a value in a namespace, as `HashKey.hash` makes it. */
export type Hash = (namespace: string, value: string) => string;

/** What `keep` has to hide at the least; else it hides all. */
const MIN_HIDDEN = 4;
const MIN_HIDDEN_SHARE = 1 / 3;

const PERCENT = 0x25;
const SPACE = 0x20;
const PLUS = 0x2b;
const HYPHEN = 0x2d;

/**
 * What is shown in the place of `value`. Only `replace`, `remove` and `hash` change its length, which is that of the
 * text as it was received: three asterisks stand for a `%2D`.
 *
 * `keep` counts characters as they are read, a `%XX` as one; spaces, `-` and `+` stay and do not count, so that
 * `keep:6:4` of a bank card is the same with and without them. Where it would hide less than four characters or less
 * than a third, it hides all.
 *
 * @param namespace of hashes: name of the attribute
 * @param hash `undefined` where there is no key; what is to be hashed is then `REDACTED`
 * @returns `undefined` where nothing is shown
 */
export function applyStrategy(
  strategy: Strategy,
  value: string,
  namespace: string,
  hash: Hash | undefined,
): string | undefined {
  switch (strategy.kind) {
    case 'show':
      return value;
    case 'hash':
      return hash === undefined ? REDACTED : hash(namespace, value);
    case 'keep':
      return keep(value, strategy.first, strategy.last);
    case 'mask':
      return '*'.repeat(value.length);
    case 'replace':
      return strategy.text;
    case 'remove':
      return undefined;
  }
}

const SEVERITIES: Readonly<Record<Strategy['kind'], number>> = {
  remove: 5,
  replace: 4,
  mask: 3,
  hash: 2,
  keep: 1,
  show: 0,
};

/** Whether nothing of the value stays legible. */
export function hidesAll(strategy: Strategy): boolean {
  return SEVERITIES[strategy.kind] > SEVERITIES.keep;
}

/** Order of strategies for the same piece of text: the most severe first, and no two that differ are equal. */
export function compareStrategies(one: Strategy, other: Strategy): number {
  const bySeverity = SEVERITIES[other.kind] - SEVERITIES[one.kind];
  if (bySeverity !== 0) return bySeverity;
  if (one.kind === 'keep' && other.kind === 'keep')
    return one.first + one.last - other.first - other.last || one.first - other.first;
  if (one.kind === 'replace' && other.kind === 'replace' && one.text !== other.text)
    return one.text < other.text ? -1 : 1;
  return 0;
}

function keep(value: string, first: number, last: number): string {
  let count = 0;
  for (let at = 0; at < value.length; at = endOfCharacter(value, at)) if (!isSeparator(value, at)) count++;
  const hidden = count - first - last;
  if (hidden < MIN_HIDDEN || hidden < count * MIN_HIDDEN_SHARE) return '*'.repeat(value.length);
  let kept = '';
  let index = 0;
  for (let at = 0; at < value.length; ) {
    const end = endOfCharacter(value, at);
    const isKept = isSeparator(value, at) || index < first || index >= count - last;
    if (!isSeparator(value, at)) index++;
    kept += isKept ? value.slice(at, end) : '*'.repeat(end - at);
    at = end;
  }
  return kept;
}

/** Neither the halves of a surrogate pair nor the encoded bytes of one character of UTF-8 are separated. */
function endOfCharacter(value: string, at: number): number {
  if (value.charCodeAt(at) !== PERCENT || encodedByte(value, at) < 0)
    return at + ((value.codePointAt(at) ?? 0) > 0xffff ? 2 : 1);
  let end = at + 3;
  while (value.charCodeAt(end) === PERCENT && (encodedByte(value, end) & ~0x3f) === 0x80) end += 3;
  return end;
}

function isSeparator(value: string, at: number): boolean {
  const code = value.charCodeAt(at);
  const read = code === PERCENT ? encodedByte(value, at) : code;
  return read === SPACE || read === PLUS || read === HYPHEN;
}
