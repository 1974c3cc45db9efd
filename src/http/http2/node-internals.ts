/**
 * Shapes of what `node:http2` publishes and emits, and of the fields that it keeps on its own objects. Seen on Node 20,
 * 22, 24 and 26.
 */
import type { OutgoingHttpHeaders, ServerHttp2Session, ServerHttp2Stream } from 'node:http2';
import type { Server } from 'node:net';

/** Header fields by name: in lower case those received, as the application wrote them those sent. */
export type FieldsByName = Readonly<Record<string, unknown>>;

export type ObservedStream = ServerHttp2Stream & {
  readonly session?: ObservedSession | undefined;
  /** The request had no body: its HEADERS frame ended the stream (RFC 9113 section 8.1). */
  readonly endAfterHeaders?: boolean;
  /** Of a HEAD: nothing follows its head. */
  readonly headRequest?: boolean;
  /** There once the application has called `respondWithFD` (false) or `respondWithFile` (true). */
  readonly ownsFd?: boolean;
  readonly sentHeaders?: OutgoingHttpHeaders | undefined;
  readonly sentTrailers?: OutgoingHttpHeaders | undefined;
};

export type ObservedSession = ServerHttp2Session & {
  /** The server that accepted the connection. */
  readonly server?: Server;
};

/** Message of `http2.server.stream.created`. */
export interface StreamMessage {
  readonly stream: ObservedStream;
  /** Headers of the request; of a push, those that the application promised. */
  readonly headers: FieldsByName;
}

/** A request or response of the compatibility API. */
export interface CompatMessage {
  readonly stream: ObservedStream;
}
