import type { Alias, LineCounter, Node } from 'yaml';
import { showGiven, showKey } from '../options-error.ts';
import { aliasTargets, lineOf, loadYaml, notYaml, parseYaml, placeIn } from './yaml.ts';

/** A part of a document. */
export type Tree = ScalarTree | ListTree | MappingTree;

interface Placed {
  /** Line of the key, or of the item of a list, from 1. */
  readonly line: number;
}
export interface ScalarTree extends Placed {
  readonly kind: 'scalar';
  readonly value: unknown;
  /** The text of a plain scalar, which is neither in quotes nor a block: what its value is made of. */
  readonly plain?: string | undefined;
}
export interface ListTree extends Placed {
  readonly kind: 'list';
  readonly items: readonly Tree[];
}
export interface MappingTree extends Placed {
  readonly kind: 'mapping';
  /** In the order of the document. */
  readonly entries: ReadonlyMap<string, Tree>;
}

export interface TreeReading {
  /** `undefined` where the document cannot be read. */
  readonly tree: Tree | undefined;
  /** What is wrong with the document itself, one line each. */
  readonly problems: readonly string[];
}

/** Levels below the document; the files of this package have no more. */
const MAX_DEPTH = 6;
/** Aliases of aliases make many nodes of a few lines. */
const MAX_NODES = 20_000;
/** After this many problems the rest of the document is not read. */
const MAX_PROBLEMS = 10;

/**
 * Reads a document in YAML 1.2, or in JSON, which is YAML too, with the mappings and lists within it.
 *
 * @param name of the file, for messages
 * @param maxDepth levels below the document
 */
export function readTree(name: string, text: string, maxDepth: number = MAX_DEPTH): TreeReading {
  const parsed = parseYaml(name, text);
  if (typeof parsed === 'string') return { tree: undefined, problems: [parsed] };
  const { document, lines } = parsed;
  const reader = new TreeReader(name, lines, aliasTargets(document), maxDepth);
  const tree = reader.read(
    document.contents as Node | null,
    lineOf(document.contents as Node | null, lines),
    0,
  );
  return { tree, problems: reader.problems };
}

class TreeReader {
  readonly problems: string[] = [];
  readonly #name: string;
  readonly #lines: LineCounter;
  readonly #targets: ReadonlyMap<Alias, Node>;
  readonly #maxDepth: number;
  #nodes = 0;

  constructor(name: string, lines: LineCounter, targets: ReadonlyMap<Alias, Node>, maxDepth: number) {
    this.#name = name;
    this.#maxDepth = maxDepth;
    this.#lines = lines;
    this.#targets = targets;
  }

  /** @param line where a message finds it: that of the key, which may be another than that of the value */
  read(given: Node | null, line: number, depth: number): Tree | undefined {
    const { isAlias, isMap, isSeq, isScalar } = loadYaml();
    const node = isAlias(given) ? this.#targets.get(given) : given;
    if (node === undefined) return this.#refuse(line, 'an alias without an anchor before it');
    this.#nodes++;
    if (depth > this.#maxDepth) return this.#refuse(line, 'nested too deeply');
    if (this.#nodes > MAX_NODES) return this.#refuse(line, 'too many values');
    if (isMap<Node, Node | null>(node)) {
      const entries = new Map<string, Tree>();
      for (const { key, value } of node.items) {
        if (this.problems.length >= MAX_PROBLEMS) break;
        const keyLine = lineOf(key, this.#lines);
        const keyText = isScalar(key) ? key.value : undefined;
        const earlier = typeof keyText === 'string' ? entries.get(keyText) : undefined;
        if (typeof keyText !== 'string') this.#refuseKey(keyLine, isScalar(key) ? key.value : undefined);
        else if (earlier !== undefined) {
          const place = placeIn(this.#name, keyLine);
          this.problems.push(
            `${place}: ${showKey(keyText)}: is already set in line ${earlier.line} (from the file)`,
          );
        } else {
          const read = this.read(value, keyLine, depth + 1);
          if (read !== undefined) entries.set(keyText, read);
        }
      }
      return { kind: 'mapping', entries, line };
    }
    if (isSeq<Node | null>(node)) {
      const items: Tree[] = [];
      for (const item of node.items) {
        if (this.problems.length >= MAX_PROBLEMS) break;
        const read = this.read(item, lineOf(item, this.#lines), depth + 1);
        if (read !== undefined) items.push(read);
      }
      return { kind: 'list', items, line };
    }
    if (!isScalar(node)) return { kind: 'scalar', value: null, plain: '', line };
    return {
      kind: 'scalar',
      value: node.value,
      plain: node.type === 'PLAIN' ? node.source : undefined,
      line,
    };
  }

  #refuse(line: number, mistake: string): undefined {
    if (this.problems.length < MAX_PROBLEMS) this.problems.push(notYaml(placeIn(this.#name, line), mistake));
  }

  #refuseKey(line: number, key: unknown): void {
    const given = key === undefined ? 'something else' : `${showGiven(key)}`;
    const place = placeIn(this.#name, line);
    this.problems.push(`${place}: expected a name as a text, in quotes, got ${given} (from the file)`);
  }
}
