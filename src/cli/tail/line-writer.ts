import type { ReceivedRecord } from '../receiver/otlp-record.ts';
import { outcomeToneOf, statusOf, targetOf } from '../render/exchange-text.ts';
import { duration, integerOf, numberOf, textOf, timeOfDay } from '../render/format.ts';
import { type Cell, cell, type Line, padEnd } from '../render/line-cells.ts';
import { eventCell } from '../render/render-event.ts';
import { shortCopy } from '../render/terminal.ts';
import { durationBar } from './duration-bar.ts';
import { RouteDurations } from './durations.ts';

/** Characters that a line shows of a target, and of the text of a record that is not ours. */
const TARGET_LENGTH = 120;
const TEXT_LENGTH = 1000;
/** Characters of service and route in the key of durations. */
const KEY_LENGTH = 200;
/** Columns grow with what they show, up to here. */
const MAX_COLUMNS = { client: 39, service: 24, outcome: 9, method: 7, route: 40 } as const;
type Column = keyof typeof MAX_COLUMNS;

/** Outcomes of exchanges whose connection went on as something else. */
const HANDED_OVER: ReadonlySet<unknown> = new Set(['upgraded', 'tunneled']);

const GAP: Cell = { tone: 'plain', text: '  ' };

/**
 * Makes the lines of `tail`, in aligned columns: time (UTC), status, duration and its bar, trace id, client, the
 * service once there is a second one, the outcome unless completed, method, route, and the target where it differs from
 * the route. Remembers the widths of its columns, and the durations of the routes.
 */
export class LineWriter {
  readonly #durations = new RouteDurations();
  readonly #widths: Record<Column, number> = { client: 9, service: 0, outcome: 0, method: 4, route: 12 };
  #firstService: string | undefined;
  #showsService = false;

  line(record: ReceivedRecord): Line {
    const time: Cell = { tone: 'faint', text: timeOfDay(record.timeUnixNano) };
    const service = textOf(record.resource['service.name']) ?? '-';
    this.#firstService ??= cell('plain', service, MAX_COLUMNS.service).text;
    this.#showsService ||= cell('plain', service, MAX_COLUMNS.service).text !== this.#firstService;
    const { attributes } = record;
    if (textOf(attributes['access_log.outcome']) !== undefined) {
      return spaced([time, ...this.#exchange(record, service)]);
    }
    const cells =
      textOf(attributes['access_log.event']) === undefined
        ? otherCells(record)
        : [bounded(eventCell(record))];
    return spaced([time, ...(this.#showsService ? [this.#cell('service', 'plain', service)] : []), ...cells]);
  }

  #exchange({ attributes, traceId }: ReceivedRecord, service: string): Cell[] {
    const outcome = textOf(attributes['access_log.outcome']) ?? '';
    const method =
      textOf(attributes['http.request.method_original']) ?? textOf(attributes['http.request.method']);
    const route = textOf(attributes['http.route']);
    const target = targetOf(attributes);
    return [
      statusOf(attributes),
      ...this.#duration(attributes, `${keyOf(service)} ${keyOf(route ?? method ?? '-')}`),
      { tone: 'faint', text: (traceId?.slice(0, 8) ?? '-').padEnd(8) },
      this.#cell('client', 'plain', textOf(attributes['client.address']) ?? '-'),
      ...(this.#showsService ? [this.#cell('service', 'plain', service)] : []),
      ...this.#outcome(outcome),
      this.#cell('method', 'accent', method ?? '-'),
      this.#cell('route', 'accent', route ?? '-'),
      ...(target === route ? [] : [cell('faint', target, TARGET_LENGTH)]),
      ...errorOf(attributes, outcome),
      ...suppressedOf(attributes),
    ];
  }

  #duration(attributes: ReceivedRecord['attributes'], route: string): Cell[] {
    const seconds = numberOf(attributes['http.server.request.duration']);
    if (seconds === undefined) return [{ tone: 'plain', text: '-'.padStart(7) }, durationBar(0, undefined)];
    // How long a connection was open says nothing of how long requests take.
    const isRequest = !HANDED_OVER.has(attributes['access_log.outcome']);
    const quantiles = isRequest ? this.#durations.observe(route, seconds) : undefined;
    const bar = durationBar(seconds, quantiles);
    return [{ tone: bar.tone, text: duration(seconds).padStart(7) }, bar];
  }

  /** No column until an exchange has another outcome than `completed`. */
  #outcome(outcome: string): Cell[] {
    if (outcome === 'completed') {
      const { outcome: width } = this.#widths;
      return width === 0 ? [] : [{ tone: 'plain', text: ' '.repeat(width) }];
    }
    return [this.#cell('outcome', outcomeToneOf(outcome), outcome)];
  }

  #cell(column: Column, tone: Cell['tone'], value: string): Cell {
    const { text } = cell(tone, value, MAX_COLUMNS[column]);
    this.#widths[column] = Math.min(MAX_COLUMNS[column], Math.max(this.#widths[column], text.length));
    return { tone, text: padEnd(text, this.#widths[column]) };
  }
}

/** Kept, so it must not hold the whole text. */
function keyOf(text: string): string {
  return shortCopy(text, KEY_LENGTH);
}

/** The error type, where it differs from both status and outcome. */
function errorOf(attributes: ReceivedRecord['attributes'], outcome: string): Cell[] {
  const type = textOf(attributes['error.type']);
  if (type === undefined || type === outcome) return [];
  return type === String(attributes['http.response.status_code']) ? [] : [cell('error', type, TARGET_LENGTH)];
}

function suppressedOf(attributes: ReceivedRecord['attributes']): Cell[] {
  const count = integerOf(attributes['access_log.suppressed_before']);
  return count === undefined || count === 0 ? [] : [{ tone: 'warning', text: `+${count} suppressed before` }];
}

/** A record that is none of ours: severity, trace and body. */
function otherCells({ severityText, body, eventName, traceId }: ReceivedRecord): Cell[] {
  const text = typeof body === 'string' ? body : (eventName ?? 'record without a body');
  return [
    ...(severityText === undefined ? [] : [cell('plain', severityText, TARGET_LENGTH)]),
    ...(traceId === undefined ? [] : [cell('faint', traceId.slice(0, 8))]),
    cell('plain', text, TEXT_LENGTH),
  ];
}

function bounded({ tone, text }: Cell): Cell {
  return cell(tone, text, TEXT_LENGTH);
}

/** With gaps between them; the last one needs no padding. */
function spaced(cells: readonly Cell[]): Line {
  return cells.flatMap((one, index) => {
    const shown = index === cells.length - 1 ? { ...one, text: one.text.trimEnd() } : one;
    return index === 0 ? [shown] : [GAP, shown];
  });
}
