import { createRequire } from 'node:module';
import type { Alias, Document, LineCounter, Node, YAMLError } from 'yaml';

/** A document of YAML 1.2, or of JSON, which is YAML too. */
export interface YamlDocument {
  readonly document: Document;
  readonly lines: LineCounter;
}

const MAX_MISTAKE_LENGTH = 200;

/** Takes tens of milliseconds to load, so it is loaded only where there is a file. */
export function loadYaml(): typeof import('yaml') {
  // Bundled into a CommonJS module this has no URL; the package is then looked for beside the bundle.
  return createRequire(import.meta.url ?? __filename)('yaml');
}

/**
 * Parses a text.
 *
 * @param name of the file, for messages
 * @returns the document, or what is wrong with it, on one line
 */
export function parseYaml(name: string, text: string): YamlDocument | string {
  const { LineCounter, parseDocument } = loadYaml();
  const lines = new LineCounter();
  const document: Document = withoutStackTraces(() =>
    parseDocument(text, {
      lineCounter: lines,
      prettyErrors: false,
      logLevel: 'error',
      // YAML 1.2 even with a `%YAML 1.1` directive: in 1.1 `off` is a boolean, and editors read 1.2.
      schema: 'core',
      // Checked by the readers of mappings, which know both lines. The library compares every key with every other.
      uniqueKeys: false,
    }),
  );
  // Only the first mistake: the others are mostly its consequences.
  const [mistake] = [...document.errors, ...document.warnings];
  if (mistake === undefined) return { document, lines };
  return notYaml(placeIn(name, lines.linePos(mistake.pos[0]).line), wordsOf(mistake));
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

/** Line of a node, from 1. */
export function lineOf(node: Node | null, lines: LineCounter): number {
  return lines.linePos(node?.range?.[0] ?? 0).line;
}

/** What each alias stands for: the last node with its anchor before it. Looks through the document once. */
export function aliasTargets(document: Document): ReadonlyMap<Alias, Node> {
  const { isAlias, visit } = loadYaml();
  const anchored = new Map<string, Node>();
  const targets = new Map<Alias, Node>();
  visit(document, {
    Node: (_key, node) => {
      if (isAlias(node)) {
        const target = anchored.get(node.source);
        if (target !== undefined) targets.set(node, target);
      } else if (node.anchor !== undefined) anchored.set(node.anchor, node);
    },
  });
  return targets;
}

/** A message about a document that cannot be read. */
export function notYaml(place: string, mistake: string): string {
  const shown = mistake.replaceAll(/[^\x20-\x7e]+/g, ' ').slice(0, MAX_MISTAKE_LENGTH);
  return `${place}: neither YAML nor JSON: ${shown} (from the file)`;
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
