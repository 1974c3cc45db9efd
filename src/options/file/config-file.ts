import { isUtf8 } from 'node:buffer';
import { basename } from 'node:path';
import { problem, showGiven } from '../options-error.ts';
import { showGivenPath } from '../path/shown-path.ts';
import { configVariable } from '../schema.ts';
import { type DocumentReading, readDocument } from './config-document.ts';
import type { ReadFile } from './read-file.ts';

export interface ConfigFile extends DocumentReading {
  /** As it was given. */
  readonly path: string;
  /** As messages name it: without its folder. */
  readonly name: string;
}

/** Room for all options with a thousand rules. The YAML parser takes up to 10 µs per hostile byte. */
const MAX_KIB = 64;

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'which does not exist',
  ENOTDIR: 'which does not exist',
  EACCES: 'which may not be read',
  ENOTREG: 'which is no regular file',
};

/** Reads a configuration file of at most 64 KiB. Never throws: mistakes are in `problems`. */
export function readConfigFile(path: string, readFile: ReadFile): ConfigFile {
  const { name, text, refusal } = readTextFile(configVariable.name, path, MAX_KIB, readFile);
  if (text === undefined) return { path, name, entries: new Map(), problems: [refusal] };
  return { path, name, ...readDocument(name, text) };
}

type TextFile = {
  /** As messages name it: without its folder. */
  readonly name: string;
} & (
  | { readonly text: string; readonly refusal?: undefined }
  /** Why it cannot be read. */
  | { readonly text?: undefined; readonly refusal: string }
);

/**
 * Reads a file of text in UTF-8. Never throws.
 *
 * @param variable that names the file, for messages
 */
export function readTextFile(variable: string, path: string, maxKib: number, readFile: ReadFile): TextFile {
  const name = /^[\w.@+-]{1,64}$/.test(basename(path)) ? basename(path) : showGiven(basename(path));
  const refused = (expected: string, given: string): TextFile => {
    const shown = `${showGivenPath(path)}${given}`;
    return { name, refusal: problem(variable, expected, shown, 'from the environment') };
  };
  const maxBytes = maxKib * 1024;
  let bytes: Uint8Array;
  try {
    bytes = readFile(path, maxBytes + 1);
  } catch (error) {
    return refused('a file that can be read', `, ${reason(error)}`);
  }
  if (bytes.length > maxBytes) return refused(`a file of at most ${maxKib} KiB`, ', which is larger');
  if (!isUtf8(bytes)) return refused('a file in UTF-8', ', which is not');
  return { name, text: new TextDecoder().decode(bytes) };
}

function reason(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'for an unknown reason';
  return REASONS[code] ?? code;
}
