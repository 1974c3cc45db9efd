import { integerOf, textOf } from './format.ts';
import type { ReceivedRecord } from './received-record.ts';
import { type Tone, toneOf } from './terminal.ts';

type Attributes = ReceivedRecord['attributes'];

/** First severity number of WARN. */
const WARN = 13;

/** Outcomes by what they mean for the reader, as their severity has it. */
const OUTCOME_TONES: ReadonlyMap<string, Tone> = new Map<string, Tone>([
  ['completed', 'plain'],
  ['upgraded', 'redirect'],
  ['tunneled', 'redirect'],
  ['aborted', 'warning'],
  ['rejected', 'warning'],
  ['timeout', 'error'],
  ['crashed', 'fatal'],
]);

/** The tone of an outcome; one that is not known is a failure. */
export function outcomeToneOf(outcome: string): Tone {
  return OUTCOME_TONES.get(outcome) ?? 'error';
}

/** The status code and its tone; where none was sent the outcome gives the tone. */
export function statusOf(attributes: Attributes): { readonly tone: Tone; readonly text: string } {
  const status = integerOf(attributes['http.response.status_code']);
  if (status !== undefined) return { tone: toneOf(status), text: String(status) };
  const tone = outcomeToneOf(textOf(attributes['access_log.outcome']) ?? '');
  return { tone: tone === 'plain' ? 'error' : tone, text: '---' };
}

/** Whether its severity comes of the duration: it is a warning without a status or an outcome that explains it. */
export function isSlow({
  severityNumber,
  attributes,
}: Pick<ReceivedRecord, 'severityNumber' | 'attributes'>): boolean {
  return (
    severityNumber >= WARN &&
    statusOf(attributes).tone === 'success' &&
    attributes['access_log.outcome'] === 'completed'
  );
}

/** The path and the query; host and port that a tunnel was asked for; a dash where neither is known. */
export function targetOf(attributes: Attributes): string {
  const query = textOf(attributes['url.query']);
  const path = textOf(attributes['url.path']) ?? tunnelOf(attributes) ?? '-';
  return query === undefined ? path : `${path}?${query}`;
}

function tunnelOf(attributes: Attributes): string | undefined {
  // The address of what was rejected may be our own.
  if (attributes['http.request.method'] !== 'CONNECT' || attributes['access_log.outcome'] === 'rejected')
    return undefined;
  const address = textOf(attributes['server.address']);
  if (address === undefined) return undefined;
  const host = address.includes(':') ? `[${address}]` : address;
  return `${host}:${integerOf(attributes['server.port']) ?? '-'}`;
}
