import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { TestOwner } from './owner.ts';
import { repoRoot } from './repo-root.ts';
import { cleanEnv } from './spawn-app.ts';

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

/** A program in a real terminal. */
export interface Terminal {
  /** What is on the screen now, without what is empty at the ends of lines and below the last one. */
  screen(): string;
  /** Names of tmux (`Enter`, `Escape`, `Up`, `C-l`), or texts. */
  press(...keys: readonly string[]): void;
  resize(size: Size): void;
  /** The screen as soon as it is as wanted. A terminal tells nobody of its changes, so it is looked at again and again. */
  waitFor(isWanted: RegExp | ((screen: string) => boolean)): Promise<string>;
  /** Waits until nothing changes any more for as long as two drawings take. */
  settled(): Promise<string>;
}

/** Starts a command line of a shell in a terminal of its own, in a server of its own that ends with the test. */
export function startInTerminal(owner: TestOwner, command: string, { columns, rows }: Size): Terminal {
  const folder = mkdtempSync(join(tmpdir(), 'tmux-'));
  const tmux = (...args: readonly string[]): string =>
    execFileSync('tmux', ['-f', '/dev/null', '-S', join(folder, 'socket'), ...args], {
      encoding: 'utf8',
      cwd: repoRoot,
      env: { ...cleanEnv(), TERM: 'xterm-256color', LC_ALL: 'C.UTF-8' },
    });
  const size = ['-x', String(columns), '-y', String(rows)];
  // The shell stays when the command has ended, so that what it leaves can be seen.
  tmux('new-session', '-d', ...size, `${command}; echo "exit code $?"; exec cat > /dev/null`);
  owner.after(async () => {
    tmux('kill-server');
    rmSync(folder, { recursive: true });
  });
  const screen = (): string => tmux('capture-pane', '-p').trimEnd();
  const waitFor: Terminal['waitFor'] = async (isWanted) => {
    const isThere = typeof isWanted === 'function' ? isWanted : (shown: string) => isWanted.test(shown);
    const end = Date.now() + 10_000;
    for (;;) {
      const shown = screen();
      if (isThere(shown)) return shown;
      if (Date.now() > end) throw new Error(`${isWanted} expected, got\n${shown}`);
      await setTimeout(30);
    }
  };
  return {
    screen,
    waitFor,
    press: (...keys) => tmux('send-keys', ...keys),
    resize: (next) => tmux('resize-window', '-x', String(next.columns), '-y', String(next.rows)),
    settled: async () => {
      for (let before = screen(); ; ) {
        await setTimeout(250);
        const shown = screen();
        if (shown === before) return shown;
        before = shown;
      }
    },
  };
}
