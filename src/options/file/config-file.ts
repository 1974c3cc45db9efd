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

/** Bytes of a file: room for all options with a thousand rules. The YAML parser takes up to 10 µs per hostile byte. */
const MAX_BYTES = 64 * 1024;

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'which does not exist',
  ENOTDIR: 'which does not exist',
  EACCES: 'which may not be read',
  ENOTREG: 'which is no regular file',
};

/** Reads a configuration file of at most 64 KiB. Never throws: mistakes are in `problems`. */
export function readConfigFile(path: string, readFile: ReadFile): ConfigFile {
  const name = /^[\w.@+-]{1,64}$/.test(basename(path)) ? basename(path) : showGiven(basename(path));
  const refused = (expected: string, given: string): ConfigFile => {
    const refusal = problem(
      configVariable.name,
      expected,
      `${showGivenPath(path)}${given}`,
      'from the environment',
    );
    return { path, name, entries: new Map(), problems: [refusal] };
  };
  let bytes: Uint8Array;
  try {
    bytes = readFile(path, MAX_BYTES + 1);
  } catch (error) {
    return refused('a file that can be read', `, ${reason(error)}`);
  }
  if (bytes.length > MAX_BYTES) return refused('a file of at most 64 KiB', ', which is larger');
  if (!isUtf8(bytes)) return refused('a file in UTF-8', ', which is not');
  return { path, name, ...readDocument(name, new TextDecoder().decode(bytes)) };
}

function reason(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'for an unknown reason';
  return REASONS[code] ?? code;
}
