import { targetOf } from './exchange-text.ts';
import { bytes, duration, integerOf, numberOf, show, textOf, timeOfDay } from './format.ts';
import type { Cell } from './line-cells.ts';
import type { ReceivedRecord } from './received-record.ts';
import { printable, shorten } from './terminal.ts';

type Attributes = ReceivedRecord['attributes'];

/** Characters of a text from traffic that a line shows. */
const TARGET_LENGTH = 120;

/**
 * An event of ours in words: the ledger's `suppressed` and `lost`, the `heartbeat`, `started` and `progress` of long
 * exchanges; any other by its attributes.
 */
export function eventCell({ attributes }: ReceivedRecord): Cell {
  const event = textOf(attributes['access_log.event']) ?? '';
  switch (event) {
    case 'suppressed':
      return { tone: 'warning', text: `suppressed ${ledgerOf(attributes)}` };
    case 'lost': {
      const reason = textOf(attributes['error.type']);
      const why = reason === undefined ? '' : `: ${printable(reason)}`;
      return { tone: 'error', text: `lost ${ledgerOf(attributes)}${why}` };
    }
    case 'started':
    case 'progress':
      return { tone: 'plain', text: `${event} ${openExchangeOf(attributes)}` };
    case 'heartbeat':
      return { tone: 'faint', text: heartbeatOf(attributes) };
    case 'degraded':
      return { tone: 'warning', text: [event, ...pairsOf(attributes)].join(' ') };
    default:
      return { tone: 'faint', text: [printable(event), ...pairsOf(attributes)].join(' ') };
  }
}

/** `12 records of /orders/:id 2xx since 14:03:00.000Z` */
function ledgerOf(attributes: Attributes): string {
  const count = integerOf(attributes['access_log.count']) ?? 0;
  const key = [
    attributes['http.route'] ?? attributes['http.request.method'],
    attributes['access_log.status_class'],
  ];
  const start = textOf(attributes['access_log.window_start']) ?? '';
  const since = /^\d{1,20}$/.test(start) ? ` since ${timeOfDay(BigInt(start))}` : '';
  const of = key.filter((part) => typeof part === 'string').map(printable);
  return `${count} ${count === 1 ? 'record' : 'records'} of ${of.join(' ')}${since}`;
}

/** `GET /events (/events) 203.0.113.7: 200, open for 2m05s, 0B in, 8.4MB out` */
function openExchangeOf(attributes: Attributes): string {
  const method =
    textOf(attributes['http.request.method_original']) ?? textOf(attributes['http.request.method']) ?? '-';
  const route = textOf(attributes['http.route']);
  const client = textOf(attributes['client.address']);
  const target = shorten(targetOf(attributes), TARGET_LENGTH);
  const words = [
    shorten(method, TARGET_LENGTH),
    target,
    ...(route === undefined || route === target ? [] : [`(${shorten(route, TARGET_LENGTH)})`]),
    ...(client === undefined ? [] : [shorten(client, TARGET_LENGTH)]),
  ];
  const seconds = numberOf(attributes['http.server.request.duration']);
  const received = integerOf(attributes['http.request.body.size']);
  const sent = integerOf(attributes['http.response.body.size']);
  const omitted = integerOf(attributes['access_log.omitted_before']) ?? 0;
  const facts = [
    String(integerOf(attributes['http.response.status_code']) ?? '---'),
    `open for ${seconds === undefined ? '-' : duration(seconds)}`,
    ...(received === undefined ? [] : [`${bytes(received)} in`]),
    ...(sent === undefined ? [] : [`${bytes(sent)} out`]),
    ...(omitted === 0 ? [] : [`+${omitted} omitted before`]),
  ];
  return `${printable(words.join(' '))}: ${facts.join(', ')}`;
}

/** The arithmetic that the heartbeat is there for; what this process cannot know of delivery is left out. */
function heartbeatOf(attributes: Attributes): string {
  const total = (name: string): number | undefined => integerOf(attributes[`access_log.total.${name}`]);
  const sum = (of: string, parts: readonly string[]): string => {
    const known = parts.filter((part) => total(part) !== undefined).map((part) => `${total(part)} ${part}`);
    return `${total(of) ?? '?'} ${of}${known.length === 0 ? '' : ` = ${known.join(' + ')}`}`;
  };
  const sums = [
    sum('served', ['ignored', 'suppressed', 'kept']),
    ...(total('delivered') === undefined ? [] : [sum('kept', ['delivered', 'lost', 'pending'])]),
  ];
  const last = attributes['access_log.final'] === true ? ' (the last of this process)' : '';
  return `heartbeat  ${sums.join(', ')}${last}`;
}

function pairsOf(attributes: Attributes): string[] {
  return Object.entries(attributes)
    .filter(([name]) => name !== 'access_log.event')
    .map(([name, value]) => `${printable(name)}=${show(value)}`);
}
