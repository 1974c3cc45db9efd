// The service that hostile clients meet. It knows nothing of the access log.
import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Socket } from 'node:net';
import type { Certificate } from '../../support/certificates.ts';

const KIBIBYTE = Buffer.alloc(1024, 'x');
const BIG = Buffer.alloc(16 * 1024 * 1024, 'x');

const routes: Readonly<Record<string, RequestListener>> = {
  '/echo': (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => response.end(Buffer.concat(chunks)));
  },
  '/unread': (_request, response) => response.end('without reading'),
  '/never': () => undefined,
  '/begun': (_request, response) => {
    response.write('begun');
  },
  '/big': (_request, response) => response.end(BIG),
  '/endless': (_request, response) => flow(response),
};

/** Writes as long as the client reads. */
function flow(response: ServerResponse): void {
  while (!response.destroyed && response.write(KIBIBYTE));
  response.once('drain', () => flow(response));
}

/** What becomes of an upgrade: the client talks to itself. */
function takeOver(socket: Socket): void {
  socket.on('error', () => undefined);
  socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n');
  socket.on('end', () => socket.end()).resume();
}

/**
 * Answers `/path?anything`.
 *
 * @param patience `short` gives up on what does not come soon; `long` waits, so that a busy machine changes nothing
 */
export function createTarget(patience: 'long' | 'short', tls?: Certificate): Server {
  const timeouts =
    patience === 'long'
      ? {}
      : { headersTimeout: 1000, requestTimeout: 1500, connectionsCheckingInterval: 50 };
  const onRequest: RequestListener = (request, response) => {
    const route = routes[request.url?.split('?')[0] ?? ''];
    if (route === undefined) response.end('hello');
    else route(request, response);
  };
  const server =
    tls === undefined
      ? createServer(timeouts, onRequest)
      : createTlsServer(
          { ...timeouts, ...tls, handshakeTimeout: patience === 'long' ? 60_000 : 1000 },
          onRequest,
        );
  server.keepAliveTimeout = 1000;
  server.on('upgrade', (_request, socket: Socket) => takeOver(socket));
  return server;
}
