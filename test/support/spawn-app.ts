import { type ChildProcess, spawn } from 'node:child_process';
import { Changes } from './changes.ts';
import { deadline, type TestOwner } from './owner.ts';
import { repoRoot } from './repo-root.ts';

export interface SpawnOptions {
  /** Arguments of node: flags, then the script. */
  readonly args: readonly string[];
  /** Added to `cleanEnv()`; `undefined` takes a variable away. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Default: the repository, so that the package finds itself by name. */
  readonly cwd?: string;
  /** The node to run. Default: this one. */
  readonly node?: string;
  /** Opens an IPC channel. Default `false`, since a channel changes how a process ends. */
  readonly ipc?: boolean;
}

interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A node process that is killed when the test ends. */
export interface App {
  readonly child: ChildProcess;
  readonly stdout: string;
  readonly stderr: string;
  /** Settles when the process has ended and its output is complete. */
  readonly exited: Promise<Exit>;
  /**
   * The match in stdout or stderr, or in an IPC message that is a string, as soon as there is one.
   * @throws Error after `timeoutMs` (default 10 s), or when the process has ended without one
   */
  waitFor(pattern: RegExp, timeoutMs?: number): Promise<RegExpExecArray>;
  /** Sends the signal (default SIGTERM) where the process still runs, and waits for the end. @throws after 15 s */
  stop(signal?: NodeJS.Signals): Promise<Exit>;
}

/** Starts a node process. */
export function spawnNode(owner: TestOwner, options: SpawnOptions): App {
  const child = spawn(options.node ?? process.execPath, options.args, {
    cwd: options.cwd ?? repoRoot,
    env: { ...cleanEnv(), ...options.env },
    stdio: ['ignore', 'pipe', 'pipe', ...(options.ipc === true ? ['ipc' as const] : [])],
  });
  const texts = { stdout: '', stderr: '', ipc: '' };
  const changes = new Changes();
  const collect = (stream: keyof typeof texts, text: string): void => {
    texts[stream] += text;
    changes.notify();
  };
  child.stdout?.setEncoding('utf8').on('data', (text: string) => collect('stdout', text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => collect('stderr', text));
  child.on('message', (message) => {
    if (typeof message === 'string') collect('ipc', `${message}\n`);
  });
  let ended = false;
  const exited = new Promise<Exit>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      resolve({ code, signal });
      ended = true;
      changes.notify();
    });
  });
  owner.after(async () => {
    child.kill('SIGKILL');
    await exited;
  });

  const told = (): string => `stdout:\n${texts.stdout}\nstderr:\n${texts.stderr}`;
  const waitFor = (pattern: RegExp, timeoutMs = 10_000): Promise<RegExpExecArray> =>
    changes.until(
      () => {
        const match = pattern.exec(texts.stdout) ?? pattern.exec(texts.stderr) ?? pattern.exec(texts.ipc);
        if (match === null && ended) throw new Error(`${pattern} expected before the end, got\n${told()}`);
        return match ?? undefined;
      },
      timeoutMs,
      () => `${pattern} expected, got\n${told()}`,
    );
  const stop = (signal: NodeJS.Signals = 'SIGTERM'): Promise<Exit> => {
    child.kill(signal);
    return deadline(exited, 15_000, () => `an end by ${signal} expected, got\n${told()}`);
  };
  return {
    child,
    get stdout() {
      return texts.stdout;
    },
    get stderr() {
      return texts.stderr;
    },
    exited,
    waitFor,
    stop,
  };
}

/** Starts an application and waits until it says `listening <port>` (a line, or an IPC message). */
export async function spawnApp(
  owner: TestOwner,
  options: SpawnOptions,
): Promise<App & { readonly port: number }> {
  const app = spawnNode(owner, options);
  const [, port] = await app.waitFor(/^listening (\d+)$/m, 30_000);
  return Object.assign(app, { port: Number(port) });
}

/**
 * This process's environment without what would configure the child: OpenTelemetry, access log, node options, npm,
 * colours, and the mark by which `node --test` makes a child report to it.
 */
export function cleanEnv(): NodeJS.ProcessEnv {
  const foreign = /^(?:OTEL_|ACCESS_LOG_|npm_|NODE_OPTIONS$|NODE_TEST_CONTEXT$|NO_COLOR$|FORCE_COLOR$|CI$)/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !foreign.test(name)));
}
