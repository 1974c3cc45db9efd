import { isSlow, outcomeToneOf, statusOf, targetOf } from '../../../render/exchange-text.ts';
import { duration, integerOf, numberOf, textOf, timeOfDay } from '../../../render/format.ts';
import { type Cell, cell } from '../../../render/line-cells.ts';
import { eventCell } from '../../../render/render-event.ts';
import { shortCopy } from '../../../render/terminal.ts';
import type { ReceivedRecord } from '../../receiver/otlp-record.ts';
import { RouteDurations } from '../durations.ts';
import { durationBar } from './duration-bar.ts';
import type { ExchangeRow, Row } from './row.ts';

/** Characters that are kept of a target, of an error type, and of the text of a record that is no exchange. */
const TARGET_LENGTH = 500;
const ERROR_LENGTH = 120;
const TEXT_LENGTH = 1000;
/** Characters that columns show. */
const LENGTHS = { client: 39, service: 24, outcome: 9, method: 7, route: 40 } as const;
/** Characters of service and route in the key of durations. */
const KEY_LENGTH = 200;

/** Outcomes of exchanges whose connection went on as something else. */
const HANDED_OVER: ReadonlySet<unknown> = new Set(['upgraded', 'tunneled']);

/** Makes the rows of `tail`. Remembers the durations of the routes, and whether there is more than one service. */
export class RowMaker {
  readonly #durations = new RouteDurations();
  #firstService: string | undefined;
  #hasServices = false;

  /** Whether records of a second service have come: until then its name says nothing. */
  get hasServices(): boolean {
    return this.#hasServices;
  }

  row(record: ReceivedRecord): Row {
    const { attributes, resource, timeUnixNano } = record;
    const time: Cell = { tone: 'faint', text: timeOfDay(timeUnixNano) };
    const service = cell('plain', textOf(resource['service.name']) ?? '-', LENGTHS.service);
    this.#firstService ??= service.text;
    this.#hasServices ||= service.text !== this.#firstService;
    if (textOf(attributes['access_log.outcome']) !== undefined) return this.#exchange(record, time, service);
    const isOurs = textOf(attributes['access_log.event']) !== undefined;
    return { kind: 'text', time, service, text: isOurs ? [bounded(eventCell(record))] : otherCells(record) };
  }

  #exchange(record: ReceivedRecord, time: Cell, service: Cell): ExchangeRow {
    const { attributes, resource, traceId } = record;
    const outcome = textOf(attributes['access_log.outcome']) ?? '';
    const method =
      textOf(attributes['http.request.method_original']) ?? textOf(attributes['http.request.method']);
    const route = textOf(attributes['http.route']);
    const target = targetOf(attributes);
    const key = [textOf(resource['service.name']) ?? '-', route ?? method ?? '-'];
    return {
      kind: 'exchange',
      cells: {
        time,
        status: statusOf(attributes),
        ...this.#duration(record, key.map((text) => shortCopy(text, KEY_LENGTH)).join(' ')),
        trace: { tone: 'faint', text: traceId?.slice(0, 8) ?? '-' },
        client: cell('plain', textOf(attributes['client.address']) ?? '-', LENGTHS.client),
        service,
        outcome: cell(outcomeToneOf(outcome), outcome === 'completed' ? '' : outcome, LENGTHS.outcome),
        method: cell('accent', method ?? '-', LENGTHS.method),
        route: cell('accent', route ?? '-', LENGTHS.route),
        target: cell('faint', target, TARGET_LENGTH),
      },
      isTargetRoute: target === route,
      rest: [...errorOf(attributes, outcome), ...suppressedOf(attributes)],
    };
  }

  #duration(record: ReceivedRecord, route: string): Pick<ExchangeRow['cells'], 'duration' | 'bar'> {
    const { attributes } = record;
    const seconds = numberOf(attributes['http.server.request.duration']);
    if (seconds === undefined) {
      return { duration: { tone: 'plain', text: '-'.padStart(7) }, bar: durationBar(0, undefined) };
    }
    // How long a connection was open says nothing of how long requests take.
    const isRequest = !HANDED_OVER.has(attributes['access_log.outcome']);
    const quantiles = isRequest ? this.#durations.observe(route, seconds) : undefined;
    const bar = durationBar(seconds, quantiles);
    // Until the route is known, the service says what is slow.
    const tone = quantiles === undefined && isSlow(record) ? 'warning' : bar.tone;
    return { duration: { tone, text: duration(seconds).padStart(7) }, bar };
  }
}

/** The error type, where it differs from both status and outcome. */
function errorOf(attributes: ReceivedRecord['attributes'], outcome: string): Cell[] {
  const type = textOf(attributes['error.type']);
  if (type === undefined || type === outcome) return [];
  return type === String(attributes['http.response.status_code']) ? [] : [cell('error', type, ERROR_LENGTH)];
}

function suppressedOf(attributes: ReceivedRecord['attributes']): Cell[] {
  const count = integerOf(attributes['access_log.suppressed_before']);
  return count === undefined || count === 0 ? [] : [{ tone: 'warning', text: `+${count} suppressed before` }];
}

/** A record that is none of ours: severity, trace and body. */
function otherCells({ severityText, body, eventName, traceId }: ReceivedRecord): Cell[] {
  const text = typeof body === 'string' ? body : (eventName ?? 'record without a body');
  return [
    ...(severityText === undefined ? [] : [cell('plain', severityText, ERROR_LENGTH)]),
    ...(traceId === undefined ? [] : [cell('faint', traceId.slice(0, 8))]),
    cell('plain', text, TEXT_LENGTH),
  ];
}

function bounded({ tone, text }: Cell): Cell {
  return cell(tone, text, TEXT_LENGTH);
}
