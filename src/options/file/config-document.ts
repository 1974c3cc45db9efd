import { createRequire } from 'node:module';
import type { Alias, Document, LineCounter, Node, YAMLError, YAMLMap } from 'yaml';
import { problem, showGiven, showKey } from '../options-error.ts';

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
const MAX_MISTAKE_LENGTH = 200;

/** Takes tens of milliseconds to load, so it is loaded only where there is a file. */
function loadYaml(): typeof import('yaml') {
  // Bundled into a CommonJS module this has no URL; the package is then looked for beside the bundle.
  return createRequire(import.meta.url ?? __filename)('yaml');
}

/**
 * Reads one mapping in YAML 1.2, or in JSON, which is YAML too. An empty document has no entries.
 *
 * @param name of the file, for messages
 */
export function readDocument(name: string, text: string): DocumentReading {
  const { isMap, isScalar, isSeq, LineCounter, parseDocument } = loadYaml();
  const lines = new LineCounter();
  const document: Document = withoutStackTraces(() =>
    parseDocument(text, {
      lineCounter: lines,
      prettyErrors: false,
      logLevel: 'error',
      // YAML 1.2 even with a `%YAML 1.1` directive: in 1.1 `off` is a boolean, and editors read 1.2.
      schema: 'core',
      // Checked in `readMapping`, which knows both lines. The library compares every key with every other.
      uniqueKeys: false,
    }),
  );
  // Only the first mistake: the others are mostly its consequences.
  const [mistake] = [...document.errors, ...document.warnings];
  if (mistake !== undefined) {
    return refused(notYaml(placeIn(name, lines.linePos(mistake.pos[0]).line), wordsOf(mistake)));
  }
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

/** A hostile file has a mistake in every byte. Each becomes an Error, whose stack trace is most of its cost. */
function withoutStackTraces<T>(work: () => T): T {
  const { stackTraceLimit } = Error;
  // Not by assignment, which throws where intrinsics are frozen.
  Reflect.set(Error, 'stackTraceLimit', 0);
  try {
    return work();
  } finally {
    Reflect.set(Error, 'stackTraceLimit', stackTraceLimit);
  }
}

/** `access-log.yaml:3` */
export function placeIn(fileName: string, line: number): string {
  return `${fileName}:${line}`;
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
  /** The last node with its anchor before it. */
  readonly #targets = new Map<Alias, Node>();
  readonly #lists = new Map<Node, Value | undefined>();

  constructor(document: Document, lines: LineCounter) {
    this.lines = lines;
    const { isAlias, visit } = loadYaml();
    const anchored = new Map<string, Node>();
    visit(document, {
      Node: (_key, node) => {
        if (isAlias(node)) {
          const target = anchored.get(node.source);
          if (target !== undefined) this.#targets.set(node, target);
        } else if (node.anchor !== undefined) anchored.set(node.anchor, node);
      },
    });
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

function lineOf(node: Node | null, lines: LineCounter): number {
  return lines.linePos(node?.range?.[0] ?? 0).line;
}

function refused(reason: string): DocumentReading {
  return { entries: new Map(), problems: [reason] };
}

/** The message of the library without the text of the file. */
function wordsOf({ code, message }: YAMLError): string {
  return WORDS[code] ?? message.split(':', 1)[0] ?? '';
}

const WORDS: Readonly<Partial<Record<YAMLError['code'], string>>> = {
  MULTIPLE_DOCS: 'more than one document',
  // The library has run out of stack.
  RESOURCE_EXHAUSTION: 'nested too deeply',
  TAG_RESOLVE_FAILED: 'a tag that is not known',
  BAD_DIRECTIVE: 'a directive that is not known',
  BAD_DQ_ESCAPE: 'an escape sequence that is not known',
};

function notYaml(place: string, mistake: string): string {
  const shown = mistake.replaceAll(/[^\x20-\x7e]+/g, ' ').slice(0, MAX_MISTAKE_LENGTH);
  return `${place}: neither YAML nor JSON: ${shown} (from the file)`;
}
