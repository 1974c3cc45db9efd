import { outcomeToneOf, statusOf, targetOf } from './exchange-text.ts';
import { bytes, duration, integerOf, numberOf, textOf, timeOfDay } from './format.ts';
import type { ReceivedRecord } from './received-record.ts';
import { eventCell } from './render-event.ts';
import { createPaint, type Paint, printable, shorten } from './terminal.ts';

export { renderFull } from './render-full.ts';

export interface RenderOptions {
  /** Default `false`. */
  readonly colours?: boolean;
  /** `short` is the first eight digits. Default `short`. */
  readonly traceId?: 'short' | 'whole';
}

/** Characters of a request target that a line shows. */
const TARGET_LENGTH = 120;

/** First severity number of WARN. */
const WARN = 13;

/**
 * One line for a record, without a line break: time (UTC), status, duration, bytes, trace id, method and target,
 * route, client, and the outcome where it is not `completed`. Our own events are written out in words, and any other
 * record is shown by severity and body.
 */
export function renderLine(record: ReceivedRecord, options: RenderOptions = {}): string {
  const paint = createPaint(options.colours ?? false);
  const time = paint('faint', timeOfDay(record.timeUnixNano));
  const { attributes } = record;
  if (textOf(attributes['access_log.outcome']) !== undefined) {
    return `${time}  ${exchangeOf(record, paint, options.traceId ?? 'short')}`;
  }
  if (textOf(attributes['access_log.event']) !== undefined) {
    const { tone, text } = eventCell(record);
    return `${time}  ${paint(tone, text)}`;
  }
  return `${time}  ${otherOf(record, paint)}`;
}

function exchangeOf(
  { attributes, severityNumber, traceId }: ReceivedRecord,
  paint: Paint,
  form: 'short' | 'whole',
): string {
  const status = statusOf(attributes);
  const outcome = textOf(attributes['access_log.outcome']);
  const size = integerOf(attributes['http.response.body.size']);
  const seconds = numberOf(attributes['http.server.request.duration']);
  const route = textOf(attributes['http.route']);
  const client = textOf(attributes['client.address']);
  const id = (form === 'whole' ? traceId : traceId?.slice(0, 8)) ?? '-';
  const columns = [
    paint(status.tone, status.text),
    // What is a warning without a status or an outcome to explain it was slow.
    paint(
      severityNumber >= WARN && status.tone === 'success' && outcome === 'completed' ? 'warning' : 'plain',
      (seconds === undefined ? '-' : duration(seconds)).padStart(7),
    ),
    (size === undefined ? '-' : bytes(size)).padStart(7),
    paint('faint', id.padEnd(form === 'whole' ? 32 : 8)),
    paint('accent', printable(shorten(requestOf(attributes), TARGET_LENGTH))),
    ...(route === undefined ? [] : [paint('faint', `(${printable(shorten(route, TARGET_LENGTH))})`)]),
    ...(client === undefined ? [] : [printable(shorten(client, TARGET_LENGTH))]),
    ...outcomeOf(attributes, paint),
    ...suppressedOf(attributes, paint),
  ];
  return columns.join('  ');
}

function requestOf(attributes: ReceivedRecord['attributes']): string {
  const method =
    textOf(attributes['http.request.method_original']) ?? textOf(attributes['http.request.method']) ?? '-';
  return `${method} ${targetOf(attributes)}`;
}

function outcomeOf(attributes: ReceivedRecord['attributes'], paint: Paint): string[] {
  const outcome = textOf(attributes['access_log.outcome']);
  if (outcome === undefined || outcome === 'completed') return [];
  const errorType = textOf(attributes['error.type']);
  const text = errorType === undefined || errorType === outcome ? outcome : `${outcome} ${errorType}`;
  return [paint(outcomeToneOf(outcome), printable(text))];
}

function suppressedOf(attributes: ReceivedRecord['attributes'], paint: Paint): string[] {
  const count = integerOf(attributes['access_log.suppressed_before']);
  return count === undefined || count === 0 ? [] : [paint('warning', `+${count} suppressed before`)];
}

function otherOf({ severityText, body, eventName, traceId }: ReceivedRecord, paint: Paint): string {
  const text = typeof body === 'string' ? body : (eventName ?? 'record without a body');
  const columns = [
    ...(severityText === undefined ? [] : [printable(severityText)]),
    ...(traceId === undefined ? [] : [paint('faint', traceId.slice(0, 8))]),
    printable(text),
  ];
  return columns.join('  ');
}
