import type { Alias, Document, LineCounter, Node, YAMLMap } from 'yaml';
import { problem, showGiven, showKey } from '../options-error.ts';
import { aliasTargets, lineOf, loadYaml, notYaml, parseYaml, placeIn } from './yaml.ts';

/** The value of one key in the document. */
export interface Entry {
  /** The value as JSON has it. Of values deeper than a list, which no option takes, only the kind. */
  readonly value: unknown;
  /** Line of the key, from 1. */
  readonly line: number;
  /** Lines of the items, where the value is a list. */
  readonly itemLines: readonly number[];
}

export interface DocumentReading {
  readonly entries: ReadonlyMap<string, Entry>;
  /** What is wrong with the document itself, one line each. */
  readonly problems: readonly string[];
}

/** After this many problems the rest of the document is not read. */
const MAX_PROBLEMS = 10;

/**
 * Reads one mapping in YAML 1.2, or in JSON, which is YAML too. An empty document has no entries.
 *
 * @param name of the file, for messages
 */
export function readDocument(name: string, text: string): DocumentReading {
  const { isMap, isScalar, isSeq } = loadYaml();
  const parsed = parseYaml(name, text);
  if (typeof parsed === 'string') return refused(parsed);
  const { document, lines } = parsed;
  const { contents } = document;
  if (isMap<Node, Node | null>(contents)) return readMapping(name, contents, new Values(document, lines));
  if (contents === null || (isScalar(contents) && contents.value === null)) {
    return { entries: new Map(), problems: [] };
  }
  // Without the text itself: it may be the wrong file, with a key or headers in it.
  const given = isSeq(contents) ? 'a list' : isScalar(contents) ? 'a text' : 'something else';
  const place = placeIn(name, lineOf(contents, lines));
  return refused(problem(place, 'options by their names', given, 'from the file'));
}

function readMapping(name: string, mapping: YAMLMap<Node, Node | null>, values: Values): DocumentReading {
  const { isScalar } = loadYaml();
  const entries = new Map<string, Entry>();
  const problems: string[] = [];
  for (const { key, value } of mapping.items) {
    if (problems.length >= MAX_PROBLEMS) break;
    const line = lineOf(key, values.lines);
    const place = placeIn(name, line);
    if (!isScalar(key) || typeof key.value !== 'string') {
      const given = isScalar(key) ? showGiven(key.value) : 'something else';
      problems.push(problem(place, 'the name of an option', given, 'from the file'));
      continue;
    }
    const earlier = entries.get(key.value);
    if (earlier !== undefined) {
      problems.push(
        `${place}: ${showKey(key.value)}: is already set in line ${earlier.line} (from the file)`,
      );
      continue;
    }
    const read = values.read(value);
    if (read === undefined) problems.push(notYaml(place, 'an alias without an anchor before it'));
    else entries.set(key.value, { ...read, line });
  }
  return { entries, problems };
}

type Value = Pick<Entry, 'value' | 'itemLines'>;

/**
 * The values of a document, with what its aliases stand for. Each node is read once, however many aliases there are:
 * `toJS` looks through the whole document for every one of them.
 */
class Values {
  readonly lines: LineCounter;
  readonly #targets: ReadonlyMap<Alias, Node>;
  readonly #lists = new Map<Node, Value | undefined>();

  constructor(document: Document, lines: LineCounter) {
    this.lines = lines;
    this.#targets = aliasTargets(document);
  }

  /** `undefined` where an alias stands for nothing. */
  read(node: Node | null): Value | undefined {
    const { isSeq } = loadYaml();
    const target = this.#targetOf(node);
    if (target === undefined) return undefined;
    if (!isSeq<Node | null>(target)) return { value: plain(target), itemLines: [] };
    if (!this.#lists.has(target)) this.#lists.set(target, this.#readItems(target.items));
    return this.#lists.get(target);
  }

  #readItems(items: readonly (Node | null)[]): Value | undefined {
    const targets: (Node | null)[] = [];
    for (const item of items) {
      const target = this.#targetOf(item);
      if (target === undefined) return undefined;
      targets.push(target);
    }
    return { value: targets.map(plain), itemLines: items.map((item) => lineOf(item, this.lines)) };
  }

  #targetOf(node: Node | null): Node | null | undefined {
    return loadYaml().isAlias(node) ? this.#targets.get(node) : node;
  }
}

/** A scalar as JSON would have it; of anything else its kind, for a message. */
function plain(node: Node | null): unknown {
  const { isScalar, isSeq } = loadYaml();
  if (node === null) return null;
  if (isScalar(node)) return node.value;
  return isSeq(node) ? [] : {};
}

function refused(reason: string): DocumentReading {
  return { entries: new Map(), problems: [reason] };
}
