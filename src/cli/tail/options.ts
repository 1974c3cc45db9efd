import { parseArgs } from 'node:util';
import { isPathRule } from '../../options/path/path-rules.ts';
import { WEB_OPTIONS, type WebOptions, webOptionsOf } from '../web/web-options.ts';
import type { FilterOptions } from './filter.ts';

const FORMATS = ['line', 'json', 'goaccess'] as const;
export type TailFormat = (typeof FORMATS)[number];

export interface TailOptions {
  readonly host: string;
  readonly allowedHosts: readonly string[];
  readonly grpcPort: number;
  readonly httpPort: number;
  readonly format: TailFormat;
  readonly filter: FilterOptions;
  /** A file of records, `-` for standard input, instead of what arrives. */
  readonly from?: string;
  /** Instead of lines. */
  readonly web?: WebOptions;
}

/**
 * Reads the arguments of `tail`.
 * @returns `undefined` where help is asked for
 * @throws TypeError with the wrong argument, what was expected and what was given
 */
export function parseTailArgs(args: readonly string[]): TailOptions | undefined {
  const { values } = parseArgs({ args: [...args], options: OPTIONS, allowPositionals: false });
  if (values.help === true) return undefined;
  const port = values.port === undefined ? 4317 : portOf('--port', values.port);
  const grpcPort = values['grpc-port'] === undefined ? port : portOf('--grpc-port', values['grpc-port']);
  const nextPort = port === 0 ? 0 : port + 1;
  const httpPort = values['http-port'] === undefined ? nextPort : portOf('--http-port', values['http-port']);
  if (httpPort > MAX_PORT)
    throw wrong('--port', `a port below ${MAX_PORT}, since HTTP takes the next one`, String(port));
  if (grpcPort === httpPort && grpcPort !== 0) {
    throw wrong('--http-port', 'another port than that of gRPC', String(httpPort));
  }
  const web = webOptionsOf(values);
  const listening = LISTENING.find((option) => values[option] !== undefined);
  if (values.from !== undefined && listening !== undefined) {
    throw new TypeError(
      `--${listening}: expected no --from beside it, since a file is read and nothing arrives`,
    );
  }
  return {
    host: values.host ?? '127.0.0.1',
    allowedHosts: listOf(values['allow-host']).map(hostOf),
    grpcPort,
    httpPort,
    format: formatOf(values.format, values.json ?? false),
    ...(values.from === undefined ? {} : { from: values.from }),
    ...(web === undefined ? {} : { web }),
    filter: {
      statuses: listOf(values.status).map(statusOf),
      routes: listOf(values.route).map(routeOf),
      services: values.service ?? [],
      ...(values.slow === undefined ? {} : { slowSeconds: secondsOf(values.slow) }),
      ...(values.trace === undefined ? {} : { trace: traceOf(values.trace) }),
    },
  };
}

const OPTIONS = {
  status: { type: 'string', multiple: true },
  route: { type: 'string', multiple: true },
  slow: { type: 'string' },
  service: { type: 'string', multiple: true },
  trace: { type: 'string' },
  host: { type: 'string' },
  'allow-host': { type: 'string', multiple: true },
  port: { type: 'string' },
  'grpc-port': { type: 'string' },
  'http-port': { type: 'string' },
  format: { type: 'string' },
  json: { type: 'boolean' },
  from: { type: 'string' },
  ...WEB_OPTIONS,
  help: { type: 'boolean', short: 'h' },
} as const;

/** Options of what arrives. */
const LISTENING = ['host', 'allow-host', 'port', 'grpc-port', 'http-port'] as const;

const MAX_PORT = 65_535;

function portOf(option: string, text: string): number {
  if (!/^\d{1,5}$/.test(text) || Number(text) > MAX_PORT)
    throw wrong(option, `a port from 0 to ${MAX_PORT}`, text);
  return Number(text);
}

function formatOf(text: string | undefined, json: boolean): TailFormat {
  if (text === undefined) return json ? 'json' : 'line';
  const format = FORMATS.find((one) => one === text);
  if (format === undefined) throw wrong('--format', FORMATS.join(', '), text);
  if (json && format !== 'json') throw wrong('--format', 'json beside --json', text);
  return format;
}

function hostOf(text: string): string {
  if (!/^[\w-]+(?:\.[\w-]+)*\.?$/.test(text))
    throw wrong('--allow-host', 'the name of a host, without a port', text);
  return text;
}

function statusOf(text: string): string {
  const status = text.toLowerCase();
  // RFC 9110 section 15: there are five classes.
  if (!/^[1-5](?:\d\d|xx)$/.test(status))
    throw wrong('--status', 'codes and classes such as 404 or 5xx, from 100 to 599', text);
  return status;
}

function routeOf(text: string): string {
  if (!isPathRule(text)) throw wrong('--route', '[METHOD ]glob, the glob beginning with / or *', text);
  return text;
}

const SECONDS = { ms: 1e-3, s: 1, m: 60 } as const;

function secondsOf(text: string): number {
  const [, number = '', unit = ''] = /^(\d+(?:\.\d+)?)(ms|s|m)$/.exec(text.trim()) ?? [];
  if (unit !== 'ms' && unit !== 's' && unit !== 'm')
    throw wrong('--slow', 'a time such as 200ms, 1.5s or 2m', text);
  return Number(number) * SECONDS[unit];
}

function traceOf(text: string): string {
  if (!/^[0-9a-f]{1,32}$/i.test(text)) throw wrong('--trace', 'up to 32 hexadecimal digits', text);
  return text.toLowerCase();
}

function listOf(values: readonly string[] = []): string[] {
  return values.flatMap((value) => value.split(',')).map((value) => value.trim());
}

function wrong(option: string, expected: string, given: string): TypeError {
  return new TypeError(`${option}: expected ${expected}, got ${JSON.stringify(given)}`);
}
