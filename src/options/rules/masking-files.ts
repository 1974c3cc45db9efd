import { basename } from 'node:path';
import { whyNot } from '../environment.ts';
import { type ReadFile, readRegularFile } from '../file/read-file.ts';
import { collectProblems, OptionsError, showGiven } from '../options-error.ts';
import { showGivenPath } from '../path/shown-path.ts';
import { type OptionName, type ResolvedOptions, variableOf } from '../schema.ts';
import { MAX_RULES_BYTES, parseRulesFile, type RulesFile } from './rules-file.ts';

/** Bytes of a key file at the most: what is longer is something else. */
export const MAX_KEY_FILE_BYTES = 4096;

/** The options that masking is made of. */
export type MaskingOptions = Pick<ResolvedOptions, 'rules' | 'hashKeyFile'>;

/** What the files of masking hold. */
export interface MaskingFiles<Key> {
  /** `undefined` where the options name no rules file. */
  readonly rules: RulesFile | undefined;
  /** `undefined` where the options name no key file. */
  readonly key: Key | undefined;
}

/**
 * Reads the rules file and the key of hashes, where the options name them, synchronously and once.
 *
 * @param parseKey makes a key of the content of its file. The message of its error must not contain any of it.
 * @throws OptionsError with every problem of both files
 */
export function readMaskingFiles<Key>(
  options: MaskingOptions,
  parseKey: (bytes: Uint8Array) => Key,
  readFile: ReadFile = readRegularFile,
): MaskingFiles<Key> {
  const problems: string[] = [];
  const key = collectProblems(() => readKey(options.hashKeyFile, parseKey, readFile), problems);
  const rules = collectProblems(
    () => readRules(options.rules, options.hashKeyFile !== '', readFile),
    problems,
  );
  if (problems.length > 0) throw new OptionsError(problems);
  return { rules, key };
}

/** The name of a rules file as messages have it: without its folder. */
export function rulesFileName(path: string): string {
  const name = basename(path);
  return /^[\w.@+-]{1,64}$/.test(name) ? name : showGiven(name);
}

function readRules(path: string, hasHashKey: boolean, readFile: ReadFile): RulesFile | undefined {
  if (path === '') return undefined;
  const bytes = readBytes('rules', path, MAX_RULES_BYTES, readFile);
  return parseRulesFile(bytes, rulesFileName(path), hasHashKey);
}

function readKey<Key>(
  path: string,
  parseKey: (bytes: Uint8Array) => Key,
  readFile: ReadFile,
): Key | undefined {
  if (path === '') return undefined;
  const bytes = readBytes('hashKeyFile', path, MAX_KEY_FILE_BYTES, readFile);
  try {
    if (bytes.length > MAX_KEY_FILE_BYTES) throw new Error('larger than 4 KiB');
    return parseKey(bytes);
  } catch (error) {
    throw refusal('hashKeyFile', 'a file with a key', path, error);
  }
}

function readBytes(option: OptionName, path: string, maxBytes: number, readFile: ReadFile): Uint8Array {
  try {
    return readFile(path, maxBytes + 1);
  } catch (error) {
    throw refusal(option, 'a file that can be read', path, error);
  }
}

function refusal(option: OptionName, expected: string, path: string, error: unknown): OptionsError {
  const name = `${option} (${variableOf(option)})`;
  return new OptionsError([`${name}: expected ${expected}, got ${showGivenPath(path)} (${whyNot(error)})`]);
}
