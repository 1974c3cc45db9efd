import { performance } from 'node:perf_hooks';
import { isDeepStrictEqual } from 'node:util';
import { HooksModule } from './composition/hooks-module.ts';
import type { ObserverOptions } from './http/observation.ts';
import { HttpObserver } from './http/observer.ts';
import { watchForSilence } from './http/silent-runtime.ts';
import { claimProcess } from './http/single-observer.ts';
import { noIds } from './http/trace/trace-context.ts';
import { Threads } from './lifecycle/threads.ts';
import {
  collectProblems,
  declarativeVariables,
  isLineFormat,
  OptionsError,
  type OtelEnvironment,
  type ResolvedOptions,
  readRegularFile,
  resolveOptions,
  resolveOtelEnvironment,
  unknownVariables,
} from './options/options.ts';
import { Pipeline } from './pipeline.ts';
import { Notices } from './telemetry/notices.ts';
import { VERSION } from './version.ts';

/** Variables that decide what the access log does. */
const RELEVANT = /^(?:ACCESS_LOG_|OTEL_)|^NODE_USE_ENV_PROXY$|_proxy$/i;

/** Variables that come before those of the environment: `doctor` points the access log at its own receiver by them. */
const OVERRIDES = Symbol.for('otel-access-log.overrides');

/** What a pipeline is made of. */
interface Settings {
  readonly options: ResolvedOptions;
  readonly environment: OtelEnvironment;
}

/** Until there is a pipeline. */
const NOTHING: ObserverOptions = {
  requestHeaderNames: [],
  keepResponseHead: false,
  idSource: noIds,
  onEnd: () => undefined,
  onError: () => undefined,
};

/**
 * The access log of a process that preloads it, with the options of the environment. A mistake in them is one message;
 * the application starts all the same, without an access log.
 *
 * The environment may be complete only after the preload: PM2's cluster mode copies the variables of its ecosystem file
 * then, and `dotenv` reads its file when the application loads it. So it is read again at the first exchange if one of
 * the variables has changed. What was made of it before is dropped: nothing of it has started.
 */
export class Preload {
  #variables = relevantVariables();
  readonly #threads = new Threads();
  readonly #hooks = new HooksModule();
  #observer: HttpObserver | undefined;
  #pipeline: Pipeline | undefined;
  /** Those of the pipeline. */
  #options: ResolvedOptions | undefined;
  #isOwner = false;
  /** What was written, so that reading the environment again does not repeat them. */
  readonly #written = new Set<string>();
  #notices = new Notices({ nowMs: () => performance.now() });

  /** Starts observing, unless another observer has the process. */
  start(): void {
    this.#compose();
    if (this.#pipeline !== undefined && !this.#claim()) return;
    watchForSilence((message) => {
      if (this.#pipeline !== undefined) this.#notices.warn('runtime', message);
    });
    const options = this.#pipeline?.observerOptions ?? NOTHING;
    this.#observer = new HttpObserver(options, () => this.#optionsAtFirst());
    this.#observer.enable();
  }

  #optionsAtFirst(): ObserverOptions | undefined {
    const variables = relevantVariables();
    if (variables !== this.#variables) {
      this.#variables = variables;
      if (this.#pipeline?.hasBegun === true) this.#keepOrDrop(this.#pipeline);
      else this.#compose();
    }
    return this.#pipeline !== undefined && this.#claim() ? this.#pipeline.observerOptions : undefined;
  }

  /** A pipeline that has begun cannot be made anew: a thread below this one serves already. */
  #keepOrDrop(pipeline: Pipeline): void {
    const before = this.#options;
    this.#pipeline = undefined;
    try {
      const settings = this.#read();
      if (settings === undefined) return;
      const late = 'were set after a worker thread had served';
      // Rather no log of this thread than one that writes what the variables forbid by now.
      if (!isDeepStrictEqual(settings.options, before)) throw new OptionsError([`options ${late}`]);
      this.#pipeline = pipeline;
      this.#warn([`OTEL_… variables ${late}: they do not count`]);
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Claims the process. Writes a notice where it has another observer. */
  #claim(): boolean {
    if (this.#isOwner) return true;
    const first = claimProcess(`otel-access-log/register ${VERSION}`);
    this.#isOwner = first === undefined;
    if (this.#isOwner) this.#threads.watch();
    if (first !== undefined) {
      this.#notices.warn('second', `${first} observes this process already; this copy does nothing`);
    }
    return this.#isOwner;
  }

  #compose(): void {
    this.#pipeline = undefined;
    this.#threads.attach();
    try {
      const settings = this.#read();
      if (settings === undefined) return;
      const { options, environment } = settings;
      this.#options = options;
      this.#pipeline = new Pipeline(options, environment, this.#notices, this.#threads, () => this.#observer);
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    this.#complain('start', `no access log: ${textOf(error)}`);
  }

  #complain(kind: string, message: string): void {
    if (this.#written.has(message)) return;
    this.#written.add(message);
    this.#notices.error(`${kind}.${this.#written.size}`, message);
  }

  /** @returns `undefined` where the environment asks for no access log */
  #read(): Settings | undefined {
    const env = environmentNow();
    const problems: string[] = [];
    const options = collectProblems(() => resolveOptions({}, env), problems);
    if (options?.enabled === false) return undefined;
    const environment = collectProblems(() => resolveOtelEnvironment(env), problems);
    if (environment !== undefined) {
      this.#notices = new Notices({ nowMs: () => performance.now(), level: environment.logLevel });
      if (environment.sdkDisabled) return undefined;
    }
    const { warnings = [], sdkWarnings = [] } = environment ?? {};
    this.#warn([...unknownVariables(env), ...warnings, ...(options?.pipeline === 'sdk' ? sdkWarnings : [])]);
    // A file that both are read from is wrong only once.
    if (options === undefined || environment === undefined) throw new OptionsError([...new Set(problems)]);
    if (environment.logsExporter === 'none' && !isLineFormat(options.stdout)) {
      if (environment.missing === undefined) return undefined;
      throw new OptionsError([environment.missing]);
    }
    const withHooks = this.#hooks.withHooks(options, (message) => this.#complain('hooks', message));
    return { options: withHooks, environment: redirected(environment, env) };
  }

  #warn(warnings: readonly string[]): void {
    for (const warning of warnings) {
      if (this.#written.has(warning)) continue;
      this.#written.add(warning);
      this.#notices.warn(`environment.${this.#written.size}`, warning);
    }
  }
}

/** The overrides hold for declarative configuration too, which knows no variables. */
function redirected(environment: OtelEnvironment, env: NodeJS.ProcessEnv): OtelEnvironment {
  if (!Reflect.has(globalThis, OVERRIDES) || environment.configFile === undefined) return environment;
  const { otlp, batch } = resolveOtelEnvironment({ ...env, OTEL_CONFIG_FILE: undefined });
  return { ...environment, otlp, batch };
}

function environmentNow(): NodeJS.ProcessEnv {
  return { ...process.env, ...Reflect.get(globalThis, OVERRIDES) };
}

function relevantVariables(): string {
  const env = environmentNow();
  const named = declarativeVariables(env, readRegularFile);
  const set = Object.entries(env).filter(([name]) => RELEVANT.test(name) || named.has(name));
  return JSON.stringify(set.sort());
}

function textOf(error: unknown): string {
  if (error instanceof OptionsError) return error.problems.join('; ');
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
