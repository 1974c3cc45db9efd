import {
  type Hooks,
  HooksError,
  loadHooks,
  type ResolvedOptions,
  showGivenPath,
} from '../options/options.ts';
import { ProcessMasking } from './masking-source.ts';

/** Hooks of a module, and why there are none. */
interface Loaded {
  readonly path: string;
  readonly hooks: Hooks;
  /** One line for the operator. */
  readonly problem: string | undefined;
}

const NO_HOOKS: Hooks = Object.freeze({});

/** The module that `ACCESS_LOG_HOOKS` names. It is loaded once, although the options are read more than once. */
export class HooksModule {
  readonly #load: (path: string) => Hooks;
  #loaded: Loaded | undefined;

  constructor(load: (path: string) => Hooks = loadHooks) {
    this.#load = load;
  }

  /**
   * The options with the hooks of the module; where it cannot be used, without hooks.
   *
   * @param onProblem called with one line where it cannot be used, at each call; secrets in it are masked
   */
  withHooks(options: ResolvedOptions, onProblem: (message: string) => void): ResolvedOptions {
    const path = options.hooks;
    if (path === '') return options;
    if (this.#loaded?.path !== path) this.#loaded = this.#tryLoad(path, options);
    const { hooks, problem } = this.#loaded;
    if (problem !== undefined) onProblem(problem);
    return Object.freeze({ ...options, ...hooks });
  }

  #tryLoad(path: string, options: ResolvedOptions): Loaded {
    try {
      return { path, hooks: this.#load(path), problem: undefined };
    } catch (error) {
      const masking = new ProcessMasking(options);
      const reason =
        error instanceof HooksError ? masking.shownText(error.message) : masking.shownError(error);
      const problem = `ACCESS_LOG_HOOKS: no hook is called, since ${showGivenPath(path)} cannot be used: ${reason}`;
      return { path, hooks: NO_HOOKS, problem };
    }
  }
}
