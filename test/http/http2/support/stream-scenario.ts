// A way in which a stream of HTTP/2 can end: what client and application do, and what is recorded of it.
import { once } from 'node:events';
import type {
  ClientHttp2Session,
  Http2ServerRequest,
  Http2ServerResponse,
  IncomingHttpHeaders,
  OutgoingHttpHeaders,
  ServerHttp2Stream,
} from 'node:http2';
import type { Seen } from '../../support/observed.ts';
import { type AnyHttp2Server, request, type SeenByClient, watch } from './servers.ts';

type OnStream = (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => void;
type OnRequest = (request: Http2ServerRequest, response: Http2ServerResponse) => void;

export interface StreamScenario {
  readonly name: string;
  readonly onStream?: OnStream;
  readonly onRequest?: OnRequest;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: string;
  /** What the client does, if not one request whose response it reads. */
  readonly client?: (
    session: ClientHttp2Session,
    server: AnyHttp2Server,
  ) => Promise<SeenByClient | undefined>;
  /** What differs from a completed `GET /` whose status and body are those that the client saw. */
  readonly expected: Partial<Seen>;
}

export const quiet = (stream: ServerHttp2Stream): ServerHttp2Stream => stream.on('error', () => undefined);

/** Sends a request, waits for what the server does, and then ends the stream so. */
export function after(
  event: 'response' | 'data',
  end: (stream: ReturnType<ClientHttp2Session['request']>, session: ClientHttp2Session) => void,
  headers: OutgoingHttpHeaders = {},
): NonNullable<StreamScenario['client']> {
  return async (session) => {
    const stream = session.request(headers, { endStream: headers[':method'] !== 'POST' });
    const watched = watch(stream);
    await once(stream, event);
    end(stream, session);
    return watched;
  };
}

/** Resets a request that the server has not answered. */
export function beforeHeaders(
  end: (stream: ReturnType<ClientHttp2Session['request']>, session: ClientHttp2Session) => void,
): NonNullable<StreamScenario['client']> {
  return async (session, server) => {
    const arrived = once(server, 'stream');
    const stream = session.request({});
    const watched = watch(stream);
    await arrived;
    end(stream, session);
    return watched;
  };
}

/** What the client of a scenario sees. */
export function actAsClient(
  { client, headers = {}, body }: StreamScenario,
  session: ClientHttp2Session,
  server: AnyHttp2Server,
): Promise<SeenByClient | undefined> {
  return client === undefined ? request(session, headers, body) : client(session, server);
}

/** What is recorded of a scenario whose client saw this. */
export function expectedOfStream(
  { expected }: StreamScenario,
  byClient: Pick<SeenByClient, 'status' | 'bodySize'> | undefined,
): Seen {
  return {
    method: 'GET',
    target: '/',
    statusCode: byClient?.status,
    outcome: 'completed',
    errorCode: undefined,
    requestBodySize: expected.method === 'POST' ? undefined : 0,
    responseBodySize: byClient?.status === undefined ? undefined : byClient.bodySize,
    responseSize: undefined,
    sentHead: true,
    ...expected,
  };
}

export function prepare(server: AnyHttp2Server, { onStream, onRequest }: StreamScenario): void {
  if (onStream !== undefined) server.on('stream', onStream);
  if (onRequest !== undefined) server.on('request', onRequest);
}
