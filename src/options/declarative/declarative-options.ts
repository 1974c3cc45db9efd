import type { Tree } from '../file/document-tree.ts';
import type { ReadFile } from '../file/read-file.ts';
import { showKey } from '../options-error.ts';
import { suggest } from '../suggest.ts';
import { readDeclarativeFile } from './declarative-file.ts';
import { DeclarativeReader } from './declarative-reader.ts';

/** An option of this package in the file. */
export interface DeclarativeOption {
  /** A text of a variable is still to be read like one of the environment. */
  readonly value: unknown;
  readonly isText: boolean;
  readonly line: number;
  readonly itemLines: readonly number[];
}

export interface DeclarativeOptions {
  readonly path: string;
  /** Of the file, for messages. */
  readonly name: string;
  /** By name in the file. */
  readonly entries: ReadonlyMap<string, DeclarativeOption>;
  readonly problems: readonly string[];
}

/** Where the options stand: below `instrumentation/development` and `js`. */
const SECTION = 'otel_access_log';

/**
 * Reads the options of this package out of declarative configuration.
 *
 * @param known names of options as the file has them
 * @returns `undefined` where `OTEL_CONFIG_FILE` is not set
 */
export function readDeclarativeOptions(
  env: NodeJS.ProcessEnv,
  readFile: ReadFile,
  known: readonly string[],
): DeclarativeOptions | undefined {
  const file = readDeclarativeFile(env, readFile);
  if (file === undefined) return undefined;
  const { path, name, root } = file;
  const reader = new DeclarativeReader(name, false);
  const js = reader.mapping(reader.mapping(root, 'instrumentation/development'), 'js');
  const section = reader.mapping(js, SECTION);
  const entries = new Map<string, DeclarativeOption>();
  for (const [key, tree] of section?.entries ?? []) {
    const option = optionOf(tree);
    if (option === undefined) continue;
    if (known.includes(key)) entries.set(key, option);
    else {
      const meant = suggest(key, known);
      reader.refuse(
        tree.line,
        showKey(key),
        `no such option${meant === undefined ? '' : `, did you mean ${meant}?`}`,
      );
    }
  }
  return { path, name, entries, problems: [...file.problems, ...reader.problems] };
}

/** A null is as good as absent. */
function optionOf(tree: Tree): DeclarativeOption | undefined {
  const { line } = tree;
  switch (tree.kind) {
    case 'scalar':
      if (tree.value === null) return undefined;
      return { value: tree.value, isText: typeof tree.value === 'string', line, itemLines: [] };
    case 'list': {
      const value = tree.items.map((item) => (item.kind === 'scalar' ? item.value : {}));
      return { value, isText: false, line, itemLines: tree.items.map((item) => item.line) };
    }
    case 'mapping':
      return { value: {}, isText: false, line, itemLines: [] };
  }
}
