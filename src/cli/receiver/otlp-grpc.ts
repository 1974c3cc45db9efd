import {
  createSecureServer,
  createServer,
  type Http2SecureServer,
  type Http2Server,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import { GRPC_CODES } from '../../record/grpc-status.ts';
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
import { encodeResponse } from './otlp-response.ts';
import type { MemoryShare } from './receive-memory.ts';

const EXPORT = '/opentelemetry.proto.collector.logs.v1.LogsService/Export';
/** No garbage, though not served: an SDK sends its spans and metrics to the same port. */
const OTHER_SIGNALS = /^\/opentelemetry\.proto\.collector\.(?:trace|metrics|profiles)\./;

/** One byte (is the message compressed?) and four of length. */
const PREFIX_BYTES = 5;
/** Flow-control window (RFC 9113 section 5.2). With Node's default of 64 KiB senders wait for our event loop too often. */
const WINDOW_BYTES = 1024 * 1024;
const MAX_STREAMS = 128;
/** Node's limit for HTTP/1, and what an export counts for beside its bytes. Node's limit for HTTP/2 is 64 KiB. */
const MAX_METADATA_BYTES = 16 * 1024;
const NO_ERROR = 0;
const CANCEL = 8;

const { INTERNAL, RESOURCE_EXHAUSTED, UNIMPLEMENTED } = GRPC_CODES;
const NOT_ONE: Answer = { grpcCode: INTERNAL, message: 'not one message with its length before it' };
const OTHER_METHOD: Answer = { grpcCode: UNIMPLEMENTED, message: 'only LogsService/Export is served' };
const TOO_MUCH_METADATA: Answer = { grpcCode: RESOURCE_EXHAUSTED, message: 'more than 16 KiB of metadata' };
const OTHER_COMPRESSION: Answer = {
  grpcCode: UNIMPLEMENTED,
  message: 'gzip or no compression expected',
  headers: { 'grpc-accept-encoding': 'identity,gzip' },
};

/**
 * Serves `LogsService/Export` (OTLP/gRPC, https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md). By hand:
 * grpc-js decompresses what comes on all connections at the same time, before it calls the method.
 *
 * `:authority` and `Origin` are not looked at: browsers speak HTTP/2 over TLS only, and send a preflight request before
 * `application/grpc`, which gets 415 here.
 */
export async function listenGrpc(options: ListenOptions): Promise<Listener> {
  const server = create(options.tls);
  const sessions = new Set<ServerHttp2Session>();
  server.maxConnections = MAX_CONNECTIONS;
  server.on('session', (session: ServerHttp2Session) => {
    sessions.add(session);
    session.setLocalWindowSize(WINDOW_BYTES);
    session.once('close', () => sessions.delete(session));
  });
  // Of a connection that speaks something else: it is closed.
  server.on('sessionError', () => undefined);
  server.on('stream', (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => {
    stream.on('error', () => undefined);
    void serve(stream, headers, options);
  });
  const port = await listen(server, options.host, options.port);
  return {
    port,
    close: async (graceMs) => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      if (graceMs > 0) await endSessions(sessions, graceMs);
      for (const session of sessions) session.destroy();
      await closed;
    },
  };
}

/**
 * GOAWAY with NO_ERROR (RFC 9113 section 6.8): senders begin no further calls, and calls under way are answered. Without it
 * an application would report calls that broke.
 */
async function endSessions(sessions: ReadonlySet<ServerHttp2Session>, graceMs: number): Promise<void> {
  const ended = [...sessions].map((session) => new Promise<void>((resolve) => session.close(resolve)));
  let late: NodeJS.Timeout | undefined;
  const isLate = new Promise<void>((resolve) => {
    late = setTimeout(resolve, graceMs);
  });
  await Promise.race([Promise.all(ended), isLate]);
  clearTimeout(late);
}

async function serve(
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  options: ListenOptions,
): Promise<void> {
  const { memory, onUnreadable } = options;
  if (headers[':method'] !== 'POST' || !headers['content-type']?.startsWith('application/grpc')) {
    onUnreadable();
    stream.respond({ ':status': 415 }, { endStream: true });
    return stopSender(stream);
  }
  const path = headers[':path'] ?? '';
  if (path !== EXPORT) {
    if (!OTHER_SIGNALS.test(path)) onUnreadable();
    return refuse(stream, OTHER_METHOD);
  }
  if (lengthOf(headers) > MAX_METADATA_BYTES) {
    onUnreadable();
    return refuse(stream, TOO_MUCH_METADATA);
  }
  const held = memory.begin();
  try {
    const answer = held === undefined ? COME_AGAIN : await receive(stream, headers, held, options);
    if (answer !== undefined && isOpen(stream)) respond(stream, answer);
  } finally {
    held?.release();
  }
}

/** @returns `undefined` where the client went away */
async function receive(
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  held: MemoryShare,
  { intake, onUnreadable }: ListenOptions,
): Promise<Answer | undefined> {
  const bytes = await readBody(stream, held);
  if (!Buffer.isBuffer(bytes)) {
    if (bytes === TOO_LARGE) onUnreadable();
    return bytes;
  }
  const message = messageOf(bytes, headers['grpc-encoding']);
  if (!('body' in message)) {
    onUnreadable();
    return message;
  }
  return intake({
    transport: 'grpc',
    headers: metadataOf(headers),
    ...message,
    encoding: 'protobuf',
    isAwaited: () => isOpen(stream),
  });
}

/** The bytes as they came; why they are refused; `undefined` where the client went away. */
function readBody(stream: ServerHttp2Stream, held: MemoryShare): Promise<Buffer | Answer | undefined> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const timer = setTimeout(() => stream.close(CANCEL), RECEIVE_TIMEOUT_MS);
    const settle = (result: Buffer | Answer | undefined): void => {
      clearTimeout(timer);
      stream.off('data', onData);
      chunks.length = 0;
      resolve(result);
    };
    const onData = (chunk: Buffer): void => {
      size += chunk.length;
      if (size > MAX_MESSAGE_BYTES + PREFIX_BYTES) settle(TOO_LARGE);
      else if (!held.add(chunk.length)) settle(COME_AGAIN);
      else chunks.push(chunk);
    };
    stream.on('data', onData);
    // It also ends where the connection breaks.
    stream.once('end', () => settle(stream.aborted ? undefined : Buffer.concat(chunks)));
    stream.once('close', () => settle(undefined));
  });
}

/** The one message of a unary call, or why it is none. */
function messageOf(
  bytes: Buffer,
  encoding: string | readonly string[] | undefined,
): Pick<RawExport, 'body' | 'isCompressed'> | Answer {
  if (bytes.length < PREFIX_BYTES || bytes.readUInt32BE(1) !== bytes.length - PREFIX_BYTES) return NOT_ONE;
  const body = bytes.subarray(PREFIX_BYTES);
  if (bytes[0] === 0) return { body, isCompressed: false };
  if (bytes[0] !== 1 || encoding === undefined || encoding === 'identity') return NOT_ONE;
  return encoding === 'gzip' ? { body, isCompressed: true } : OTHER_COMPRESSION;
}

function isOpen(stream: ServerHttp2Stream): boolean {
  return !stream.destroyed && !stream.closed;
}

function respond(stream: ServerHttp2Stream, answer: Answer): void {
  const { grpcCode = 0, headers = {}, partialSuccess } = answer;
  if (grpcCode !== 0) {
    refuse(stream, answer);
    return;
  }
  stream.respond(HEAD, { waitForTrailers: true });
  stream.once('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0', ...trailersOf(headers) }));
  const message = encodeResponse(partialSuccess);
  const prefix = Buffer.alloc(PREFIX_BYTES);
  prefix.writeUInt32BE(message.length, 1);
  stream.end(Buffer.concat([prefix, message]));
}

const HEAD = { ':status': 200, 'content-type': 'application/grpc' } as const;

/** "Trailers-Only": a status and no message. */
function refuse(
  stream: ServerHttp2Stream,
  { grpcCode = UNIMPLEMENTED, message = '', headers = {} }: Answer,
): void {
  const status = {
    'grpc-status': String(grpcCode),
    ...(message === '' ? {} : { 'grpc-message': encodeURI(message.toWellFormed()) }),
  };
  stream.respond({ ...HEAD, ...status, ...trailersOf(headers) }, { endStream: true });
  stopSender(stream);
}

/** Makes a client that is still writing stop (RFC 9113 section 8.1). In the next turn: `nghttp2` may be the caller. */
function stopSender(stream: ServerHttp2Stream): void {
  stream.resume();
  setImmediate(() => stream.close(NO_ERROR));
}

/** Those that hold bytes, `-bin`, are base64. */
function trailersOf(headers: NonNullable<Answer['headers']>): OutgoingHttpHeaders {
  const trailers = Object.entries(headers).map(([name, value]): [string, string] => [
    name,
    typeof value === 'string' ? value : value.toString('base64'),
  ]);
  return Object.fromEntries(trailers);
}

function lengthOf(headers: IncomingHttpHeaders): number {
  return Object.entries(headers).reduce((sum, [name, value]) => sum + name.length + String(value).length, 0);
}

function metadataOf(headers: IncomingHttpHeaders): Record<string, string> {
  const metadata = Object.entries(headers).filter(([name]) => !name.startsWith(':'));
  return Object.fromEntries(metadata.map(([name, value]) => [name, String(value)]));
}

function create(tls: ReceiverTls | undefined): Http2Server | Http2SecureServer {
  const settings = { initialWindowSize: WINDOW_BYTES, maxConcurrentStreams: MAX_STREAMS };
  if (tls === undefined) return createServer({ settings });
  const { requireClientCert = false, ...pem } = tls;
  return createSecureServer({ ...pem, requestCert: requireClientCert, settings });
}

function listen(server: Http2Server | Http2SecureServer, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}
