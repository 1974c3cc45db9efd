import type { Variable } from '../environment.ts';
import type { ListTree, MappingTree, Tree } from '../file/document-tree.ts';
import { placeIn } from '../file/yaml.ts';
import { problem, showKey } from '../options-error.ts';
import { showTree } from '../rules/rule-reader.ts';
import { suggest } from '../suggest.ts';

/** More are only counted. */
const MAX_PROBLEMS = 20;

/** A mapping with one name in it, as declarative configuration writes a choice: `otlp_http: {…}`. */
export interface Choice {
  readonly name: string;
  /** Line of the name. */
  readonly line: number;
  /** `undefined` where nothing stands behind the name. */
  readonly settings: MappingTree | undefined;
}

/** Reads parts of a file of declarative configuration, and keeps what is wrong with them. A null is as good as absent. */
export class DeclarativeReader {
  readonly warnings: string[] = [];
  readonly #name: string;
  readonly #isNewer: boolean;
  readonly #problems: string[] = [];
  #more = 0;

  /**
   * @param name of the file, for messages
   * @param isNewer whether its version is newer than those known here, so that a name that is not known is no mistake
   */
  constructor(name: string, isNewer: boolean) {
    this.#name = name;
    this.#isNewer = isNewer;
  }

  get problems(): readonly string[] {
    if (this.#more === 0) return this.#problems;
    return [...this.#problems, `${this.#name}: and ${this.#more} more problems (from the file)`];
  }

  refuse(line: number, key: string, words: string): void {
    this.#add(`${placeIn(this.#name, line)}: ${key}: ${words} (from the file)`);
  }

  expected(line: number, key: string, expected: string, given: string): void {
    this.#add(problem(`${placeIn(this.#name, line)}: ${key}`, expected, given, 'from the file'));
  }

  warn(line: number, key: string, words: string): void {
    this.warnings.push(`${placeIn(this.#name, line)}: ${key}: ${words}`);
  }

  /** Findings of the readers of environment variables. */
  addProblems(problems: readonly string[]): void {
    for (const line of problems) this.#add(line);
  }

  mapping(parent: MappingTree | undefined, key: string): MappingTree | undefined {
    const tree = present(parent?.entries.get(key));
    return tree === undefined ? undefined : this.asMapping(tree, key);
  }

  asMapping(tree: Tree, key: string): MappingTree | undefined {
    if (tree.kind === 'mapping') return tree;
    this.expected(tree.line, key, 'settings by their names', kindOf(tree));
    return undefined;
  }

  list(parent: MappingTree | undefined, key: string): ListTree | undefined {
    const tree = present(parent?.entries.get(key));
    if (tree === undefined || tree.kind === 'list') return tree;
    this.expected(tree.line, key, 'a list', kindOf(tree));
    return undefined;
  }

  /** A text that is not blank. Messages do not show what stands there instead: it may be a secret. */
  text(parent: MappingTree | undefined, key: string): Variable | undefined {
    const tree = present(parent?.entries.get(key));
    if (tree === undefined) return undefined;
    if (tree.kind === 'scalar' && typeof tree.value === 'string') {
      const text = tree.value.trim();
      const name = `${placeIn(this.#name, tree.line)}: ${key}`;
      return text === '' ? undefined : { name, text, source: 'from the file' };
    }
    this.expected(tree.line, key, 'a text (in quotes, where it looks like something else)', kindOf(tree));
    return undefined;
  }

  integer(parent: MappingTree | undefined, key: string, min: number): number | undefined {
    const tree = present(parent?.entries.get(key));
    if (tree === undefined) return undefined;
    if (tree.kind === 'scalar' && Number.isSafeInteger(tree.value) && Number(tree.value) >= min) {
      return Number(tree.value);
    }
    this.expected(tree.line, key, `a whole number ≥ ${min}`, showTree(tree));
    return undefined;
  }

  boolean(parent: MappingTree | undefined, key: string): boolean | undefined {
    const tree = present(parent?.entries.get(key));
    if (tree === undefined) return undefined;
    if (tree.kind === 'scalar' && typeof tree.value === 'boolean') return tree.value;
    this.expected(tree.line, key, 'true or false', showTree(tree));
    return undefined;
  }

  word<const Word extends string>(
    parent: MappingTree | undefined,
    key: string,
    words: readonly Word[],
  ): Word | undefined {
    const tree = present(parent?.entries.get(key));
    if (tree === undefined) return undefined;
    const word = words.find((each) => tree.kind === 'scalar' && tree.value === each);
    if (word === undefined) this.expected(tree.line, key, `one of ${words.join(', ')}`, showTree(tree));
    return word;
  }

  /** @param what that there must be one of, for a message */
  choice(tree: Tree, key: string, what: string): Choice | undefined {
    const [entry, ...others] = tree.kind === 'mapping' ? tree.entries : [];
    if (entry === undefined || others.length > 0) {
      this.expected(
        tree.line,
        key,
        `one ${what}`,
        others.length > 0 ? String(others.length + 1) : kindOf(tree),
      );
      return undefined;
    }
    const [name, value] = entry;
    const settings = present(value);
    return {
      name,
      line: value.line,
      settings: settings === undefined ? undefined : this.asMapping(settings, showKey(name)),
    };
  }

  /** Complains about names that mean nothing: what they were to set would not be set. */
  onlyKnown(tree: MappingTree | undefined, known: readonly string[]): void {
    for (const [key, { line }] of tree?.entries ?? []) {
      if (known.includes(key)) continue;
      const meant = suggest(key, known);
      const words = `no such setting${meant === undefined ? '' : `, did you mean ${meant}?`}`;
      if (this.#isNewer) this.warn(line, showKey(key), `${words}; it is ignored`);
      else this.refuse(line, showKey(key), words);
    }
  }

  #add(line: string): void {
    if (this.#problems.length < MAX_PROBLEMS) this.#problems.push(line);
    else this.#more++;
  }
}

function present(tree: Tree | undefined): Tree | undefined {
  return tree?.kind === 'scalar' && tree.value === null ? undefined : tree;
}

/** Without the value, which may be a secret in the wrong place. */
function kindOf(tree: Tree): string {
  if (tree.kind === 'mapping') return 'an object';
  if (tree.kind === 'list') return 'an array';
  return tree.value === null ? 'nothing' : `a ${typeof tree.value === 'string' ? 'text' : typeof tree.value}`;
}
