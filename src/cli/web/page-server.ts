import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { ReceivedRecord } from '../receiver/otlp-record.ts';
import { stepOverPortsInUse } from '../receiver/ports.ts';
import { compileFilterText, type TextFilter } from './filter-text.ts';
import { checkRequest, newToken, PAGE_HOST, type Refusal } from './guard.ts';
import { pageWith, policyOf } from './page-document.ts';
import { Picture } from './picture.ts';
import { RecordFeeds } from './record-feeds.ts';
import {
  type PageSettings,
  SORTS,
  type SortName,
  type SourceTrouble,
  sortRows,
  TABLES,
  type TableName,
  type TableView,
} from './snapshot.ts';

const DEFAULT_PORT = 4319;
/** Rows of a table that a page is given. */
const ROWS = 50;
const MAX_CONNECTIONS = 64;

export interface PageOptions {
  readonly settings: PageSettings;
  /** The built document. */
  readonly page: string;
  /** What the source could not give, so far. */
  readonly trouble: () => SourceTrouble;
  /** Which records are in the stream; all are counted. Default: all. */
  readonly isListed?: (record: ReceivedRecord) => boolean;
  /** 0 for a free one. Default: 4319, or the next one that is free. */
  readonly port?: number | undefined;
}

/** The page while it is served. */
export interface Page {
  /** With the token. */
  readonly url: string;
  readonly add: (record: ReceivedRecord) => void;
  /** Ends open connections too. */
  readonly close: () => Promise<void>;
}

/**
 * Serves the page on 127.0.0.1, to those who have its address.
 * @throws Error with `code` `EADDRINUSE` where the port is taken
 */
export async function servePage(options: PageOptions): Promise<Page> {
  const { settings, page, isListed = () => true } = options;
  const served: Served = {
    picture: new Picture(!settings.isLive),
    feeds: new RecordFeeds(),
    token: newToken(),
    document: pageWith(page, settings),
    headers: { ...HEADERS, 'content-security-policy': `${policyOf(page, "'self'")}; frame-ancestors 'none'` },
    trouble: options.trouble,
  };
  const listening = (port: number): Promise<Server> =>
    listen((request, response) => serve(request, response, served), port);
  const server =
    options.port === undefined
      ? await stepOverPortsInUse((offset) => listening(DEFAULT_PORT + offset))
      : await listening(options.port);
  return {
    url: `http://${PAGE_HOST}:${portOf(server)}/${served.token}/`,
    add: (record) => {
      served.picture.add(record, Date.now());
      if (isListed(record)) served.feeds.add(record);
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

interface Served {
  readonly picture: Picture;
  readonly feeds: RecordFeeds;
  readonly token: string;
  readonly document: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly trouble: () => SourceTrouble;
}

const HEADERS: Readonly<Record<string, string>> = {
  'cache-control': 'no-store',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
};

function serve(request: IncomingMessage, response: ServerResponse, served: Served): void {
  const path = checkRequest(request, request.socket.localPort ?? 0, served.token);
  if (typeof path !== 'string') {
    refuse(response, path, served);
    return;
  }
  const query = new URL(request.url ?? '', 'http://localhost').searchParams;
  if (path === '/') send(response, 'text/html; charset=utf-8', served.document, served);
  else if (path === '/data')
    send(response, 'application/json', JSON.stringify(dataOf(query, served)), served);
  else if (path === '/records') stream(query.get('filter') ?? '', response, served);
  else refuse(response, { status: 404, message: 'no such path' }, served);
}

function dataOf(query: URLSearchParams, { picture, trouble }: Served): object {
  const table = TABLES.find((name) => name === query.get('table')) ?? 'routes';
  const by = SORTS.find((name) => name === query.get('sort')) ?? 'count';
  return {
    snapshot: picture.snapshot(Date.now(), trouble()),
    table: firstRows(picture, table, by, query.get('order') !== 'ascending'),
  };
}

function firstRows(
  picture: Picture,
  name: TableName,
  by: SortName,
  isDescending: boolean,
): TableView & { keys: number } {
  const { rows, others } = picture.table(name);
  return { rows: sortRows(rows, by, isDescending).slice(0, ROWS), others, keys: rows.length };
}

function stream(text: string, response: ServerResponse, served: Served): void {
  let filter: TextFilter;
  try {
    filter = compileFilterText(text);
  } catch (error) {
    const message = error instanceof TypeError ? error.message : 'not a filter';
    refuse(response, { status: 400, message }, served);
    return;
  }
  response.writeHead(200, { ...served.headers, 'content-type': 'text/event-stream' });
  if (!served.feeds.open(response, filter)) response.end();
}

function send(response: ServerResponse, type: string, body: string, { headers }: Served): void {
  response.writeHead(200, { ...headers, 'content-type': type }).end(body);
}

function refuse(response: ServerResponse, { status, message }: Refusal, { headers }: Served): void {
  const allow = status === 405 ? { allow: 'GET, HEAD' } : {};
  response.writeHead(status, { ...headers, ...allow, 'content-type': 'text/plain; charset=utf-8' });
  response.end(`${message}\n`);
}

function listen(
  listener: (request: IncomingMessage, response: ServerResponse) => void,
  port: number,
): Promise<Server> {
  const server = createServer(listener);
  server.maxConnections = MAX_CONNECTIONS;
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, PAGE_HOST, () => resolve(server));
  });
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}
