import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { LeasePeriods } from '../../../../src/delivery/spool/directory/lease.ts';
import { Changes } from '../../../support/changes.ts';
import type { TestOwner } from '../../../support/owner.ts';
import { cleanEnv } from '../../../support/spawn-app.ts';

const PROGRAM = fileURLToPath(new URL('../fixtures/spool-process.js', import.meta.url));

interface Told {
  readonly event: string;
  readonly result?: unknown;
}

/** A process of its own with a spool directory. It is killed when the test ends. */
export class SpoolProcess {
  readonly child: ChildProcess;
  readonly #told: Told[] = [];
  readonly #changes = new Changes();

  private constructor(child: ChildProcess) {
    this.child = child;
    child.on('message', (message) => {
      this.#told.push(message as Told);
      this.#changes.notify();
    });
  }

  /** @returns the process, and the path of its directory */
  static async start(
    owner: TestOwner,
    directory: string,
    periods: LeasePeriods,
  ): Promise<readonly [SpoolProcess, string]> {
    const child = fork(PROGRAM, [directory, JSON.stringify(periods)], { env: cleanEnv() });
    owner.after(async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGKILL');
      await once(child, 'exit');
    });
    const started = new SpoolProcess(child);
    return [started, (await started.told('open')) as string];
  }

  /** Has the process do something. @returns what came of it */
  ask(command: string): Promise<unknown> {
    this.child.send(command);
    return this.told(command);
  }

  /** The result of the next event of that name. */
  told(event: string): Promise<unknown> {
    return this.#changes
      .until(
        () => {
          const index = this.#told.findIndex((told) => told.event === event);
          return index < 0 ? undefined : this.#told.splice(index, 1)[0];
        },
        20_000,
        () => `${event} expected, got ${JSON.stringify(this.#told)}`,
      )
      .then(({ result }) => result);
  }

  /** How often it was told so far, and not taken by `told`. */
  countOf(event: string): number {
    return this.#told.filter((told) => told.event === event).length;
  }
}
