import { createRequire } from 'node:module';
import type { Document, LineCounter, Node, YAMLMap } from 'yaml';
import { problem, showGiven, showName } from './options-error.ts';

/** What the document gives one key. */
export interface Entry {
  /** As JSON would have it. */
  readonly value: unknown;
  /** Of the key, from 1. */
  readonly line: number;
  /** Of the items, where it is a list. */
  readonly itemLines: readonly number[];
}

export interface DocumentReading {
  readonly entries: ReadonlyMap<string, Entry>;
  /** What is wrong, whatever the keys mean. One line each. */
  readonly problems: readonly string[];
}

/** Nodes that the aliases of one value stand for. */
const MAX_ALIASED = 100;
/** Past so many problems the rest is not looked at. */
const MAX_PROBLEMS = 10;
const MAX_MISTAKE_LENGTH = 200;

/** Takes tens of milliseconds to load, so only where there is a file. */
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
  const document: Document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    logLevel: 'error',
    // YAML 1.2 whatever a `%YAML` directive says: in 1.1 `off` is a boolean, and an editor reads 1.2.
    schema: 'core',
    // Looked for in `readMapping`, which knows both lines; the library compares every key with every other.
    uniqueKeys: false,
  });
  // Those that follow the first mistake mostly come of it.
  const [mistake] = [...document.errors, ...document.warnings];
  if (mistake !== undefined) {
    const what = mistake.code === 'MULTIPLE_DOCS' ? 'more than one document' : mistake.message;
    return refused(notYaml(placeIn(name, lines.linePos(mistake.pos[0]).line), what));
  }
  const { contents } = document;
  if (isMap<Node, Node | null>(contents)) return readMapping(name, contents, document, lines);
  if (contents === null || (isScalar(contents) && contents.value === null)) {
    return { entries: new Map(), problems: [] };
  }
  const given = isSeq(contents)
    ? 'a list'
    : isScalar(contents)
      ? showGiven(contents.value)
      : 'something else';
  const place = placeIn(name, lineOf(contents, lines));
  return refused(problem(place, 'options by their names', given, 'from the file'));
}

/** `access-log.yaml:3` */
export function placeIn(fileName: string, line: number): string {
  return `${fileName}:${line}`;
}

function readMapping(
  name: string,
  mapping: YAMLMap<Node, Node | null>,
  document: Document,
  lines: LineCounter,
): DocumentReading {
  const { isAlias, isScalar, isSeq } = loadYaml();
  const entries = new Map<string, Entry>();
  const problems: string[] = [];
  for (const { key, value } of mapping.items) {
    if (problems.length >= MAX_PROBLEMS) break;
    const line = lineOf(key, lines);
    const place = placeIn(name, line);
    if (!isScalar(key) || typeof key.value !== 'string') {
      const given = isScalar(key) ? showGiven(key.value) : 'something else';
      problems.push(problem(place, 'the name of an option', given, 'from the file'));
      continue;
    }
    const earlier = entries.get(key.value);
    if (earlier !== undefined) {
      problems.push(
        `${place}: ${showName(key.value)}: is already set in line ${earlier.line} (from the file)`,
      );
      continue;
    }
    try {
      const target = isAlias(value) ? value.resolve(document) : value;
      entries.set(key.value, {
        value: value?.toJS(document, { maxAliasCount: MAX_ALIASED }) ?? null,
        line,
        itemLines: isSeq<Node>(target) ? target.items.map((item) => lineOf(item, lines)) : [],
      });
    } catch (error) {
      // An alias without an anchor, or aliases that multiply.
      problems.push(notYaml(place, error instanceof Error ? error.message : String(error)));
    }
  }
  return { entries, problems };
}

function lineOf(node: Node, lines: LineCounter): number {
  return lines.linePos(node.range?.[0] ?? 0).line;
}

function refused(told: string): DocumentReading {
  return { entries: new Map(), problems: [told] };
}

function notYaml(place: string, mistake: string): string {
  const shown = mistake.replaceAll(/[^\x20-\x7e]+/g, ' ').slice(0, MAX_MISTAKE_LENGTH);
  return `${place}: neither YAML nor JSON: ${shown} (from the file)`;
}
