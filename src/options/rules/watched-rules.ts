import { whyNot } from '../environment.ts';
import { Polling } from '../file/polling.ts';
import { type ReadFile, readRegularFile } from '../file/read-file.ts';
import { WatchedFiles, type WatchedFilesListener } from '../file/watched-files.ts';
import { OptionsError } from '../options-error.ts';
import {
  MAX_KEY_FILE_BYTES,
  type MaskingFiles,
  type MaskingOptions,
  readMaskingFiles,
  rulesFileName,
} from './masking-files.ts';
import { MAX_RULES_BYTES, parseRulesFile, type RulesFile } from './rules-file.ts';
import { type RuntimeSettings, showRuntime } from './runtime-settings.ts';

/** Why a file is not used. */
export interface RulesRefusal {
  /** Code of the system's error, or `invalid`. */
  readonly errorType: string;
  /** File and lines, without any of its content; of bounded length. */
  readonly problem: string;
  /** For the operator: each problem in words, with what was written there. */
  readonly message: string;
}

/** Called when other rules come into force, or cannot. */
export interface RulesListener {
  /** Called before other rules or another key come into force: what has ended by now belongs to those of before. */
  onChanging(): void;
  /** @param hasRecovered whether a file can be used again that could not be */
  onChanged(hasRecovered: boolean): void;
  /** Called once for each reason. */
  onRefused(refusal: RulesRefusal): void;
  /** Called with an internal error, and with what the other methods throw. */
  onError(error: unknown): void;
}

/** Which rules are in force, as events say it. */
interface RulesStatus {
  readonly hash: string | undefined;
  readonly keyId: string | undefined;
  readonly isStale: boolean;
  readonly runtime: readonly string[];
}

/** A key of hashes, by the name that stands before each of them. */
interface NamedKey {
  readonly id: string;
}

interface WatchedRulesOptions<Key, T> {
  readonly options: MaskingOptions;
  /** Makes a key of the content of its file. The message of its error must not contain any of it. */
  readonly parseKey: (bytes: Uint8Array) => Key;
  /** Makes of both files what takes effect as one. */
  readonly compile: (files: MaskingFiles<Key>) => T;
  /** Milliseconds between two checks. Default 5,000. */
  readonly pollMs?: number | undefined;
  /** Waits between two readings that must be the same. Default: 20 ms. */
  readonly settle?: (() => Promise<unknown>) | undefined;
  /** Reads a file at the start, synchronously. */
  readonly readFile?: ReadFile | undefined;
}

const NO_SETTINGS: RuntimeSettings = Object.freeze({});
/** Lines that an event names; further ones are only counted. */
const MAX_LINES = 5;

/**
 * What the rules file and the key of hashes say, read again when they change. While one of them is missing, empty or
 * cannot be used, the last rules and the last key stay in force.
 */
export class WatchedRules<Key extends NamedKey, T> {
  readonly #options: WatchedRulesOptions<Key, T>;
  readonly #polling: Polling;
  readonly #rules: WatchedFiles<RulesFile> | undefined;
  readonly #key: WatchedFiles<Key> | undefined;
  #listener: RulesListener | undefined;
  #files: MaskingFiles<Key>;
  #current: T;
  #runtime: readonly string[];
  #hasRecovered = false;
  /** Whether files that can be used each could not be compiled. */
  #isRefused = false;

  /**
   * Reads the files that the options name, synchronously.
   *
   * @throws OptionsError with every problem of both
   */
  constructor(options: WatchedRulesOptions<Key, T>) {
    const { parseKey, compile, pollMs, settle, readFile = readRegularFile } = options;
    const { rules, hashKeyFile } = options.options;
    const contents = new Map<string, Uint8Array>();
    const files = readMaskingFiles(options.options, parseKey, (path, maxBytes) => {
      const bytes = readFile(path, maxBytes);
      contents.set(path, bytes);
      return bytes;
    });
    this.#options = options;
    this.#files = files;
    this.#current = compile(files);
    this.#runtime = showRuntime(this.runtime);
    this.#polling = new Polling(() => this.#look(), pollMs);
    if (files.rules !== undefined) {
      const name = rulesFileName(rules);
      const hasHashKey = hashKeyFile !== '';
      this.#rules = new WatchedFiles({
        paths: [rules],
        maxBytes: MAX_RULES_BYTES,
        parse: ([bytes = new Uint8Array()]) => parseRulesFile(bytes, name, hasHashKey),
        initial: { value: files.rules, contents: [contents.get(rules)] },
        listener: this.#listenTo(name),
        settle,
      });
    }
    if (files.key !== undefined) {
      this.#key = new WatchedFiles({
        paths: [hashKeyFile],
        maxBytes: MAX_KEY_FILE_BYTES,
        parse: ([bytes = new Uint8Array()]) => parseKey(bytes),
        initial: { value: files.key, contents: [contents.get(hashKeyFile)] },
        listener: this.#listenTo('the key of hashes'),
        settle,
      });
    }
  }

  /** What is in force. Another object when something else is. */
  get current(): T {
    return this.#current;
  }

  /** The files that are in force. */
  get files(): MaskingFiles<Key> {
    return this.#files;
  }

  /** Settings of the rules file, which win over all others. */
  get runtime(): RuntimeSettings {
    return this.#files.rules?.runtime ?? NO_SETTINGS;
  }

  /** Whether the options name a file. */
  get hasFiles(): boolean {
    return this.#rules !== undefined || this.#key !== undefined;
  }

  /** Stale: a file cannot be used now, so that it says something else than what is in force. */
  get status(): RulesStatus {
    const { rules, key } = this.#files;
    return {
      hash: rules?.hash,
      keyId: key?.id,
      isStale: this.#isRefused || this.#rules?.trouble !== undefined || this.#key?.trouble !== undefined,
      runtime: this.#runtime,
    };
  }

  /** Whether the files are checked regularly. */
  get isStarted(): boolean {
    return this.#listener !== undefined;
  }

  /** Checks the files now, and regularly from now on until {@link stop}. */
  start(listener: RulesListener): void {
    if (this.isStarted || !this.hasFiles) return;
    this.#listener = listener;
    this.#polling.start();
    void this.refresh();
  }

  /** Checks the files now. Never rejects. */
  refresh(): Promise<void> {
    return this.#polling.now();
  }

  stop(): void {
    this.#polling.stop();
    this.#listener = undefined;
  }

  async #look(): Promise<void> {
    const looked = await Promise.all([this.#rules?.look(), this.#key?.look()]);
    if (looked.includes(true)) this.#change();
  }

  #change(): void {
    const files = { rules: this.#rules?.value, key: this.#key?.value };
    const hasRecovered = this.#hasRecovered || this.#isRefused;
    this.#hasRecovered = false;
    let next: T;
    try {
      next = this.#options.compile(files);
    } catch (error) {
      this.#isRefused = true;
      this.#tell((listener) => listener.onRefused(refusalOf('the rules', error)));
      return;
    }
    this.#isRefused = false;
    this.#tell((listener) => listener.onChanging());
    this.#current = next;
    this.#files = files;
    this.#runtime = showRuntime(this.runtime);
    this.#tell((listener) => listener.onChanged(hasRecovered));
  }

  #listenTo(name: string): WatchedFilesListener {
    return {
      onTrouble: (error) => this.#tell((listener) => listener.onRefused(refusalOf(name, error))),
      onRecovered: () => {
        this.#hasRecovered = true;
      },
    };
  }

  #tell(tell: (listener: RulesListener) => void): void {
    const listener = this.#listener;
    if (listener === undefined) return;
    try {
      tell(listener);
    } catch (error) {
      listener.onError(error);
    }
  }
}

function refusalOf(name: string, error: unknown): RulesRefusal {
  if (error instanceof OptionsError) {
    return {
      errorType: 'invalid',
      problem: `${name}: ${showPlaces(error.problems)}`,
      message: error.problems.join('; '),
    };
  }
  const errorType = error instanceof Error && 'code' in error ? String(error.code) : 'invalid';
  const problem = `${name}: ${whyNot(error)}`;
  return { errorType, problem, message: problem };
}

/** `3 problems, in lines 2, 7`: a message may have what is written there, which may be the text of another file. */
function showPlaces(problems: readonly string[]): string {
  const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
  const lines = [...new Set(problems.flatMap((text) => /^[^:]*:(\d+): /.exec(text)?.[1] ?? []))];
  if (lines.length === 0) return count;
  const more = lines.length > MAX_LINES ? ` and ${lines.length - MAX_LINES} more` : '';
  const shown = lines.slice(0, MAX_LINES).join(', ');
  return `${count}, in ${lines.length === 1 ? 'line' : 'lines'} ${shown}${more}`;
}
