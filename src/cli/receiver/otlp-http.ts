import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { MAX_MESSAGE_BYTES } from './otlp-limits.ts';
import {
  type Answer,
  COME_AGAIN,
  type Listener,
  type ListenOptions,
  MAX_CONNECTIONS,
  type RawExport,
  RECEIVE_TIMEOUT_MS,
  type ReceiverTls,
  TOO_LARGE,
} from './otlp-listener.ts';
import { encodeResponse, encodeStatus } from './otlp-response.ts';
import type { MemoryShare } from './receive-memory.ts';

const CONTENT_TYPES = { protobuf: 'application/x-protobuf', json: 'application/json' } as const;
/** No garbage, though not served: an SDK sends its spans and metrics to the same port. */
const OTHER_SIGNALS = ['/v1/traces', '/v1/metrics', '/v1development/profiles'];
/** What is read of a body that is refused: a client that is still writing would not see the answer. */
const MAX_REFUSED_BYTES = 4 * MAX_MESSAGE_BYTES;

/** Serves `POST /v1/logs` (OTLP/HTTP). */
export async function listenHttp(options: ListenOptions): Promise<Listener> {
  const { host, port, tls, onUnreadable } = options;
  const server = create(tls, (request, response) => {
    // Node keeps the connection of a request that was under way at the end open for the next one.
    response.once('finish', () => setImmediate(() => server.listening || server.closeIdleConnections()));
    void serve(request, response, options);
  });
  // Longer than exporters keep connections, so that none is closed under a request.
  server.keepAliveTimeout = 75_000;
  server.headersTimeout = RECEIVE_TIMEOUT_MS;
  server.requestTimeout = RECEIVE_TIMEOUT_MS;
  server.maxConnections = MAX_CONNECTIONS;
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (error.code?.startsWith('HPE_')) onUnreadable();
    // The listener takes the place of Node's own answer.
    if (socket.writable) socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n');
    else socket.destroy();
  });
  return { port: await listen(server, host, port), close: (graceMs) => close(server, graceMs) };
}

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  options: ListenOptions,
): Promise<void> {
  const encoding = encodingOf(request);
  const refusal = unacceptable(request, options);
  if (refusal !== undefined) {
    if (!OTHER_SIGNALS.includes(pathOf(request))) options.onUnreadable();
    return send(response, encoding, refusal);
  }
  const held = options.memory.begin();
  try {
    const answer = held === undefined ? COME_AGAIN : await receive(request, response, held, options);
    if (answer !== undefined) send(response, encoding, answer);
  } finally {
    held?.release();
  }
}

/** @returns `undefined` where the client went away */
async function receive(
  request: IncomingMessage,
  response: ServerResponse,
  held: MemoryShare,
  { intake, onUnreadable }: ListenOptions,
): Promise<Answer | undefined> {
  const body = await readBody(request, held);
  if (!Buffer.isBuffer(body)) {
    if (body === TOO_LARGE) onUnreadable();
    return body;
  }
  return intake({
    transport: 'http',
    headers: headersOf(request),
    body,
    isCompressed: contentEncodingOf(request) === 'gzip',
    encoding: encodingOf(request),
    isAwaited: () => !response.destroyed,
  });
}

/**
 * Why a request is refused before its body is read. A page in a browser may post anywhere, without a preflight request if
 * the content type is that of a form. Every such request has an `Origin`.
 */
function unacceptable(request: IncomingMessage, { isOwnHost }: ListenOptions): Answer | undefined {
  const { host, origin } = request.headers;
  if (!isOwnHost(host)) {
    return {
      httpStatus: 421,
      message: 'Host: expected localhost, an address, or a name given by --allow-host',
    };
  }
  if (origin !== undefined) return { httpStatus: 403, message: 'nothing is taken from pages in browsers' };
  if (pathOf(request) !== '/v1/logs') return { httpStatus: 404, message: 'only /v1/logs is served' };
  if (request.method !== 'POST')
    return { httpStatus: 405, message: 'POST expected', headers: { allow: 'POST' } };
  if (contentTypeOf(request) !== CONTENT_TYPES[encodingOf(request)]) {
    return { httpStatus: 415, message: `${Object.values(CONTENT_TYPES).join(' or ')} expected` };
  }
  if (!['identity', 'gzip'].includes(contentEncodingOf(request))) {
    return { httpStatus: 415, message: 'gzip or no content encoding expected' };
  }
  return undefined;
}

function pathOf(request: IncomingMessage): string {
  return request.url?.split('?')[0] ?? '';
}

/** The body as it came; why it is refused; `undefined` where the client went away. */
async function readBody(request: IncomingMessage, held: MemoryShare): Promise<Buffer | Answer | undefined> {
  let chunks: Buffer[] = [];
  let size = 0;
  let refusal: Answer | undefined;
  try {
    for await (const chunk of request) {
      size += chunk.length;
      if (size > MAX_MESSAGE_BYTES) refusal ??= TOO_LARGE;
      else if (refusal === undefined && !held.add(chunk.length)) refusal = COME_AGAIN;
      if (refusal === undefined) chunks.push(chunk);
      else {
        chunks = [];
        held.release();
      }
      // Leaving the loop ends the connection.
      if (size > MAX_REFUSED_BYTES) return undefined;
    }
  } catch {
    return undefined;
  }
  return refusal ?? Buffer.concat(chunks);
}

/** OTLP: the answer has the encoding of the request. */
function encodingOf(request: IncomingMessage): RawExport['encoding'] {
  return contentTypeOf(request) === CONTENT_TYPES.json ? 'json' : 'protobuf';
}

function contentTypeOf(request: IncomingMessage): string | undefined {
  return request.headers['content-type']?.split(';')[0]?.trim().toLowerCase();
}

function contentEncodingOf(request: IncomingMessage): string {
  return request.headers['content-encoding']?.trim().toLowerCase() ?? 'identity';
}

function headersOf(request: IncomingMessage): Record<string, string> {
  return Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
}

/** OTLP/HTTP failures: "the response body MUST be a Protobuf-encoded Status message" (google.rpc.Status). */
function bodyOf(
  encoding: RawExport['encoding'],
  { httpStatus = 200, message = '', partialSuccess }: Answer,
): Buffer {
  if (httpStatus >= 400) {
    return encoding === 'json' ? Buffer.from(JSON.stringify({ message })) : encodeStatus(message);
  }
  if (encoding === 'protobuf') return encodeResponse(partialSuccess);
  return Buffer.from(JSON.stringify(partialSuccess === undefined ? {} : { partialSuccess }));
}

function send(response: ServerResponse, encoding: RawExport['encoding'], answer: Answer): void {
  const { httpStatus = 200, headers = {} } = answer;
  const others = Object.entries(headers).map(([name, value]): [string, string] => [name, String(value)]);
  response
    .writeHead(httpStatus, { 'content-type': CONTENT_TYPES[encoding], ...Object.fromEntries(others) })
    .end(bodyOf(encoding, answer));
}

function create(tls: ReceiverTls | undefined, listener: RequestListener): Server {
  if (tls === undefined) return createServer(listener);
  const { requireClientCert = false, ...pem } = tls;
  return createTlsServer({ ...pem, requestCert: requireClientCert }, listener);
}

function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}

async function close(server: Server, graceMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  const timer = setTimeout(() => server.closeAllConnections(), graceMs);
  if (graceMs === 0) server.closeAllConnections();
  await closed;
  clearTimeout(timer);
}
