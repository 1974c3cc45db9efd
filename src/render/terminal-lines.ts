import { isSlow, outcomeToneOf, statusOf, targetOf } from './exchange-text.ts';
import { duration, integerOf, numberOf, textOf, timeOfDay } from './format.ts';
import { type Cell, cell, displayWidth, fit, type Line, padEnd, plainText } from './line-cells.ts';
import type { ReceivedRecord } from './received-record.ts';

type Attributes = ReceivedRecord['attributes'];
type Exchange = Pick<ReceivedRecord, 'timeUnixNano' | 'severityNumber' | 'attributes'>;

/** Characters of a target that are looked at; a terminal is narrower. */
const TARGET_LENGTH = 500;
/** Columns that a target has until a longer one comes; those below which other columns give way to it. */
const FIRST_TARGET = 32;
const LEAST_TARGET = 16;
/** Columns of method and client. A longer method is cut; a longer client, of IPv6, moves nothing in other lines. */
const METHOD = 7;
const FIRST_CLIENT = 9;
const MAX_CLIENT = 15;
const DEFAULT_COLUMNS = 80;
const LEAST_COLUMNS = 20;

const GAP: Cell = { tone: 'plain', text: '  ' };

/**
 * The lines of exchanges on the terminal of the application itself, in aligned columns: time (UTC), status, duration,
 * method, target, client, and the outcome unless it is `completed`. The target has what is left of the terminal. On a
 * narrow one the client gives way to it, then the time. Remembers the widths of its columns.
 */
export class TerminalLines {
  #target = FIRST_TARGET;
  #client = FIRST_CLIENT;

  /** @param columns of the terminal; 80 where they are not known */
  line({ timeUnixNano, severityNumber, attributes }: Exchange, columns: number | undefined): Line {
    const width = Math.max(LEAST_COLUMNS, columns || DEFAULT_COLUMNS);
    const duration = durationCell(attributes, isSlow({ severityNumber, attributes }));
    const [before, after] = this.#columns(timeUnixNano, duration, attributes, width);
    const room = Math.max(1, roomIn(width, before, after));
    const target = cell('accent', targetOf(attributes), TARGET_LENGTH);
    this.#target = Math.max(this.#target, Math.min(displayWidth(target.text), room));
    const [cut = target] = fit([target], room);
    const aligned = after.length === 0 ? cut : padded(cut, Math.min(this.#target, room));
    return fit(spaced([...before, aligned, ...after]), width);
  }

  /** What stands before the target, and behind it, where the target has room. */
  #columns(time: bigint, duration: Cell, attributes: Attributes, width: number): [Cell[], Cell[]] {
    const outcome = textOf(attributes['access_log.outcome']) ?? '';
    const head = [statusOf(attributes), duration, padded(methodCell(attributes), METHOD)];
    const whole = [{ tone: 'faint', text: timeOfDay(time) } as const, ...head];
    const client = cell('plain', textOf(attributes['client.address']) ?? '-');
    this.#client = Math.max(this.#client, Math.min(MAX_CLIENT, client.text.length));
    const ends = [...outcomeCells(attributes, outcome), ...suppressedCells(attributes)];
    const choices: [Cell[], Cell[]][] = [
      [whole, [ends.length === 0 ? client : padded(client, this.#client), ...ends]],
      [whole, ends],
      [head, ends],
    ];
    return choices.find((choice) => roomIn(width, ...choice) >= LEAST_TARGET) ?? [head, []];
  }
}

/** Columns that are left for one more cell between them. */
function roomIn(width: number, before: readonly Cell[], after: readonly Cell[]): number {
  return (
    width - displayWidth(plainText([...before, ...after])) - GAP.text.length * (before.length + after.length)
  );
}

function durationCell(attributes: Attributes, isWarning: boolean): Cell {
  const seconds = numberOf(attributes['http.server.request.duration']);
  const text = seconds === undefined ? '-' : duration(seconds);
  return { tone: isWarning ? 'warning' : 'plain', text: text.padStart(7) };
}

function methodCell(attributes: Attributes): Cell {
  const method = attributes['http.request.method_original'] ?? attributes['http.request.method'];
  return cell('accent', textOf(method) ?? '-', METHOD);
}

function outcomeCells(attributes: Attributes, outcome: string): Cell[] {
  if (outcome === 'completed') return [];
  const errorType = textOf(attributes['error.type']);
  const text = errorType === undefined || errorType === outcome ? outcome : `${outcome} ${errorType}`;
  return [cell(outcomeToneOf(outcome), text, TARGET_LENGTH)];
}

function suppressedCells(attributes: Attributes): Cell[] {
  const count = integerOf(attributes['access_log.suppressed_before']) ?? 0;
  return count === 0 ? [] : [{ tone: 'warning', text: `+${count} suppressed before` }];
}

function padded({ tone, text }: Cell, columns: number): Cell {
  return { tone, text: padEnd(text, columns) };
}

function spaced(cells: readonly Cell[]): Line {
  return cells.flatMap((one, index) => (index === 0 ? [one] : [GAP, one]));
}
