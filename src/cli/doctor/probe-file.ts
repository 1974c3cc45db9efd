import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ProbeMessage } from './probe/messages.ts';

/** Milliseconds between two looks at the file. Processes anywhere below the application write to it. */
const POLL_MS = 30;

/** The messages of the probes, in a file that only this user can read: variables hold credentials. */
export class ProbeFile {
  readonly #folder = mkdtempSync(join(tmpdir(), 'otel-access-log-'));
  readonly path: string = join(this.#folder, 'probe.jsonl');

  constructor() {
    writeFileSync(this.path, '', { mode: 0o600 });
  }

  /** Everything so far. */
  messages(): ProbeMessage[] {
    const lines = readFileSync(this.path, 'utf8').split('\n');
    // What comes after the last line break is still being written.
    return lines.slice(0, -1).map((line) => JSON.parse(line) as ProbeMessage);
  }

  /** Waits for the first value of `look` that is not `undefined`; `undefined` when the signal is aborted. */
  async until<T>(
    look: (messages: readonly ProbeMessage[]) => T | undefined,
    signal: AbortSignal,
  ): Promise<T | undefined> {
    for (;;) {
      const value = look(this.messages());
      if (value !== undefined || signal.aborted) return value;
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
