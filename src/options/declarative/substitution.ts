import type { Tree } from '../file/document-tree.ts';
import { loadYaml } from '../file/yaml.ts';

/** `${NAME}`, `${env:NAME}`, `${NAME:-default}`: a text between the braces that is none of these is a mistake. */
const OPEN = '${';
const CLOSE = '}';
const SOURCE = /^env:(?=.)/s;
const NAME_AND_DEFAULT = /^([a-z_]\w*)(?::-([^\n}]*))?$/i;

/** A longer text is no number, boolean or null. */
const MAX_SCALAR_LENGTH = 64;

/** Puts environment variables into the scalars of a document (specification, configuration/data-model.md). */
export class Substitution {
  readonly #env: NodeJS.ProcessEnv;
  /** Called with the line of a reference that cannot be read. */
  readonly #onMistake: (line: number) => void;
  /** The variables that the document refers to. */
  readonly names: Set<string> = new Set();

  constructor(env: NodeJS.ProcessEnv, onMistake: (line: number) => void) {
    this.#env = env;
    this.#onMistake = onMistake;
  }

  /** Keys stay as they are. The types of values are found afterwards, but a variable gives no list and no mapping. */
  apply(tree: Tree): Tree {
    switch (tree.kind) {
      case 'mapping':
        return {
          ...tree,
          entries: new Map([...tree.entries].map(([key, value]) => [key, this.apply(value)])),
        };
      case 'list':
        return { ...tree, items: tree.items.map((item) => this.apply(item)) };
      case 'scalar': {
        if (typeof tree.value !== 'string' || !tree.value.includes('$')) return tree;
        const text = this.#substituted(tree.value, tree.line);
        if (text === tree.value || tree.plain === undefined) return { ...tree, value: text };
        return { ...tree, value: typed(text), plain: text };
      }
    }
  }

  /** What a `$$` leaves is no part of a reference, nor is what a variable holds. */
  #substituted(text: string, line: number): string {
    return text
      .split('$$')
      .map((part) => this.#withValues(part, line))
      .join('$');
  }

  /** Braces with nothing in them, and those that are not closed, are text. */
  #withValues(text: string, line: number): string {
    let result = '';
    let from = 0;
    for (let open = text.indexOf(OPEN); open !== -1; open = text.indexOf(OPEN, from)) {
      const start = open + OPEN.length;
      const end = text.indexOf(CLOSE, start);
      if (end === -1) break;
      result += text.slice(from, open);
      result +=
        end === start ? OPEN + CLOSE : this.#valueOf(text.slice(start, end).replace(SOURCE, ''), line);
      from = end + CLOSE.length;
    }
    return result + text.slice(from);
  }

  #valueOf(content: string, line: number): string {
    const [, name, otherwise = ''] = NAME_AND_DEFAULT.exec(content) ?? [];
    if (name === undefined) {
      this.#onMistake(line);
      return '';
    }
    this.names.add(name);
    const value = this.#env[name];
    // A blank variable is not set (specification, configuration/common.md).
    return value === undefined || value.trim() === '' ? otherwise : value;
  }
}

/** The number, boolean or null that a plain text is in YAML; else the text. */
function typed(text: string): unknown {
  if (text.length > MAX_SCALAR_LENGTH) return text;
  try {
    const value: unknown = loadYaml().parse(text, { schema: 'core', logLevel: 'error' });
    return value === null || typeof value === 'number' || typeof value === 'boolean' ? value : text;
  } catch {
    return text;
  }
}
