import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { encodeResponse } from './otlp-decode.ts';
import {
  type Listener,
  type ListenOptions,
  MAX_MESSAGE_BYTES,
  type RawExport,
  type ReceiverTls,
} from './otlp-transport.ts';

/** Why an export is not read: the answer to it. */
interface Refusal {
  readonly status: number;
  readonly message: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const CONTENT_TYPES = { protobuf: 'application/x-protobuf', json: 'application/json' } as const;
/** No garbage, though not served: an SDK sends its spans and metrics to the same port. */
const OTHER_SIGNALS = ['/v1/traces', '/v1/metrics', '/v1development/profiles'];
const TOO_LARGE: Refusal = { status: 413, message: `larger than ${MAX_MESSAGE_BYTES} bytes` };
const INVALID: Refusal = { status: 400, message: 'not an ExportLogsServiceRequest' };

const gunzipped = promisify<Buffer, { maxOutputLength: number }, Buffer>(gunzip);

/** Serves `POST /v1/logs` (OTLP/HTTP). */
export async function listenHttp(options: ListenOptions): Promise<Listener> {
  const { host, port, tls, onUnreadable } = options;
  const server = create(tls, (request, response) => void serve(request, response, options));
  // Longer than exporters keep connections, so that none is closed under a request.
  server.keepAliveTimeout = 75_000;
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (error.code?.startsWith('HPE_')) onUnreadable();
    // The listener takes the place of Node's own answer.
    if (socket.writable) socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n');
    else socket.destroy();
  });
  return { port: await listen(server, host, port), close: () => close(server) };
}

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  { intake, onUnreadable }: ListenOptions,
): Promise<void> {
  const encoding = encodingOf(request);
  const refuse = ({ status, message, headers = {} }: Refusal): void => {
    send(response, status, encoding, errorBody(encoding, message), headers);
  };
  const refusal = unacceptable(request);
  if (refusal !== undefined) {
    if (!OTHER_SIGNALS.includes(pathOf(request))) onUnreadable();
    return refuse(refusal);
  }
  const body = await readBody(request);
  if (body === undefined) return;
  if (!Buffer.isBuffer(body)) {
    onUnreadable();
    return refuse(body);
  }
  const answer = await intake({ transport: 'http', headers: headersOf(request), body, encoding });
  if (answer === 'invalid') return refuse(INVALID);
  const { httpStatus = 200, message = '', headers = {}, partialSuccess } = answer;
  const responseHeaders = Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, String(value)]),
  );
  if (httpStatus >= 400) return refuse({ status: httpStatus, message, headers: responseHeaders });
  const success =
    encoding === 'protobuf'
      ? encodeResponse(partialSuccess)
      : Buffer.from(JSON.stringify(partialSuccess === undefined ? {} : { partialSuccess }));
  send(response, httpStatus, encoding, success, responseHeaders);
}

function unacceptable(request: IncomingMessage): Refusal | undefined {
  if (pathOf(request) !== '/v1/logs') return { status: 404, message: 'only /v1/logs is served' };
  if (request.method !== 'POST') return { status: 405, message: 'POST expected', headers: { allow: 'POST' } };
  if (contentTypeOf(request) !== CONTENT_TYPES[encodingOf(request)]) {
    return { status: 415, message: `${Object.values(CONTENT_TYPES).join(' or ')} expected` };
  }
  if (!['identity', 'gzip'].includes(request.headers['content-encoding'] ?? 'identity')) {
    return { status: 415, message: 'gzip or no content encoding expected' };
  }
  return undefined;
}

function pathOf(request: IncomingMessage): string {
  return request.url?.split('?')[0] ?? '';
}

/** The body, decompressed; `undefined` where the client went away. */
async function readBody(request: IncomingMessage): Promise<Buffer | Refusal | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of request) {
      size += chunk.length;
      // What is over the limit is read and dropped: a client that is still writing would not see the answer.
      if (size <= MAX_MESSAGE_BYTES) chunks.push(chunk);
    }
  } catch {
    return undefined;
  }
  if (size > MAX_MESSAGE_BYTES) return TOO_LARGE;
  const body = Buffer.concat(chunks);
  if (request.headers['content-encoding'] !== 'gzip') return body;
  try {
    return await gunzipped(body, { maxOutputLength: MAX_MESSAGE_BYTES });
  } catch (error) {
    const tooLarge = error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE';
    return tooLarge ? TOO_LARGE : { status: 400, message: 'not gzip' };
  }
}

/** OTLP: the answer has the encoding of the request. */
function encodingOf(request: IncomingMessage): RawExport['encoding'] {
  return contentTypeOf(request) === CONTENT_TYPES.json ? 'json' : 'protobuf';
}

function contentTypeOf(request: IncomingMessage): string | undefined {
  return request.headers['content-type']?.split(';')[0]?.trim().toLowerCase();
}

function headersOf(request: IncomingMessage): Record<string, string> {
  return Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
}

/** OTLP/HTTP failures: "the response body MUST be a Protobuf-encoded Status message" (google.rpc.Status). */
function errorBody(encoding: RawExport['encoding'], message: string): Buffer {
  if (encoding === 'json') return Buffer.from(JSON.stringify({ message }));
  const text = Buffer.from(message);
  return Buffer.concat([Buffer.of(MESSAGE_FIELD), varint(text.length), text]);
}

/** Field 2 (`message`) of google.rpc.Status, length-delimited. */
const MESSAGE_FIELD = (2 << 3) | 2;

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7f; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80);
  return Buffer.of(...bytes, rest);
}

function send(
  response: ServerResponse,
  status: number,
  encoding: RawExport['encoding'],
  body: Buffer,
  headers: Readonly<Record<string, string>>,
): void {
  response.writeHead(status, { 'content-type': CONTENT_TYPES[encoding], ...headers }).end(body);
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

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
