import { readTextFile } from '../file/config-file.ts';
import { type MappingTree, readTree, type TreeReading } from '../file/document-tree.ts';
import type { ReadFile } from '../file/read-file.ts';
import { DeclarativeReader } from './declarative-reader.ts';
import { Substitution } from './substitution.ts';

/** Names the file of declarative configuration (specification, configuration/sdk-environment-variables.md). */
export const DECLARATIVE_VARIABLE = 'OTEL_CONFIG_FILE';

/** A file of OpenTelemetry's declarative configuration, with environment variables put in. */
export interface DeclarativeFile {
  /** As it was given. */
  readonly path: string;
  /** As messages name it: without its folder. */
  readonly name: string;
  /** `undefined` where the file cannot be used. */
  readonly root: MappingTree | undefined;
  /** Whether its version is a later one of those that are known here. */
  readonly isNewer: boolean;
  /** The environment variables that it refers to. */
  readonly variables: ReadonlySet<string>;
  /** What is wrong with the file as a whole, one line each. */
  readonly problems: readonly string[];
  readonly warnings: readonly string[];
}

/** The SDK's own examples have 20 KiB with their comments. */
const MAX_KIB = 256;

/** Settings of views and composite samplers are the deepest. */
const MAX_DEPTH = 64;

/** The versions of the data model that are known: 1.0 with its release candidates, 1.1. */
const MAJOR = 1;
const MINOR = 1;

// biome-ignore lint/suspicious/noTemplateCurlyInString: the syntax of the file
const REFERENCES = '${NAME} or ${NAME:-default}';

/** The file is asked for several times at the start, and parsing takes milliseconds. */
let last: { readonly name: string; readonly text: string; readonly reading: TreeReading } | undefined;

/**
 * Reads the file that `OTEL_CONFIG_FILE` names. Never throws: mistakes are in `problems`.
 *
 * @returns `undefined` where the variable is not set
 */
export function readDeclarativeFile(env: NodeJS.ProcessEnv, readFile: ReadFile): DeclarativeFile | undefined {
  const path = env[DECLARATIVE_VARIABLE]?.trim();
  if (!path) return undefined;
  const { name, text, refusal } = readTextFile(DECLARATIVE_VARIABLE, path, MAX_KIB, readFile);
  const unusable = {
    path,
    name,
    root: undefined,
    isNewer: false,
    variables: new Set<string>(),
    warnings: [],
  };
  if (text === undefined) return { ...unusable, problems: [refusal] };
  if (last?.text !== text || last.name !== name)
    last = { name, text, reading: readTree(name, text, MAX_DEPTH) };
  const { tree, problems } = last.reading;
  if (tree === undefined || problems.length > 0) return { ...unusable, problems };
  const reader = new DeclarativeReader(name, false);
  const substitution = new Substitution(env, (line) =>
    reader.expected(line, 'substitution', REFERENCES, 'something else'),
  );
  const root = reader.asMapping(substitution.apply(tree), 'file_format');
  const isNewer = root !== undefined && checkVersion(reader, root);
  const variables = substitution.names;
  if (reader.problems.length > 0) return { ...unusable, variables, problems: reader.problems };
  return { path, name, root, isNewer, variables, problems: [], warnings: reader.warnings };
}

/** Environment variables that the file refers to. Those of a file that cannot be used are not known. */
export function declarativeVariables(env: NodeJS.ProcessEnv, readFile: ReadFile): ReadonlySet<string> {
  return readDeclarativeFile(env, readFile)?.variables ?? new Set();
}

/**
 * Another major version may mean other things by the same names, so it is refused; a later minor version only adds some
 * (VERSIONING.md of opentelemetry-configuration).
 *
 * @returns whether the version is a later one
 */
function checkVersion(reader: DeclarativeReader, root: MappingTree): boolean {
  const key = 'file_format';
  const expected = `a version ${MAJOR}.x as a text, such as "1.0"`;
  const given = root.entries.get(key);
  if (given === undefined || (given.kind === 'scalar' && given.value === null)) {
    reader.expected(root.line, key, expected, 'nothing');
    return false;
  }
  // The SDK refuses a number too: 1.10 would be 1.1.
  const version = reader.text(root, key);
  if (version === undefined) return false;
  const [, major, minor = '0'] = /^(\d{1,3})(?:\.(\d{1,3}))?(?:-[\w.-]{1,32})?$/.exec(version.text) ?? [];
  if (Number(major) !== MAJOR) {
    reader.expected(given.line, key, expected, JSON.stringify(version.text.slice(0, 20)));
    return false;
  }
  if (Number(minor) <= MINOR) return false;
  reader.warn(
    given.line,
    key,
    `newer than ${MAJOR}.${MINOR}, which is known here; what it adds may be ignored`,
  );
  return true;
}
