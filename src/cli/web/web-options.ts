import { resolve } from 'node:path';

/** The options of `tail` that are about the page, for `parseArgs`. */
export const WEB_OPTIONS = {
  web: { type: 'boolean' },
  'web-port': { type: 'string' },
  report: { type: 'string' },
  'trace-url': { type: 'string' },
} as const;

export const WEB_HELP = `
As a page:
  --web             the live log in a browser, on 127.0.0.1 only; prints its address
  --web-port PORT   default 4319, or the next one that is free
  --report FILE     with --from: one HTML file that needs nothing else, - for standard output
  --trace-url URL   where traces are shown: 'http://localhost:16686/trace/{traceId}'
`;

export interface WebOptions {
  /** Whether a page is served. */
  readonly isServed: boolean;
  readonly port: number | undefined;
  /** The file that is written, `-` for standard output. */
  readonly report: string | undefined;
  readonly traceUrl: string | null;
}

interface WebValues {
  readonly web?: boolean | undefined;
  readonly 'web-port'?: string | undefined;
  readonly report?: string | undefined;
  readonly 'trace-url'?: string | undefined;
  readonly from?: string | undefined;
}

/**
 * @returns `undefined` where no page is asked for
 * @throws TypeError with the wrong argument, what was expected and what was given
 */
export function webOptionsOf(values: WebValues): WebOptions | undefined {
  const { web: isServed = false, 'web-port': port, report, 'trace-url': traceUrl, from } = values;
  if (!isServed && report === undefined) {
    if (port !== undefined) throw new TypeError('--web-port: expected --web beside it');
    if (traceUrl !== undefined) throw new TypeError('--trace-url: expected --web or --report beside it');
    return undefined;
  }
  if (report !== undefined && from === undefined)
    throw new TypeError('--report: expected --from FILE beside it');
  // What it is made of must outlive it.
  if (report !== undefined && report !== '-' && resolve(report) === resolve(from ?? ''))
    throw new TypeError('--report: expected another file than that of --from');
  return {
    isServed,
    port: port === undefined ? undefined : portOf(port),
    report,
    traceUrl: traceUrl === undefined ? null : traceUrlOf(traceUrl),
  };
}

function portOf(text: string): number {
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535)
    throw wrong('--web-port', 'a port from 0 to 65535', text);
  return Number(text);
}

/** No other scheme: the link is one that a person clicks on. */
function traceUrlOf(text: string): string {
  const isUrl = URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
  if (!isUrl || !text.includes('{traceId}'))
    throw wrong('--trace-url', 'an http(s) URL with {traceId} in it', text);
  return text;
}

function wrong(option: string, expected: string, given: string): TypeError {
  return new TypeError(`${option}: expected ${expected}, got ${JSON.stringify(given)}`);
}
