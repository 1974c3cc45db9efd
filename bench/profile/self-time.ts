import { readFileSync } from 'node:fs';
import type { Profiler } from 'node:inspector';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { inRepo } from '../../test/support/repo-root.ts';

/** A function, and how long it ran itself, without what it called. */
export interface FunctionTime {
  readonly name: string;
  /** File of this package below `src/`, else the name of the package or of the module of Node. */
  readonly module: string;
  readonly place: string;
  micros: number;
}

type RecordTemplate = Profiler.ProfileNode['callFrame'];

export const IDLE = 'idle';
export const OWN_PREFIX = 'this package: ';

/** Adds up what each function of the profile took itself, microseconds. */
export function selfTimes(profile: Profiler.Profile): readonly FunctionTime[] {
  const { nodes, samples = [], timeDeltas = [] } = profile;
  const micros = new Map<number, number>();
  samples.forEach((id, index) => {
    micros.set(id, (micros.get(id) ?? 0) + (timeDeltas[index] ?? 0));
  });
  const functions = new Map<string, FunctionTime>();
  for (const { id, callFrame } of nodes) {
    const own = micros.get(id) ?? 0;
    if (own === 0) continue;
    const { functionName, url, lineNumber } = callFrame;
    const key = `${functionName} ${url} ${lineNumber}`;
    const known = functions.get(key);
    if (known !== undefined) known.micros += own;
    else functions.set(key, { name: functionName || '(anonymous)', ...whereIs(callFrame), micros: own });
  }
  return [...functions.values()].sort((a, b) => b.micros - a.micros);
}

const SPECIAL: ReadonlyMap<string, string> = new Map([
  ['(garbage collector)', 'garbage collection'],
  ['(program)', 'native code'],
  ['(root)', 'native code'],
  ['(idle)', IDLE],
]);
const PACKAGE = /(?:^|.*\/)node_modules\/(?<name>(?:@[^/]+\/)?[^/]+)\//;
const OWN_FILE = /(?:^|\/)(?:dist|src)\/(?<file>(?<room>[^/]+)(?:\/.*)?)\.[jt]s$/;

function whereIs({ functionName, url, lineNumber }: RecordTemplate): Pick<FunctionTime, 'module' | 'place'> {
  const special = SPECIAL.get(functionName);
  if (special !== undefined) return { module: special, place: special };
  if (url === '') return { module: 'native code', place: 'native code' };
  if (url.startsWith('node:')) return { module: url, place: 'Node’s own JavaScript' };
  const isOurs = url.startsWith(OURS);
  const source = isOurs ? (sourceAt(url, lineNumber) ?? url) : url;
  const dependency = PACKAGE.exec(source)?.groups?.name;
  if (dependency !== undefined) return { module: dependency, place: dependency };
  const own = isOurs ? OWN_FILE.exec(source)?.groups : undefined;
  if (own?.file !== undefined) {
    const isInRoom = own.file !== own.room;
    return { module: `${own.file}.ts`, place: OWN_PREFIX + (isInRoom ? `${own.room}/` : `${own.file}.ts`) };
  }
  return { module: 'application', place: 'application' };
}

const OURS = pathToFileURL(inRepo('dist')).href;
/** What a bundler writes before each source file that it puts into one. */
const SOURCE_MARK = /^\/\/ (?<path>\S+\.[cm]?[jt]s)$/;
const marks = new Map<string, readonly { readonly line: number; readonly path: string }[]>();

/** The source file of that line, where the file is a bundle. */
function sourceAt(url: string, lineNumber: number): string | undefined {
  let found = marks.get(url);
  if (found === undefined) {
    const lines = readFileSync(fileURLToPath(url), 'utf8').split('\n');
    found = lines.flatMap((text, line) => {
      const path = SOURCE_MARK.exec(text)?.groups?.path;
      return path === undefined ? [] : [{ line, path }];
    });
    marks.set(url, found);
  }
  return found.findLast(({ line }) => line <= lineNumber)?.path;
}
