import { performance } from 'node:perf_hooks';
import { NO_RULES, type ResolvedOptions, type RuntimeSettings, WatchedRules } from '../options/options.ts';
import { type CompiledMasking, compileMasking } from '../record/masking/compile-masking.ts';
import { HashKey } from '../record/masking/hash-key.ts';
import type { MaskingSource } from '../record/masking/masking.ts';
import { MaskingCounts } from '../record/masking/masking-counts.ts';
import { TimeBudget } from '../record/masking/time-budget.ts';
import { UnmatchedRules } from '../record/masking/unmatched-rules.ts';
import type { RulesAnnouncer } from '../sampling/events/rules-announcer.ts';
import { lineOfCaught } from '../telemetry/caught.ts';
import type { RulesReport, RulesStatus } from '../telemetry/rules-status.ts';

/** https://opentelemetry.io/docs/specs/semconv/exceptions/ */
const EXCEPTION_MESSAGE = 'exception.message';

/** The masking of a process. Rules file and key of hashes are read again when they change, once it has started. */
export class ProcessMasking implements MaskingSource {
  readonly counts: MaskingCounts = new MaskingCounts();
  readonly #watched: WatchedRules<HashKey, CompiledMasking>;
  readonly #unmatched = new UnmatchedRules((rule) => this.counts.hitsOf(rule));

  /**
   * Reads the rules file and the key of hashes, where the options name them, synchronously.
   *
   * @param pollMs milliseconds between two checks of the files. Default 5,000.
   * @throws OptionsError with every problem of the two files
   */
  constructor(options: ResolvedOptions, pollMs?: number) {
    const { detect } = options;
    const { counts } = this;
    const budget = new TimeBudget(() => performance.now());
    this.#watched = new WatchedRules({
      options,
      parseKey: (bytes) => HashKey.of(bytes),
      compile: ({ rules, key }) =>
        compileMasking({ rules: rules?.masking ?? NO_RULES, detect, key, counts, budget }),
      pollMs,
    });
  }

  get current(): CompiledMasking {
    return this.#watched.current;
  }

  /** An error on one line, masked as a record is: that of an application may quote its request. */
  shownError(error: unknown): string {
    return this.shownText(lineOfCaught(error));
  }

  /** The message of an error, masked as a record is. */
  shownText(message: string): string {
    return this.current.text(EXCEPTION_MESSAGE, message) ?? '';
  }

  /** Settings of the rules file, which win over all others. */
  get runtime(): RuntimeSettings {
    return this.#watched.runtime;
  }

  get status(): RulesStatus {
    return this.#watched.status;
  }

  /** For the heartbeat; `undefined` where the options name no file. */
  report(): RulesReport | undefined {
    if (!this.#watched.hasFiles) return undefined;
    return { ...this.status, unmatched: this.#unmatched.at(performance.now()) };
  }

  /** Reports the rules in force, and watches the files from now on. Without files it starts nothing. */
  start(notes: RulesAnnouncer): void {
    if (!this.#watched.hasFiles || this.#watched.isStarted) return;
    this.#count();
    notes.onStarted();
    this.#watched.start({
      onChanging: () => notes.onChanging(),
      onChanged: (hasRecovered) => {
        this.#count();
        notes.onChanged(hasRecovered);
      },
      onRefused: (refusal) => notes.onRefused(refusal),
      onError: (error) => notes.onError(error),
    });
  }

  stop(): void {
    this.#watched.stop();
  }

  /** Of the rules in force those that the file names: the detectors that are on by default may find nothing for long. */
  #count(): void {
    const { rules } = this.current;
    const detectors = new Set<string>(this.#watched.files.rules?.masking.detect.keys());
    this.counts.keep(rules);
    const ofFile = rules.filter((name) => name.includes('.') || detectors.has(name));
    this.#unmatched.set(ofFile, performance.now());
  }
}
