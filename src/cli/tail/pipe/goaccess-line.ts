import { targetOf } from '../../../render/exchange-text.ts';
import { integerOf, numberOf, textOf } from '../../../render/format.ts';
import { safeJson } from '../../../render/safe-json.ts';
import type { ReceivedRecord } from '../../receiver/otlp-record.ts';

type Attributes = ReceivedRecord['attributes'];

/** GoAccess refuses a line without an address. RFC 4291, section 2.5.2: this one indicates the absence of an address. */
const NO_ADDRESS = '::';

/** GoAccess refuses a line with a method that it does not know: those of version 1.7, which later ones know too. */
const METHODS: ReadonlySet<string | undefined> = new Set([
  ...['OPTIONS', 'GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'TRACE', 'CONNECT', 'PATCH'],
  ...['PROPFIND', 'PROPPATCH', 'MKCOL', 'COPY', 'MOVE', 'LOCK', 'UNLOCK', 'REPORT', 'CHECKOUT', 'MERGE'],
  'MKACTIVITY',
]);

/** Likewise protocols. */
const PROTOCOLS: Readonly<Record<string, string>> = {
  '1.0': 'HTTP/1.0',
  '1.1': 'HTTP/1.1',
  '2': 'HTTP/2.0',
  '3': 'HTTP/3.0',
};

/** The connection went on as something else: how long it was open says nothing of how long requests take. */
const HANDED_OVER: ReadonlySet<unknown> = new Set(['upgraded', 'tunneled']);

/**
 * An exchange as a line of Caddy's JSON log, as `goaccess --log-format=CADDY` reads it. A status that was not sent is left
 * out, and so is what GoAccess would refuse the whole line for: unknown methods and protocols. The client is there twice:
 * GoAccess 1.7 reads `remote_ip`, later ones `client_ip`.
 *
 * @returns `undefined` for a record that is not an exchange
 */
export function goaccessLine(record: ReceivedRecord): string | undefined {
  const { attributes, timeUnixNano } = record;
  const outcome = textOf(attributes['access_log.outcome']);
  if (outcome === undefined) return undefined;
  const client = textOf(attributes['client.address']) || NO_ADDRESS;
  const userAgent = textOf(attributes['user_agent.original']);
  const referer = firstOf(attributes, 'http.request.header.referer');
  const contentType = firstOf(attributes, 'http.response.header.content-type');
  const request = {
    remote_ip: client,
    client_ip: client,
    proto: PROTOCOLS[textOf(attributes['network.protocol.version']) ?? ''],
    method: methodOf(attributes),
    host: textOf(attributes['server.address']),
    uri: targetOf(attributes),
    headers: {
      ...(userAgent === undefined ? {} : { 'User-Agent': [userAgent] }),
      ...(referer === undefined ? {} : { Referer: [referer] }),
    },
  };
  let line = `{"ts":${secondsOf(timeUnixNano)},"request":${safeJson(request)}`;
  const duration = HANDED_OVER.has(outcome)
    ? undefined
    : numberOf(attributes['http.server.request.duration']);
  // With a decimal point and without an exponent: GoAccess takes other numbers for 0.
  if (duration !== undefined && Number.isFinite(duration)) line += `,"duration":${duration.toFixed(6)}`;
  const size = integerOf(attributes['http.response.body.size']);
  if (size !== undefined) line += `,"size":${size}`;
  const status = integerOf(attributes['http.response.status_code']);
  if (status !== undefined) line += `,"status":${status}`;
  if (contentType !== undefined) line += `,"resp_headers":${safeJson({ 'Content-Type': [contentType] })}`;
  return `${line}}`;
}

function methodOf(attributes: Attributes): string | undefined {
  const method = textOf(attributes['http.request.method']);
  return METHODS.has(method) ? method : undefined;
}

/** The value of a header that was captured. */
function firstOf(attributes: Attributes, name: string): string | undefined {
  const values = attributes[name];
  return Array.isArray(values) ? textOf(values[0]) : textOf(values);
}

/** With the point that GoAccess expects, also for a whole second. */
function secondsOf(unixNano: bigint): string {
  const micros = String((unixNano % 1_000_000_000n) / 1000n).padStart(6, '0');
  return `${unixNano / 1_000_000_000n}.${micros}`;
}
