import type { Cell } from '../../../render/line-cells.ts';

/** What the columns of an exchange show, before anything is known of how much room they have. */
export interface ExchangeCells {
  /** `14:03:07.123Z` */
  readonly time: Cell;
  readonly status: Cell;
  readonly duration: Cell;
  readonly bar: Cell;
  readonly trace: Cell;
  readonly client: Cell;
  readonly service: Cell;
  /** Empty where the exchange was completed. */
  readonly outcome: Cell;
  readonly method: Cell;
  readonly route: Cell;
  readonly target: Cell;
}

export type Column = keyof ExchangeCells;

export interface ExchangeRow {
  readonly kind: 'exchange';
  readonly cells: ExchangeCells;
  /** Where one of them says all. */
  readonly isTargetRoute: boolean;
  /** Behind the target: the error type, what was suppressed before. */
  readonly rest: readonly Cell[];
}

/** A record that is no exchange: an event of ours, or the log of an application. */
export interface TextRow {
  readonly kind: 'text';
  readonly time: Cell;
  readonly service: Cell;
  readonly text: readonly Cell[];
}

export type Row = ExchangeRow | TextRow;

/** Between columns. */
export const GAP: Cell = { tone: 'plain', text: '  ' };

/** The cells with gaps between them; the last one needs no padding. */
export function spaced(cells: readonly Cell[]): Cell[] {
  return cells.flatMap((one, index) => {
    const shown = index === cells.length - 1 ? { ...one, text: one.text.trimEnd() } : one;
    return index === 0 ? [shown] : [GAP, shown];
  });
}

/** All texts of a row, of columns too that have no room. */
export function textOfRow(row: Row): string {
  const cells =
    row.kind === 'exchange'
      ? [...Object.values(row.cells), ...row.rest]
      : [row.time, row.service, ...row.text];
  return cells.map(({ text }: Cell) => text).join('  ');
}
