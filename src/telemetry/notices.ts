import { standardErrorWriter } from './standard-error.ts';

export type NoticeLevel = 'none' | 'error' | 'warn' | 'info' | 'debug' | 'verbose' | 'all';

/**
 * Writes one line, given with its line feed. Returns `false` where it cannot: the notice is then written later, unless
 * `isLast`. Errors that it throws are ignored.
 */
export type WriteLine = (line: string, isLast: boolean, level: NoticeLevel) => unknown;

interface NoticesOptions {
  /** Monotonic clock in milliseconds. */
  readonly nowMs: () => number;
  /** The least important notices that are written, as `OTEL_LOG_LEVEL` names them. Default `info`. */
  readonly level?: NoticeLevel | undefined;
  /** Milliseconds between two lines of a kind. Default `60000`. */
  readonly intervalMs?: number | undefined;
  /** Default: standard error. */
  readonly write?: WriteLine | undefined;
}

const RANK: Readonly<Record<NoticeLevel, number>> = {
  none: 0,
  error: 1,
  warn: 2,
  info: 3,
  debug: 4,
  verbose: 5,
  all: 6,
};

const MAX_MESSAGE_LENGTH = 1000;
/** Milliseconds until a line that could not be written is tried again. */
const RETRY_MS = 1000;

/** Milliseconds before a reader of standard error that has no room is offered the last lines again. */
const WAIT_MS = 1;
const NEVER = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));

/** Notices of one kind since its last line. */
interface Unwritten {
  level: NoticeLevel;
  lineAtMs: number;
  message: string;
  times: number;
  lost: number;
  /** Whether its last line could not be written. */
  wasRefused: boolean;
}

/**
 * Our own notices, on standard error as `otel-access-log: <message>`: the first of a kind at once, then at most one
 * line per kind and interval with how often it happened and how many records were lost since the line before.
 * Never throws.
 */
export class Notices {
  readonly #nowMs: () => number;
  readonly #rank: number;
  readonly #intervalMs: number;
  readonly #write: WriteLine;
  readonly #kinds = new Map<string, Unwritten>();

  constructor(options: NoticesOptions) {
    this.#nowMs = options.nowMs;
    this.#rank = RANK[options.level ?? 'info'];
    this.#intervalMs = options.intervalMs ?? 60_000;
    this.#write = options.write ?? standardErrorWriter();
  }

  /** @param kind a constant: one is kept for the life of the process */
  error(kind: string, message: string): void {
    this.#report('error', kind, message, 0);
  }

  /**
   * @param kind a constant: one is kept for the life of the process
   * @param intervalMs milliseconds between two lines of the kind, where it happens too rarely to need the usual limit
   */
  warn(kind: string, message: string, intervalMs?: number): void {
    this.#report('warn', kind, message, 0, intervalMs);
  }

  /**
   * @param kind a constant: one is kept for the life of the process
   * @param intervalMs milliseconds between two lines of the kind, where it happens too rarely to need the usual limit
   */
  info(kind: string, message: string, intervalMs?: number): void {
    this.#report('info', kind, message, 0, intervalMs);
  }

  /**
   * An error by which records were lost.
   *
   * @param kind a constant: one is kept for the life of the process
   * @param count records lost by it
   */
  lost(kind: string, count: number, message: string): void {
    this.#report('error', kind, message, count);
  }

  /**
   * Writes lines as they are, at the end of the process; where notices are switched off, none.
   *
   * @param deadlineMs how long to wait for the reader of standard error, in milliseconds of the clock
   * @param isDirect whether to write past `process.stderr`
   */
  lastLines(lines: readonly string[], deadlineMs: number, isDirect: boolean): void {
    if (RANK.error > this.#rank) return;
    const write = isDirect ? standardErrorWriter(true) : this.#write;
    try {
      for (const line of lines) {
        while (write(`${line}\n`, true, 'error') === false) {
          if (this.#nowMs() >= deadlineMs) return;
          Atomics.wait(NEVER, 0, 0, WAIT_MS);
        }
      }
    } catch {
      // Standard error is gone.
    }
  }

  /** Writes the losses that have no line yet, and lines that could not be written before, at the end of the process. */
  flush(): void {
    for (const unwritten of this.#kinds.values()) {
      if (unwritten.lost > 0 || unwritten.wasRefused) this.#writeLine(unwritten, true);
    }
  }

  #report(
    level: NoticeLevel,
    kind: string,
    message: string,
    lost: number,
    intervalMs: number = this.#intervalMs,
  ): void {
    if (RANK[level] > this.#rank) return;
    let unwritten = this.#kinds.get(kind);
    if (unwritten === undefined) {
      unwritten = {
        level,
        lineAtMs: Number.NEGATIVE_INFINITY,
        message,
        times: 0,
        lost: 0,
        wasRefused: false,
      };
      this.#kinds.set(kind, unwritten);
    }
    unwritten.level = level;
    unwritten.message = message;
    unwritten.times++;
    unwritten.lost += lost;
    if (this.#nowMs() - unwritten.lineAtMs >= intervalMs) this.#writeLine(unwritten, false);
  }

  #writeLine(unwritten: Unwritten, isLast: boolean): void {
    const counts = [];
    if (unwritten.times > 1) counts.push(`${unwritten.times} times`);
    if (unwritten.lost > 0)
      counts.push(`${unwritten.lost} ${unwritten.lost === 1 ? 'record' : 'records'} lost`);
    const suffix = counts.length === 0 ? '' : ` (${counts.join(', ')})`;
    let isTaken: unknown;
    try {
      isTaken = this.#write(
        `otel-access-log: ${oneLine(unwritten.message)}${suffix}\n`,
        isLast,
        unwritten.level,
      );
    } catch {
      // Standard error is gone.
    }
    unwritten.wasRefused = isTaken === false;
    unwritten.lineAtMs = this.#nowMs();
    if (unwritten.wasRefused) {
      unwritten.lineAtMs -= this.#intervalMs - RETRY_MS;
      return;
    }
    unwritten.times = 0;
    unwritten.lost = 0;
  }
}

/** Line breaks and what else steers a terminal or reorders text, escaped; of bounded length. */
function oneLine(message: string): string {
  const text = message.length > MAX_MESSAGE_LENGTH ? `${message.slice(0, MAX_MESSAGE_LENGTH)}…` : message;
  return text.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return character === '\n' ? '\\n' : `\\u{${code.toString(16)}}`;
  });
}
