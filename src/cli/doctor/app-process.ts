import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { OwnNotices } from './own-notices.ts';
import { PROBE_VARIABLE, type ProbeTask } from './probe/messages.ts';

/** Characters of output that are kept. */
const OUTPUT_LENGTH = 4000;

/** Milliseconds that an application has to end after SIGTERM: its own, and those of the last flush. */
const END_MS = 6000;

interface End {
  readonly code: number | null;
  readonly signal: string | null;
}

/** The application under the doctor, with the preload and the probe in it and in its Node children. */
export class AppProcess {
  readonly #child: ChildProcess;
  readonly #ended = new AbortController();
  /** Settles when it has ended, or could not be started. */
  readonly ended: Promise<End>;
  end: End | undefined;
  /** Why it could not be started. */
  startError: string | undefined;
  #output = '';
  readonly #notices = new OwnNotices();

  constructor(command: readonly string[], env: NodeJS.ProcessEnv, task: ProbeTask) {
    const [file = '', ...args] = command;
    this.#child = spawn(file === 'node' ? process.execPath : file, args, {
      env: { ...env, NODE_OPTIONS: nodeOptions(env.NODE_OPTIONS), [PROBE_VARIABLE]: JSON.stringify(task) },
      stdio: ['ignore', 'pipe', 'pipe'],
      shell: process.platform === 'win32' && file !== 'node',
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.#output = (this.#output + text).slice(-OUTPUT_LENGTH);
      });
    }
    this.#child.stderr?.on('data', (text: string) => this.#notices.add(text));
    this.ended = new Promise((resolve) => {
      const settle = (end: End): void => {
        this.end = end;
        this.#ended.abort();
        resolve(end);
      };
      this.#child.once('error', (error) => {
        this.startError = error.message;
        settle({ code: null, signal: null });
      });
      // `close` and not `exit`: then its output is whole. A grandchild that lives on may hold the pipes open.
      this.#child.once('close', (code, signal) => settle({ code, signal }));
      this.#child.once('exit', (code, signal) => {
        setTimeout(() => settle({ code, signal }), 500).unref();
      });
    });
  }

  /** Aborted when it has ended. */
  get endSignal(): AbortSignal {
    return this.#ended.signal;
  }

  /** The last that it wrote. */
  get output(): string {
    return this.#output;
  }

  /** What its access log said on standard error, without the beginning of the lines. */
  get notices(): readonly string[] {
    return this.#notices.lines;
  }

  /** SIGTERM, and SIGKILL for what does not mind it: the process, and those of its children that reported. */
  async stop(pids: readonly number[]): Promise<void> {
    const all = new Set([this.#child.pid, ...pids].filter((pid) => pid !== undefined));
    for (const pid of all) signalTo(pid, 'SIGTERM');
    const timer = setTimeout(() => {
      for (const pid of all) signalTo(pid, 'SIGKILL');
    }, END_MS);
    await this.ended;
    clearTimeout(timer);
  }

  /** For a doctor that is interrupted itself. */
  kill(): void {
    if (this.end === undefined) this.#child.kill('SIGKILL');
  }
}

function signalTo(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended.
  }
}

/** The probe first, so that nothing comes before it. */
function nodeOptions(given: string | undefined): string {
  const probe = fileURLToPath(new URL('./probe/preload.cjs', import.meta.url));
  const quoted = `"${probe.replaceAll(/["\\]/g, '\\$&')}"`;
  return `--require ${quoted} ${given ?? ''}`.trimEnd();
}
