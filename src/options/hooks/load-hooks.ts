import { statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, isAbsolute, resolve } from 'node:path';
import { showGiven, showName } from '../options-error.ts';
import { suggest } from '../suggest.ts';
import { type Hooks, hookNames } from './hooks.ts';

/** A module of hooks that cannot be used. The message is for the operator, and may quote what the module threw. */
export class HooksError extends Error {
  override readonly name = 'HooksError';
}

/** What transpilers and Node itself add to the exports of a module. */
const MARKS: ReadonlySet<string> = new Set(['__esModule', 'module.exports']);
/** Unknown exports that are named; further ones are only counted. */
const MAX_NAMED = 3;

/**
 * Loads the module and returns the hooks that it exports: each by its name, or all of them in one object as the default
 * export (`module.exports` of CommonJS). The module runs here, synchronously and with all its side effects.
 *
 * @param path of the file, relative to the working directory
 * @throws HooksError where it cannot be loaded, throws, or exports anything but hooks
 */
export function loadHooks(path: string, directory: string = process.cwd()): Hooks {
  const file = resolve(directory, path);
  checkFile(file, isAbsolute(path) ? undefined : directory);
  const exported = load(file);
  try {
    return Object.freeze(hooksIn(exported, basename(file)));
  } catch (error) {
    if (error instanceof HooksError) throw error;
    // A getter, or a proxy.
    throw new HooksError(reasonOf(error, file));
  }
}

/**
 * A pipe may never end, and Node would wait for it.
 *
 * @param directory that the path is relative to
 */
function checkFile(file: string, directory: string | undefined): void {
  let isFile: boolean;
  try {
    isFile = statSync(file).isFile();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT' && code !== 'ENOTDIR') throw new HooksError(String(code));
    throw new HooksError(`there is no such file${directory === undefined ? '' : ` in ${directory}`}`);
  }
  if (!isFile) throw new HooksError('it is no regular file');
}

function load(file: string): unknown {
  try {
    // From here, not from the file: Node would warn of an ES module that is required outside of `node_modules` (22.12).
    return createRequire(import.meta.url)(file);
  } catch (error) {
    throw new HooksError(reasonOf(error, file));
  }
}

function reasonOf(error: unknown, file: string): string {
  if (!(error instanceof Error)) return `${basename(file)} threw ${showGiven(error)}`;
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ERR_REQUIRE_ASYNC_MODULE') {
    return `${basename(file)}, or a module that it imports, has a top-level await, which no access log waits for`;
  }
  const [what = ''] = `${error.name}: ${error.message}`.split('\n');
  return `${what} (${placeOf(error, file)})`;
}

/** File and line. Node writes the line of a syntax error into the stack, before the message. */
function placeOf({ stack = '' }: Error, file: string): string {
  const name = basename(file);
  const at = stack.indexOf(`${name}:`);
  const line = at === -1 ? undefined : /^\d+/.exec(stack.slice(at + name.length + 1))?.[0];
  return line === undefined ? name : `${name}:${line}`;
}

function hooksIn(exported: unknown, file: string): Hooks {
  const all = entriesOf(exported);
  const byDefault = all.find(([name]) => name === 'default');
  const isWhole = byDefault !== undefined && all.length === 1 && isObject(byDefault[1]);
  const entries = isWhole ? entriesOf(byDefault[1]) : all;
  if (entries.length === 0) throw new HooksError(`${file} exports no hook: ${hookNames.join(', ')}`);
  const known: readonly string[] = hookNames;
  const unknown = entries.filter(([name]) => !known.includes(name)).map(([name]) => name);
  if (unknown.length > 0)
    throw new HooksError(
      `${file} exports ${unknown.slice(0, MAX_NAMED).map(notAHook).join('; ')}${more(unknown)}`,
    );
  for (const [name, value] of entries) {
    if (value !== undefined && typeof value !== 'function') {
      throw new HooksError(`${file}: ${name}: expected a function, got ${showGiven(value)}`);
    }
  }
  return Object.fromEntries(entries);
}

function entriesOf(exported: unknown): (readonly [string, unknown])[] {
  if (!isObject(exported)) return [];
  return Object.entries(exported).filter(([name]) => !MARKS.has(name));
}

/** A function as `module.exports` has no hooks on it. */
function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function notAHook(name: string): string {
  const meant = suggest(name, hookNames);
  return `${showName(name)}, which is no hook${meant === undefined ? '' : ` (did you mean ${meant}?)`}`;
}

function more(unknown: readonly string[]): string {
  return unknown.length > MAX_NAMED ? `; and ${unknown.length - MAX_NAMED} more` : '';
}
