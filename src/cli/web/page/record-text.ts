import { timeOfDay } from '../../../render/plain.ts';
import type { PageRecord } from '../snapshot.ts';
import { seconds } from './numbers.ts';

/** What the list shows of a record. */
export interface RecordText {
  readonly time: string;
  readonly status: string;
  /** Of the colours of status classes. */
  readonly tone: string;
  readonly duration: string;
  readonly method: string;
  readonly target: string;
  readonly client: string;
  readonly service: string;
  readonly remark: string;
}

/** Anything that a record holds is text, and shown as text. */
export function textOf({
  time,
  attributes,
  resource,
  body,
  eventName,
  severityText,
}: PageRecord): RecordText {
  const text = (name: string): string => textOr(attributes[name], '');
  const outcome = text('access_log.outcome');
  const event = text('access_log.event');
  const isExchange = outcome !== '';
  const status = text('http.response.status_code');
  const query = text('url.query');
  const target = `${textOr(attributes['url.path'], '-')}${query === '' ? '' : `?${query}`}`;
  return {
    time: timeOfDay(BigInt(time)),
    status: isExchange ? status || '---' : event || (severityText ?? ''),
    tone: !isExchange ? 'event' : status === '' ? 'none' : `${status[0]}xx`,
    duration: isExchange ? secondsOf(attributes['http.server.request.duration']) : '',
    method: isExchange ? text('http.request.method') : '',
    target: isExchange ? target : textOr(body, eventName ?? 'a record without a body'),
    client: text('client.address'),
    service: textOr(resource['service.name'], ''),
    remark: outcome === 'completed' ? '' : outcome,
  };
}

/** A value as a person reads it; lists and maps as JSON. */
export function valueText(value: unknown): string {
  if (typeof value === 'string') return value;
  if (value === undefined || value === null) return '–';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

function textOr(value: unknown, otherwise: string): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : otherwise;
}

function secondsOf(value: unknown): string {
  return typeof value === 'number' ? seconds(value) : '';
}
