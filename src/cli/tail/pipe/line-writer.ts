import { type Cell, displayWidth, type Line, padEnd } from '../../../render/line-cells.ts';
import type { ReceivedRecord } from '../../receiver/otlp-record.ts';
import { type ExchangeRow, spaced } from '../screen/row.ts';
import { RowMaker } from '../screen/row-maker.ts';

/** Columns grow with what they show, up to here; a longer text moves the rest of its own line. */
const MAX_WIDTHS = { client: 15, service: 24, outcome: 9, method: 7, route: 40 } as const;
type Column = keyof typeof MAX_WIDTHS;

/**
 * Makes the lines of `tail` for pipes and files, which have no width, in aligned columns: time (UTC), status, duration
 * and its bar, trace id, client, the service once there is a second one, the outcome unless completed, method, route,
 * and the target where it differs from the route.
 */
export class LineWriter {
  readonly #rows = new RowMaker();
  readonly #widths: Record<Column, number> = { client: 9, service: 0, outcome: 0, method: 4, route: 12 };

  line(record: ReceivedRecord): Line {
    const row = this.#rows.row(record);
    return spaced(
      row.kind === 'exchange' ? this.#exchange(row) : [row.time, ...this.#service(row.service), ...row.text],
    );
  }

  #exchange({ cells, isTargetRoute, rest }: ExchangeRow): Cell[] {
    const { time, status, duration, bar, trace, client, service, method, route, target } = cells;
    return [
      ...[time, status, duration, bar, { ...trace, text: trace.text.padEnd(8) }],
      this.#padded('client', client),
      ...this.#service(service),
      ...this.#outcome(cells.outcome),
      this.#padded('method', method),
      this.#padded('route', route),
      ...(isTargetRoute ? [] : [target]),
      ...rest,
    ];
  }

  #service(service: Cell): Cell[] {
    return this.#rows.hasServices ? [this.#padded('service', service)] : [];
  }

  /** No column until an exchange has another outcome than `completed`. */
  #outcome(outcome: Cell): Cell[] {
    return outcome.text === '' && this.#widths.outcome === 0 ? [] : [this.#padded('outcome', outcome)];
  }

  #padded(column: Column, { tone, text }: Cell): Cell {
    const width = Math.min(MAX_WIDTHS[column], Math.max(this.#widths[column], displayWidth(text)));
    this.#widths[column] = width;
    return { tone, text: padEnd(text, width) };
  }
}
