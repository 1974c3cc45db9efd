// A server program that a test starts, waits for, and takes down again, whatever becomes of the test.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export interface DaemonSpec {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Where its log goes, `<name>.log`. */
  readonly folder: string;
  /** Answers 200 when it is ready. */
  readonly readyUrl: string;
  /** After this long it is killed. Default 15 s. */
  readonly stopTimeoutMs?: number;
}

/** It did not start because somebody else took one of its ports first. */
class PortTakenError extends Error {}

const READY_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 15_000;
const POLL_MS = 100;

export class Daemon {
  readonly #spec: DaemonSpec;
  #child: ChildProcess | undefined;

  constructor(spec: DaemonSpec) {
    this.#spec = spec;
  }

  get running(): boolean {
    return this.#child !== undefined && isAlive(this.#child);
  }

  /** Everything it has written so far, over all its starts. */
  log(): string {
    return readFileSync(this.#logFile, 'utf8');
  }

  /** Also after `stop`: again with the same ports and folders. */
  async start(): Promise<void> {
    if (this.running) throw new Error(`${this.#spec.name} runs already`);
    const { command, args, env } = this.#spec;
    const output = openSync(this.#logFile, 'a');
    // Nothing of the surroundings but what a program needs to run: no variable may change the configuration.
    const base = { PATH: process.env.PATH, HOME: process.env.HOME };
    const child = spawn(command, args, { env: { ...base, ...env }, stdio: ['ignore', output, output] });
    closeSync(output);
    this.#child = child;
    endWithUs(child);
    await this.#ready(child);
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    const child = this.#child;
    if (!child || !isAlive(child)) return;
    const gone = once(child, 'exit');
    child.kill(signal);
    const overdue = setTimeout(() => child.kill('SIGKILL'), this.#spec.stopTimeoutMs ?? STOP_TIMEOUT_MS);
    await gone;
    clearTimeout(overdue);
  }

  get #logFile(): string {
    return join(this.#spec.folder, `${this.#spec.name}.log`);
  }

  async #ready(child: ChildProcess): Promise<void> {
    let failure: Error | undefined;
    child.once('error', (error) => {
      failure = error;
    });
    const deadline = Date.now() + READY_TIMEOUT_MS;
    let said = 'no answer yet';
    while (Date.now() < deadline) {
      if (failure) throw failure;
      if (!isAlive(child)) throw this.#startFailure(`ended with ${child.exitCode ?? child.signalCode}`);
      try {
        const answer = await fetch(this.#spec.readyUrl, { signal: AbortSignal.timeout(1_000) });
        said = `${answer.status} ${await answer.text()}`;
        if (answer.ok && isAlive(child)) return;
      } catch {
        // Not listening yet; the deadline bounds it.
      }
      await sleep(POLL_MS);
    }
    await this.stop('SIGKILL');
    throw this.#startFailure(`was not ready after ${READY_TIMEOUT_MS / 1000} s (${said.trim()})`);
  }

  #startFailure(what: string): Error {
    const log = this.log();
    const message = `${this.#spec.name} ${what}; the end of its log:\n${log.slice(-4_000)}`;
    return /address already in use/i.test(log) ? new PortTakenError(message) : new Error(message);
  }
}

/** Runs `attempt` with free ports, and again with others where one of them was taken in the meantime. */
export async function withFreePorts<T>(
  count: number,
  attempt: (ports: readonly number[]) => Promise<T>,
): Promise<T> {
  for (let left = 4; ; left--) {
    try {
      return await attempt(await freePorts(count));
    } catch (error) {
      if (!(error instanceof PortTakenError) || left === 0) throw error;
    }
  }
}

async function freePorts(count: number): Promise<number[]> {
  const servers: Server[] = [];
  const ports: number[] = [];
  for (let i = 0; i < count; i++) {
    // All stay open until the last one is chosen, so that no port comes twice.
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    servers.push(server);
    ports.push(address.port);
  }
  for (const server of servers) server.close();
  return ports;
}

const children = new Set<ChildProcess>();
const folders = new Set<string>();
let watching = false;

/** Removed at the end of this process, if it is still there then. */
export function removeAtExit(folder: string): void {
  watchExit();
  folders.add(folder);
}

function endWithUs(child: ChildProcess): void {
  watchExit();
  children.add(child);
  child.once('exit', () => children.delete(child));
}

function watchExit(): void {
  if (watching) return;
  watching = true;
  process.once('exit', () => {
    for (const child of children) child.kill('SIGKILL');
    for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  });
  // A signal ends a process without its 'exit' event unless somebody listens.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(1));
}

function isAlive(child: ChildProcess): boolean {
  return child.pid !== undefined && child.exitCode === null && child.signalCode === null;
}
