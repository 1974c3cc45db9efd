import assert from 'node:assert/strict';
import { once } from 'node:events';
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  type ClientSessionOptions,
  connect,
  createSecureServer,
  createServer,
  type Http2SecureServer,
  type Http2Server,
  type IncomingHttpHeaders,
  type IncomingHttpStatusHeader,
  type OutgoingHttpHeaders,
  type SecureServerOptions,
  type ServerOptions,
} from 'node:http2';
import { selfSigned } from '../../../support/certificates.ts';
import { listen } from '../../../support/listen.ts';
import type { TestOwner } from '../../../support/owner.ts';

export type AnyHttp2Server = Http2Server | Http2SecureServer;

export interface Served {
  readonly server: AnyHttp2Server;
  /** `http://127.0.0.1:…` or `https://127.0.0.1:…`. */
  readonly origin: string;
  readonly port: number;
}

/** A server without TLS (h2c), gone with the test. Errors of its sessions are expected. */
export async function serveH2c(
  owner: TestOwner,
  prepare: (server: Http2Server) => void,
  options: ServerOptions = {},
): Promise<Served> {
  const server = createServer(options);
  server.on('sessionError', () => undefined);
  prepare(server);
  const authority = await listen(owner, server);
  return { server, origin: `http://${authority}`, port: Number(authority.split(':')[1]) };
}

/** A server with TLS (h2), gone with the test. */
export async function serveH2(
  owner: TestOwner,
  prepare: (server: Http2SecureServer) => void,
  options: SecureServerOptions = {},
): Promise<Served> {
  const server = createSecureServer({ ...(await selfSigned()), ...options });
  server.on('sessionError', () => undefined);
  prepare(server);
  const authority = await listen(owner, server);
  return { server, origin: `https://${authority}`, port: Number(authority.split(':')[1]) };
}

/** A session of a client, gone with the test. */
export async function clientOf(
  owner: TestOwner,
  { origin }: Partial<Served> & Pick<Served, 'origin'>,
  options: ClientSessionOptions = {},
): Promise<ClientHttp2Session> {
  const session = connect(origin, { rejectUnauthorized: false, ...options } as ClientSessionOptions);
  session.on('error', () => undefined);
  await once(session, 'connect');
  owner.after(async () => session.destroy());
  return session;
}

/** What a client saw of a stream. */
export interface SeenByClient {
  /** `undefined` where no response came. */
  readonly status: number | undefined;
  readonly bodySize: number;
  readonly headers: IncomingHttpHeaders & IncomingHttpStatusHeader;
  readonly trailers: IncomingHttpHeaders;
  readonly rstCode: number;
}

/** Watches a stream of a client until it has closed. Reads its body. */
export function watch(stream: ClientHttp2Stream): Promise<SeenByClient> {
  let headers: SeenByClient['headers'] = {};
  let trailers: IncomingHttpHeaders = {};
  let bodySize = 0;
  stream.on('error', () => undefined);
  stream.on('response', (received) => {
    headers = received;
  });
  stream.on('trailers', (received) => {
    trailers = received;
  });
  stream.on('data', (chunk: Buffer) => {
    bodySize += chunk.byteLength;
  });
  return new Promise((resolve) => {
    stream.on('close', () => {
      const { rstCode } = stream;
      resolve({ status: headers[':status'], bodySize, headers, trailers, rstCode });
    });
  });
}

/** Sends a request, with a body where there is one, and waits for its end. */
export function request(
  session: ClientHttp2Session,
  headers: OutgoingHttpHeaders,
  body?: string | Buffer,
): Promise<SeenByClient> {
  const stream = session.request(headers, { endStream: body === undefined });
  const seen = watch(stream);
  if (body !== undefined) stream.end(body);
  return seen;
}

/** The element at an index that must be there. */
export function at<T>(list: readonly T[], index: number): T {
  const element = list[index];
  assert.ok(element !== undefined);
  return element;
}
