import { standardErrorWriter } from './standard-error.ts';

export type NoticeLevel = 'none' | 'error' | 'warn' | 'info' | 'debug' | 'verbose' | 'all';

/**
 * Takes one line with its end of line. Where it returns `false` it could not, and what the line says is said later. What
 * it throws is dropped. `isLast`: there is no later.
 */
export type WriteLine = (line: string, isLast: boolean) => unknown;

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
/** Milliseconds until a line that was not taken is tried again. */
const RETRY_MS = 1000;

/** What has happened of a kind since its last line. */
interface Untold {
  lineAtMs: number;
  message: string;
  times: number;
  lost: number;
  /** Its last line was not taken. */
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
  readonly #kinds = new Map<string, Untold>();

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

  /** @param kind a constant: one is kept for the life of the process */
  warn(kind: string, message: string): void {
    this.#report('warn', kind, message, 0);
  }

  /** @param kind a constant: one is kept for the life of the process */
  info(kind: string, message: string): void {
    this.#report('info', kind, message, 0);
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

  /** Writes the losses that have not been told yet, and what could not be written, for the end of the process. */
  flush(): void {
    for (const untold of this.#kinds.values()) {
      if (untold.lost > 0 || untold.wasRefused) this.#tell(untold, true);
    }
  }

  #report(level: NoticeLevel, kind: string, message: string, lost: number): void {
    if (RANK[level] > this.#rank) return;
    let untold = this.#kinds.get(kind);
    if (untold === undefined) {
      untold = { lineAtMs: Number.NEGATIVE_INFINITY, message, times: 0, lost: 0, wasRefused: false };
      this.#kinds.set(kind, untold);
    }
    untold.message = message;
    untold.times++;
    untold.lost += lost;
    if (this.#nowMs() - untold.lineAtMs >= this.#intervalMs) this.#tell(untold, false);
  }

  #tell(untold: Untold, isLast: boolean): void {
    const counts = [];
    if (untold.times > 1) counts.push(`${untold.times} times`);
    if (untold.lost > 0) counts.push(`${untold.lost} ${untold.lost === 1 ? 'record' : 'records'} lost`);
    const suffix = counts.length === 0 ? '' : ` (${counts.join(', ')})`;
    let isTaken: unknown;
    try {
      isTaken = this.#write(`otel-access-log: ${oneLine(untold.message)}${suffix}\n`, isLast);
    } catch {
      // There is nobody left to tell.
    }
    untold.wasRefused = isTaken === false;
    untold.lineAtMs = this.#nowMs();
    if (untold.wasRefused) {
      untold.lineAtMs -= this.#intervalMs - RETRY_MS;
      return;
    }
    untold.times = 0;
    untold.lost = 0;
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
