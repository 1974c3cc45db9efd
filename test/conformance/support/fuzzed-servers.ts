import type { RequestListener, Server, ServerOptions } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/** What a handler does with a request, by its path. */
const routes: Readonly<Record<string, RequestListener>> = {
  '/echo': (request, response) => void request.pipe(response),
  '/never': () => undefined,
  '/slow': (_request, response) => setTimeout(() => response.end('slow'), 2),
  '/begun': (_request, response) => {
    response.write('begun');
  },
  '/raw': (_request, response) => response.socket?.write('HTTP/1.1 299 Raw\r\nContent-Length: 0\r\n\r\n'),
  '/raw-end': (_request, response) => response.socket?.end('HTTP/1.1 298 Raw\r\n\r\n'),
  '/noise': (_request, response) => response.socket?.end('no HTTP'),
  '/destroy': (_request, response) => response.destroy(),
  '/destroy-socket': (_request, response) => {
    response.end('x');
    response.socket?.destroy();
  },
};
export const PATHS: readonly string[] = ['/', ...Object.keys(routes)];

export interface ServerKind {
  readonly options?: ServerOptions;
  readonly isTls?: true;
  readonly setUp?: (server: Server) => void;
}

const onClientError =
  (act: (socket: Socket) => void) =>
  (server: Server): void => {
    server.on('clientError', (_error, socket: Socket) => act(socket));
  };

/** A socket that errs without a listener would end the process. */
function take(socket: Duplex): void {
  socket.on('error', () => undefined);
  socket.on('end', () => socket.end()).resume();
}

export const SERVER_KINDS = {
  plain: {},
  'answers errors': {
    setUp: onClientError((socket) => socket.writable && socket.end('HTTP/1.1 499 Mine\r\n\r\nmine')),
  },
  'ignores errors': { setUp: onClientError(() => undefined) },
  'destroys at errors': { setUp: onClientError((socket) => socket.destroy()) },
  upgrades: {
    setUp: (server: Server) => {
      server.on('upgrade', (_request, socket: Duplex) => {
        take(socket);
        socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n');
      });
      server.on('connect', (_request, socket: Duplex) => {
        take(socket);
        socket.write('HTTP/1.1 200 Connected\r\n\r\n');
      });
    },
  },
  'refuses upgrades': {
    setUp: (server: Server) => {
      server.on('upgrade', (_request, socket: Duplex) => socket.destroy());
      server.on('connect', (_request, socket: Duplex) => {
        take(socket);
        socket.end('HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n');
      });
    },
  },
  impatient: { options: { headersTimeout: 10, requestTimeout: 20, connectionsCheckingInterval: 5 } },
  'one request for each socket': {
    setUp: (server: Server) => {
      server.maxRequestsPerSocket = 1;
    },
  },
  TLS: { isTls: true },
} as const satisfies Record<string, ServerKind>;

/** The handler of all servers. */
export const handle: RequestListener = (request, response) => {
  response.on('error', () => undefined);
  request.on('error', () => undefined);
  const route = routes[request.url ?? ''];
  if (route === undefined) response.end('hello');
  else route(request, response);
};
