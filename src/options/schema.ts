import type { Attributes } from '@opentelemetry/api';
import type { Exchange } from '../http/exchange.ts';
import {
  boolean,
  directoryPath,
  filePath,
  headerNames,
  integer,
  number,
  oneOf,
  originHeaders,
  pathRules,
  proxies,
  timerMs,
  type Value,
} from './values.ts';

/** Type, default and description of one option. */
export interface Option<T> extends Value<T> {
  readonly default: T;
  readonly unit?: 'MiB' | 'ms' | 'records' | 'records per second';
  /** For docs/options.md and the JSON Schema; Markdown, on one line. */
  readonly meaning: string;
}

type Level = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal';
type ClientIp = 'full' | 'truncated' | 'none';
export type BodyFormat = 'line' | 'json' | 'combined';
type StdoutFormat = 'off' | BodyFormat;
type PipelineKind = 'stream' | 'sdk';
type Freeze = 'auto' | 'on' | 'off';
type Upgrades = 'end' | 'start';
type Tracing = 'auto' | 'context' | 'spans' | 'off';

function option<T>(value: Value<T>, rest: Omit<Option<T>, keyof Value<T>>): Option<T> {
  return { ...value, ...rest };
}

const none: readonly string[] = [];

/**
 * The options, in the order of docs/options.md. The types, defaults, messages, that table and the JSON Schema come
 * from here; the environment variable is the name in capitals, with `ACCESS_LOG_` before it.
 */
export const optionSchema = {
  /** Whether there is an access log at all. Default `true`. */
  enabled: option(boolean, {
    default: true,
    meaning: 'whether there is an access log at all',
  }) as Option<boolean>,
  /** Minimum severity. Default `info`. */
  level: option(oneOf(['trace', 'debug', 'info', 'warn', 'error', 'fatal']), {
    default: 'info',
    meaning: 'minimum severity: `trace`, `debug`, `info`, `warn`, `error`, `fatal`',
  }) as Option<Level>,
  /** Token bucket for normal records: records per second and process, also below 1. Default `1000`. */
  rate: option(number(0), {
    default: 1000,
    unit: 'records per second',
    meaning: 'token bucket for normal records, per process; may be below 1',
  }) as Option<number>,
  /** How many records that bucket lets through at once. Default `2000`. */
  burst: option(integer(1), {
    default: 2000,
    unit: 'records',
    meaning: 'how many that bucket lets through at once',
  }) as Option<number>,
  /** Reserve for errors (5xx, timeout, crashed, slow): records per second and process. Default `200`. */
  errorRate: option(number(0), {
    default: 200,
    unit: 'records per second',
    meaning: 'reserve for errors (5xx, timeout, crashed, slow), per process',
  }) as Option<number>,
  /** How many errors the reserve lets through at once. Default `1000`. */
  errorBurst: option(integer(1), {
    default: 1000,
    unit: 'records',
    meaning: 'how many errors the reserve lets through at once',
  }) as Option<number>,
  /** Bucket of what is rejected before it is a request: records per second and process. Default `100`. */
  rejectedRate: option(number(0), {
    default: 100,
    unit: 'records per second',
    meaning:
      'bucket of what is rejected before it is a request (malformed, headers too large or too late), per process; ' +
      'it draws from no other',
  }) as Option<number>,
  /** How many rejected requests that bucket lets through at once. Default `200`. */
  rejectedBurst: option(integer(1), {
    default: 200,
    unit: 'records',
    meaning: 'how many rejected requests that bucket lets through at once',
  }) as Option<number>,
  /** Milliseconds to the head from which an exchange is slow: WARN, and may draw from the reserve. Default `1000`. */
  slowMs: option(number(0), {
    default: 1000,
    unit: 'ms',
    meaning: 'slower exchanges are WARN and may draw from the reserve',
  }) as Option<number>,
  /** Path rules, `[METHOD ]glob`: requests that are answered late on purpose, so never slow. Default `GET /socket.io/**`. */
  longPolls: option(pathRules, {
    default: ['GET /socket.io/**'],
    meaning:
      'list like that of `ignore`; requests there are answered late on purpose (long polling), so they are never ' +
      'slow; `,` for none, in code and file `[]`',
  }) as Option<readonly string[]>,
  /** Milliseconds after which an open exchange gives `access_log.started`, then `progress`; 0 is never. Default `0`. */
  longAfterMs: option(timerMs, {
    default: 0,
    unit: 'ms',
    meaning:
      'an exchange that is open for so long gives an event `access_log.started`, and `access_log.progress` each time ' +
      'that as long has passed again, with the bytes so far; `0` is never',
  }) as Option<number>,
  /** Path rules, `[METHOD ]glob`: not recorded unless they end in an error. Default empty. */
  ignore: option(pathRules, {
    default: none,
    meaning:
      'list of `[METHOD ]path-glob`; not recorded unless they end in an error; `*` is any text within a segment, ' +
      '`**` any number of segments, `?` one character; applies only where all match that a server may take the path ' +
      'for (dot segments, `//`, percent-encoding)',
  }) as Option<readonly string[]>,
  /** Path rules, `[METHOD ]glob`: DEBUG instead of INFO, so recorded only at a lower level. Default empty. */
  noise: option(pathRules, {
    default: none,
    meaning: 'list like that of `ignore`; recorded as DEBUG, so only when the level is lowered',
  }) as Option<readonly string[]>,
  /** Path rules where the query is dropped as a whole. Default `/login,/oauth/**,/token`. */
  sensitivePaths: option(pathRules, {
    default: ['/login', '/oauth/**', '/token'],
    meaning:
      'list like that of `ignore`; the query is dropped as a whole there, and where a server may take the path for one ' +
      'of these; `,` for none, in code and file `[]`',
  }) as Option<readonly string[]>,
  /**
   * Peers whose proxy headers are believed: addresses, CIDRs, and the names `loopback`, `linklocal`, `uniquelocal`,
   * `cloudflare`, `unix`. A peer that connects from there can claim any client address. A number instead is how many
   * hops are trusted, the peer being the first, as Express counts them. Default empty.
   */
  trustedProxies: option(proxies, {
    default: none,
    meaning:
      'peers whose proxy headers are believed: list of addresses, CIDRs and the names `loopback`, `linklocal`, ' +
      '`uniquelocal`, `cloudflare`, `unix` (peers of a Unix domain socket); or one number alone: so many hops, as ' +
      'Express counts them',
  }) as Option<readonly string[] | number>,
  /** Headers that name the client, in order of precedence, believed only from a trusted peer. Default `x-forwarded-for`. */
  clientIpHeaders: option(headerNames, {
    default: ['x-forwarded-for'],
    meaning:
      'headers that name the client, in order of precedence, believed only from a trusted peer; one without any ' +
      'address in it is as good as absent; list only those that your proxy writes or removes; with `cloudflare` ' +
      'among the trusted, `cf-connecting-ip` comes first where the peer, or the hop that the trusted walk reached, ' +
      'is a Cloudflare address; naming it here believes it from any trusted peer',
  }) as Option<readonly string[]>,
  /**
   * Headers that carry the scheme, host and port that the client asked for, believed only from a trusted peer: of
   * `x-forwarded-proto`, `x-forwarded-host`, `x-forwarded-port`, `forwarded`. Default `x-forwarded-proto`.
   */
  originHeaders: option(originHeaders, {
    default: ['x-forwarded-proto'],
    meaning:
      'headers that name the scheme, host and port that the client asked for, believed only from a trusted peer: of ' +
      '`x-forwarded-proto`, `x-forwarded-host`, `x-forwarded-port`, `forwarded`; list only those that your proxy ' +
      'writes or removes',
  }) as Option<readonly string[]>,
  /** How much of the client's and the peer's address is written; `truncated` is /24 and /48. Default `full`. */
  clientIp: option(oneOf(['full', 'truncated', 'none']), {
    default: 'full',
    meaning: '`full`, `truncated` (/24, /48), `none`; for `client.address` and `network.peer.address`',
  }) as Option<ClientIp>,
  /** Request headers that are written; of credentials in them only the scheme or the names. Default empty. */
  requestHeaders: option(headerNames, {
    default: none,
    meaning: 'list of request headers that are written; no other is',
  }) as Option<readonly string[]>,
  /** Response headers that are written; of cookies only the names. Default empty. */
  responseHeaders: option(headerNames, {
    default: none,
    meaning: 'list of response headers that are written; no other is',
  }) as Option<readonly string[]>,
  /** Body of the record. Default `line`. */
  body: option(oneOf(['line', 'json', 'combined']), {
    default: 'line',
    meaning: 'body of the record: `line`, `json`, `combined`',
  }) as Option<BodyFormat>,
  /** Writes each record to standard output too, asynchronously. Default `off`. */
  stdout: option(oneOf(['off', 'line', 'json', 'combined']), {
    default: 'off',
    meaning: '`off`, `line`, `json`, `combined`: also to standard output, asynchronously',
  }) as Option<StdoutFormat>,
  /** When the record of an upgrade or a tunnel is written: at the end of the connection or at its handshake. Default `end`. */
  upgrades: option(oneOf(['end', 'start']), {
    default: 'end',
    meaning:
      'when an upgrade (WebSocket) or a tunnel (CONNECT) is recorded: `end` of the connection, with its duration and ' +
      'bytes, or `start`, as soon as the application has answered',
  }) as Option<Upgrades>,
  /** Whether failed TLS handshakes are recorded, as rejected. Default `false`. */
  tlsErrors: option(boolean, {
    default: false,
    meaning: 'whether a TLS handshake that fails is recorded, as rejected',
  }) as Option<boolean>,
  /** Where trace and span ids come from. Default `auto`. */
  tracing: option(oneOf(['auto', 'context', 'spans', 'off']), {
    default: 'auto',
    meaning:
      'with an SDK every value but `off` attaches; without one: `auto` ids on the record only, beside another tracing ' +
      'agent those of its spans, `context` also active in the handlers, `spans` NodeTracerProvider + ' +
      'HttpInstrumentation; `off` writes no ids',
  }) as Option<Tracing>,
  /** With `context` or `spans`: `traceparent` on outgoing requests. Default `false`. */
  propagate: option(boolean, {
    default: false,
    meaning:
      'with `context` or `spans`: `traceparent` on outgoing `fetch` and `http.request` (with `context` the latter on ' +
      'Node ≥ 22)',
  }) as Option<boolean>,
  /** Milliseconds that a stopping process waits for delivery. Default `5000`. */
  shutdownTimeoutMs: option(timerMs, {
    default: 5000,
    unit: 'ms',
    meaning: 'how long a stopping process waits for delivery',
  }) as Option<number>,
  /** Whether the platform stops the process between requests. Default `auto`. */
  freeze: option(oneOf(['auto', 'on', 'off']), {
    default: 'auto',
    meaning:
      'whether the platform stops the process, or its processor, between requests: then records are sent as soon as no ' +
      'exchange is open; `auto`: AWS Lambda, Vercel, Cloud Run, Azure Functions, and where there is a request context ' +
      'with `waitUntil`; `on`, `off` ([serverless](serverless.md))',
  }) as Option<Freeze>,
  /** Own delivery, or that of the official parts. Default `stream`. */
  pipeline: option(oneOf(['stream', 'sdk']), {
    default: 'stream',
    meaning:
      '`stream`: own delivery, which encodes at once, retries as OTLP asks and keeps what waits within a limit; ' +
      '`sdk`: BatchLogRecordProcessor and the official exporter',
  }) as Option<PipelineKind>,
  /** Mebibytes of encoded records that are held in memory; beyond it the oldest give way. Default `16`. */
  memoryLimitMib: option(integer(1), {
    default: 16,
    unit: 'MiB',
    meaning: 'with `stream`: encoded records held in memory; beyond it the oldest give way, counted as lost',
  }) as Option<number>,
  /** Exports at the same time. Default `8`. */
  maxInFlight: option(integer(1), {
    default: 8,
    meaning:
      'with `stream`: exports at the same time, as many as half of the memory limit holds (of 2 MiB each under load)',
  }) as Option<number>,
  /** File of headers for OTLP, read again when it changes. Default empty. */
  otlpHeadersFile: option(filePath, {
    default: '',
    meaning:
      'with `stream`: file of headers for OTLP, `name=value` on each line, read again when it changes; they come ' +
      'before those of `OTEL_EXPORTER_OTLP_HEADERS`',
  }) as Option<string>,
  /** Directory in which unacknowledged records outlive the process. Empty: nothing touches the disk. Default empty. */
  spoolDir: option(directoryPath, {
    default: '',
    meaning:
      'with `stream`: directory in which records that no receiver has acknowledged outlive the process; their files ' +
      'are in its subdirectory `otel-access-log`, which only the user of the process may enter; many processes may ' +
      'share it; empty: nothing touches the disk',
  }) as Option<string>,
  /** Mebibytes of records in the spool directory, per process; beyond it the oldest give way. Default `256`. */
  spoolLimitMib: option(integer(8), {
    default: 256,
    unit: 'MiB',
    meaning:
      'with `spoolDir`: records that one process keeps on disk; beyond it the oldest give way, counted as lost',
  }) as Option<number>,
  /** Whether what is written to the spool directory is flushed to the device. Default `false`. */
  spoolFsync: option(boolean, {
    default: false,
    meaning:
      'with `spoolDir`: whether each write is flushed to the device (`fsync`), so that records outlive a power ' +
      'failure too, and not only the process',
  }) as Option<boolean>,
};

/** How many records of one kind were lost at once, and why. */
export interface LostRecords {
  /** Route of the records; `undefined` where they have none, `_OTHER` where it is not known. */
  readonly route: string | undefined;
  /** Method of the records that have no route. */
  readonly method: string | undefined;
  /** `2xx`, or the outcome where there was no status. */
  readonly statusClass: string;
  /** Short reason of low cardinality: `memory_limit`, a gRPC status, an HTTP status. */
  readonly errorType: string;
  readonly count: number;
}

/** Functions, so in code only. One that throws is reported once and left out of the path. */
interface Hooks {
  /** Leaves out the exchanges for which it returns true; they count as ignored. Default: none is left out. */
  readonly skip?: ((exchange: Exchange) => boolean) | undefined;
  /** Returns attributes to add to the record. Default: none are added. */
  readonly attributes?: ((exchange: Exchange) => Attributes | undefined) | undefined;
  /** Called with the records that delivery gave up (`OtlpStreamLogRecordProcessor`). Default: not called. */
  readonly onLost?: ((counts: readonly LostRecords[]) => void) | undefined;
}

/** The hooks as the table of docs/options.md shows them. */
export const hookMeanings: Readonly<Record<keyof Hooks, string>> = {
  skip: '`skip(exchange)`: true leaves the exchange out; it counts as ignored',
  attributes: '`attributes(exchange)`: attributes to add to the record',
  onLost:
    '`onLost(counts)`: told of the records that `OtlpStreamLogRecordProcessor` gave up, per key and reason',
};

/** Names the configuration file; no option, for it can stand neither in code nor in the file. */
export const configVariable: { readonly name: string; readonly meaning: string } = {
  name: 'ACCESS_LOG_CONFIG',
  meaning: 'path of a configuration file, YAML or JSON: the names in code are its keys',
};

export type OptionName = keyof typeof optionSchema;
type ValueOf<O> = O extends Option<infer T> ? T : never;
type Values = { readonly [Name in OptionName]: ValueOf<(typeof optionSchema)[Name]> };

/**
 * What can be set in code; `undefined` is the same as not set. It comes before the environment, then the configuration
 * file, then the default.
 */
export type AccessLogOptions = { readonly [Name in OptionName]?: Values[Name] | undefined } & Hooks;

/** All options with their values, checked and frozen. */
export type ResolvedOptions = Values & {
  readonly skip: Hooks['skip'];
  readonly attributes: Hooks['attributes'];
  readonly onLost: Hooks['onLost'];
};

export const optionNames: readonly OptionName[] = Object.freeze(Object.keys(optionSchema) as OptionName[]);

/** `slowMs` is `ACCESS_LOG_SLOW_MS`. */
export function variableOf(name: OptionName): string {
  return `ACCESS_LOG_${name.replaceAll(/[A-Z]/g, '_$&').toUpperCase()}`;
}
