import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { deadline } from '../../test/support/owner.ts';
import { repoRoot } from '../../test/support/repo-root.ts';
import { cleanEnv } from '../../test/support/spawn-app.ts';
import { type Answer, READY } from '../processes/protocol.ts';

const PATIENCE_MS = 30_000;

export interface ChildOptions {
  /** What to put before the command: the core to run on. */
  readonly cores: readonly string[];
  readonly nodeArgs?: readonly string[];
  readonly script: URL;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** A node process of the benchmark that answers questions; it listens on `port`. */
export class Child<Answers> {
  readonly port: number;
  readonly #process: ChildProcess;
  readonly #stderr: () => string;

  private constructor(process: ChildProcess, port: number, stderr: () => string) {
    this.#process = process;
    this.port = port;
    this.#stderr = stderr;
  }

  /** @throws Error where it ends, or says nothing for 30 s, before it listens */
  static async start<Answers>(options: ChildOptions): Promise<Child<Answers>> {
    const { cores, nodeArgs = [], script, args = [], env = {} } = options;
    const [command = process.execPath, ...rest] = [...cores, process.execPath];
    const child = spawn(command, [...rest, ...nodeArgs, fileURLToPath(script), ...args], {
      cwd: repoRoot,
      env: { ...cleanEnv(), ...env },
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    let stderr = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    const port = await answerOf(child, READY, () => stderr);
    return new Child<Answers>(child, Number(port), () => stderr);
  }

  /** What it has written to standard error. */
  get stderr(): string {
    return this.#stderr();
  }

  /** @throws Error where it ends, or says nothing for 30 s, instead of answering */
  async ask<Question extends keyof Answers & string>(question: Question): Promise<Answers[Question]> {
    this.#process.send(question);
    return (await answerOf(this.#process, question, this.#stderr)) as Answers[Question];
  }

  /** Sends SIGTERM and waits for the end. */
  async stop(): Promise<void> {
    const ended = once(this.#process, 'close');
    this.#process.kill();
    await deadline(ended, PATIENCE_MS, () => `an end by SIGTERM expected\n${this.stderr}`);
  }
}

function answerOf(child: ChildProcess, question: string, stderr: () => string): Promise<unknown> {
  const answer = new Promise((resolve, reject) => {
    const settle = (act: () => void): void => {
      child.off('message', onMessage).off('exit', onExit).off('error', reject);
      act();
    };
    const onMessage = (message: Answer): void => {
      if (message.question === question) settle(() => resolve(message.answer));
    };
    const onExit = (): void => {
      settle(() => reject(new Error(`a process ended instead of answering \`${question}\`\n${stderr()}`)));
    };
    child.on('message', onMessage).on('exit', onExit).on('error', reject);
  });
  return deadline(answer, PATIENCE_MS, () => `an answer to \`${question}\` expected\n${stderr()}`);
}
