// What is sent to the application of every lane, and what is known about each exchange from the client's side.
import assert from 'node:assert/strict';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const PARENT = 'b7ad6b7169203331';
/** As many requests are sent at once. */
export const TOGETHER = 12;

interface Request {
  readonly method?: string;
  readonly path: string;
  /** Template that the framework matches; none where it matches nothing. */
  readonly route?: string;
  readonly status: number;
  /** `traceparent` (W3C Trace Context, section 3.2). */
  readonly traceparent?: string;
}

/** One exchange as the client and the application's handler saw it. */
export interface Exchange {
  readonly method: string;
  readonly path: string;
  readonly route: string | undefined;
  readonly status: number;
  readonly traceparent: string | undefined;
  /** The span that was active when the server called the application; `undefined` where there was none. */
  readonly span: Ids | undefined;
  /** Trace that was active in the handler of the route; `undefined` where that did not tell. */
  readonly handlerTraceId: string | undefined;
  /** Process and thread, as `<pid>.<thread id>`. */
  readonly servedBy: string;
  /** Names of the headers of the response, except for `date`. */
  readonly headerNames: readonly string[];
}

export interface Ids {
  readonly traceId: string;
  readonly spanId: string;
  readonly flags: number;
}

const ONE_BY_ONE: readonly Request[] = [
  { path: '/items/1', route: '/items/:id', status: 200 },
  { path: '/items/two?colour=red', route: '/items/:id', status: 200 },
  { path: '/missing', status: 404 },
  { path: '/fail/3', route: '/fail/:id', status: 500 },
  { method: 'POST', path: '/items', route: '/items', status: 201 },
  { path: '/items/4', route: '/items/:id', status: 200, traceparent: `00-${TRACE}-${PARENT}-01` },
  { path: '/items/5', route: '/items/:id', status: 200, traceparent: `00-${TRACE}-${PARENT}-00` },
];

const AT_ONCE: readonly Request[] = Array.from({ length: TOGETHER }, (_, index) => ({
  path: `/together/${index + 10}`,
  route: '/together/:id',
  status: 200,
}));

/** Sends everything. `/outer` has the application call its own `/inner`: that is an exchange too. */
export async function sendTraffic(port: number): Promise<Exchange[]> {
  const exchanges: Exchange[] = [];
  for (const request of ONE_BY_ONE) exchanges.push((await send(port, request)).exchange);
  const together = await Promise.all(AT_ONCE.map((request) => send(port, request)));
  exchanges.push(...together.map(({ exchange }) => exchange));
  const { exchange: outer, body } = await send(port, { path: '/outer', route: '/outer', status: 200 });
  const inner = {
    method: 'GET',
    path: '/inner',
    route: '/inner',
    status: 200,
    traceparent: typeof body.traceparent === 'string' ? body.traceparent : undefined,
    span: idsOf(body.span),
    handlerTraceId: undefined,
    servedBy: String(body.servedBy),
    headerNames: [],
  };
  return [...exchanges, outer, inner];
}

/** An exchange without what differs from run to run: its ids, and who served it. */
export function withoutIds({ span, handlerTraceId, traceparent, servedBy, ...rest }: Exchange): object {
  const present = (value: unknown): boolean => value !== undefined;
  return {
    ...rest,
    span: present(span),
    handlerTraceId: present(handlerTraceId),
    traceparent: present(traceparent),
  };
}

async function send(
  port: number,
  { method = 'GET', path, route, status, traceparent }: Request,
): Promise<{ exchange: Exchange; body: Readonly<Record<string, unknown>> }> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, {
    method,
    headers: {
      'content-type': 'application/json',
      ...(traceparent === undefined ? {} : { traceparent }),
    },
    ...(method === 'POST' ? { body: '{"name":"lamp"}' } : {}),
  });
  const text = await response.text();
  assert.equal(response.status, status, `${method} ${path}: ${text}`);
  const isJson = response.headers.get('content-type')?.startsWith('application/json') === true;
  const body: Readonly<Record<string, unknown>> = isJson ? JSON.parse(text) : {};
  const exchange = {
    method,
    path: path.replace(/\?.*/, ''),
    route,
    status,
    traceparent,
    span: idsOf(response.headers.get('x-span')),
    // What `/outer` answers is of the inner exchange.
    handlerTraceId: path === '/outer' ? undefined : idsOf(body.span)?.traceId,
    servedBy: response.headers.get('x-served-by') ?? '',
    headerNames: [...response.headers.keys()].filter((name) => name !== 'date'),
  };
  return { exchange, body };
}

function idsOf(text: unknown): Ids | undefined {
  const match = /^([\da-f]{32})-([\da-f]{16})-(\d\d)$/.exec(String(text));
  if (match === null) return undefined;
  const [, traceId = '', spanId = '', flags] = match;
  return { traceId, spanId, flags: Number(flags) };
}
