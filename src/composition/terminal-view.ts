import { connect } from 'node:net';
import { isatty } from 'node:tty';
import type { AccessLogRecord } from '../record/access-log-record.ts';
import { paintLine } from '../render/line-cells.ts';
import { createPaint, wantsColours } from '../render/terminal.ts';
import { TerminalLines } from '../render/terminal-lines.ts';

/** Milliseconds after which a port of this machine that says nothing does not refuse connections. */
const LOOK_MS = 2000;

const STANDARD_OUTPUT = 1;

/**
 * What `terminal-log.ts` needs once it may show something. A module of its own, loaded then: no process in production
 * loads it.
 */
export class TerminalView {
  readonly #lines = new TerminalLines();
  readonly #paint = createPaint(wantsColours(process.stdout));

  /** The record of an exchange as a line in colours, as wide as the terminal is now. */
  lineOf(record: AccessLogRecord): string {
    const [seconds, nanoseconds] = record.hrTime;
    const timeUnixNano = BigInt(seconds) * 1_000_000_000n + BigInt(nanoseconds);
    const { severityNumber, attributes } = record;
    const line = this.#lines.line({ timeUnixNano, severityNumber, attributes }, process.stdout.columns);
    return paintLine(line, this.#paint);
  }
}

export function isTerminal(): boolean {
  return isatty(STANDARD_OUTPUT);
}

/** Whether nothing listens there: every address of the host refuses a connection. */
export function isRefused(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, autoSelectFamily: true });
    const settle = (refused: boolean): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(refused);
    };
    const timer = setTimeout(settle, LOOK_MS, false).unref();
    socket.unref();
    socket.on('connect', () => settle(false));
    socket.on('error', (error) => settle(errorsOf(error).some((one) => codeOf(one) === 'ECONNREFUSED')));
  });
}

/** Where a name has several addresses, there is an error for each. */
function errorsOf(error: Error): readonly unknown[] {
  return error instanceof AggregateError ? error.errors : [error];
}

function codeOf(error: unknown): unknown {
  return Reflect.get(Object(error), 'code');
}
