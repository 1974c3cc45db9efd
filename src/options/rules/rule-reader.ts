import type { MappingTree, Tree } from '../file/document-tree.ts';
import { placeIn } from '../file/yaml.ts';
import { problem, showGiven, showKey } from '../options-error.ts';
import { suggest } from '../suggest.ts';
import type { Strategy } from './strategy.ts';
import { STRATEGY_WORDS, type StrategyPlace } from './strategy-text.ts';

/** More are only counted. */
const MAX_PROBLEMS = 20;

/** Reads the parts of a rules file, and keeps what is wrong with them. */
export class RuleReader {
  readonly #name: string;
  readonly #problems: string[] = [];
  #more = 0;
  readonly #hasHashKey: boolean;

  /**
   * @param name of the file, for messages
   * @param hasHashKey whether anything can be hashed
   */
  constructor(name: string, hasHashKey: boolean) {
    this.#name = name;
    this.#hasHashKey = hasHashKey;
  }

  get problems(): readonly string[] {
    if (this.#more === 0) return this.#problems;
    return [...this.#problems, `${this.#name}: and ${this.#more} more problems (from the file)`];
  }

  /** @param key dotted, as messages name it: `query.code` */
  expected(line: number, key: string, expected: string, given: string): void {
    this.#add(problem(`${placeIn(this.#name, line)}: ${key}`, expected, given, 'from the file'));
  }

  /** A problem in words of its own. */
  refuse(line: number, key: string, words: string): void {
    this.#add(`${placeIn(this.#name, line)}: ${key}: ${words} (from the file)`);
  }

  /** @param name that is unknown, the last part of `key` */
  unknown(line: number, key: string, name: string, what: string, known: readonly string[]): void {
    const meant = suggest(name, known);
    this.refuse(line, key, `no such ${what}${meant === undefined ? '' : `, did you mean ${meant}?`}`);
  }

  /** A part that consists of names; one without a value has none. */
  mapping(tree: Tree | undefined, key: string, expected: string, maxNames: number): MappingTree | undefined {
    if (tree === undefined || (tree.kind === 'scalar' && tree.value === null)) return undefined;
    if (tree.kind !== 'mapping') {
      this.expected(tree.line, key, expected, showTree(tree));
      return undefined;
    }
    if (tree.entries.size <= maxNames) return tree;
    this.expected(tree.line, key, `at most ${maxNames} names`, String(tree.entries.size));
    return undefined;
  }

  /** A list of texts; `undefined` where it is not given or something else. */
  texts(
    tree: Tree | undefined,
    key: string,
    isText: (text: string) => boolean,
    expected: string,
    maxItems: number,
  ): readonly string[] | undefined {
    if (tree === undefined) return undefined;
    if (tree.kind !== 'list') {
      this.expected(tree.line, key, expected, showTree(tree));
      return undefined;
    }
    if (tree.items.length > maxItems) {
      this.expected(tree.line, key, `at most ${maxItems} items`, String(tree.items.length));
      return undefined;
    }
    const texts: string[] = [];
    for (const item of tree.items) {
      if (item.kind === 'scalar' && typeof item.value === 'string' && isText(item.value))
        texts.push(item.value);
      else this.expected(item.line, key, expected, showTree(item));
    }
    return texts;
  }

  /** A text; `undefined` where it is something else. */
  text(tree: Tree, key: string, isText: (text: string) => boolean, expected: string): string | undefined {
    if (tree.kind === 'scalar' && typeof tree.value === 'string' && isText(tree.value)) return tree.value;
    this.expected(tree.line, key, expected, showTree(tree));
    return undefined;
  }

  strategy(tree: Tree, key: string, place: StrategyPlace): Strategy | undefined {
    const text = tree.kind === 'scalar' && typeof tree.value === 'string' ? tree.value : undefined;
    const strategy = text === undefined ? undefined : place.parse(text);
    if (strategy === undefined) {
      const meant = text === undefined ? undefined : suggest(text, STRATEGY_WORDS);
      const fits = meant !== undefined && meant !== text && place.parse(meant) !== undefined;
      const given = showTree(tree) + (fits ? `, did you mean ${meant}?` : '');
      this.expected(tree.line, key, place.expected, given);
      return undefined;
    }
    if (strategy.kind === 'hash' && !this.#hasHashKey) {
      this.refuse(tree.line, key, 'hash needs a key: set hashKeyFile (ACCESS_LOG_HASH_KEY_FILE)');
      return undefined;
    }
    return strategy;
  }

  #add(line: string): void {
    if (this.#problems.length < MAX_PROBLEMS) this.#problems.push(line);
    else this.#more++;
  }
}

/** A given part for a message. */
export function showTree(tree: Tree): string {
  if (tree.kind === 'scalar') return showGiven(tree.value);
  return tree.kind === 'list' ? 'an array' : 'an object';
}

/** `query.code`, for a message. */
export function keyOf(part: string, name: string): string {
  return `${part}.${showKey(name)}`;
}
