import type { RequestListener, Server, ServerOptions } from 'node:http';
import type { RawClient } from '../../support/raw-client.ts';

/** What a row expects of one record, beside what its response on the wire says. */
export interface ExpectedRecord {
  /** Default `GET`. */
  readonly method?: string;
  /** Default `/`; `null` where the record has none. */
  readonly path?: string | null;
  /** Default `completed`. */
  readonly outcome?: string;
  /** `error.type`. Default: none. */
  readonly errorType?: string | undefined;
  /** Which response of the wire is its own; `null` for none. Default: the one at the place of the record. */
  readonly answer?: number | null;
  /** `http.request.body.size`. Default 0; `null` where the record has none. */
  readonly requestBodySize?: number | null;
  /**
   * The response broke off, so that the record has no `http.response.size`: how many bytes the client should have got
   * is not known. Its body size is that of the wire all the same.
   */
  readonly isBroken?: true;
  /** What is recorded instead of the truth of the wire, which cannot be known, and why. */
  readonly instead?: {
    readonly why: string;
    readonly statusCode?: number | undefined;
    /** `atMost`: some of so many bytes, how many differs from run to run. */
    readonly bodySize?: number | { readonly atMost: number } | undefined;
    readonly size?: number | undefined;
  };
}

/** The application, seen by the script of a client. */
export interface App {
  readonly server: Server;
  /** Notes an event that the application observes. */
  log(event: string): void;
  /** Resolves once the application has observed an event that begins so, as often as `count` (default 1). */
  saw(event: string, count?: number): Promise<void>;
}

export type Transport = 'plain' | 'TLS';

/** A server and what a client does to it. */
export interface Scenario {
  /** Name of the row; where facts were measured, that of the measurement. */
  readonly name: string;
  /**
   * Default: plain and TLS. Resets are plain: Node 20 and 22 see the end of the TLS connection first, and the sockets of
   * clients send FIN before RST.
   */
  readonly only?: Transport;
  /** The first major version of Node that has what the row needs. */
  readonly since?: number;
  readonly options?: ServerOptions;
  /** Default: answers `hello`. */
  readonly handler?: RequestListener;
  readonly setUp?: (app: App) => void;
  /** When it returns, the client has sent all that it sends; it is closed then, and the server waited for. */
  readonly act: (client: RawClient, app: App) => Promise<unknown>;
  /** How often the kernel takes bytes differs from run to run: of `drain` events the first of each emitter is compared. */
  readonly drainsVary?: true;
  /** Methods of the requests that are answered, in order, where they decide about a body. Default `GET`. */
  readonly methods?: readonly string[];
  /** One for each exchange, in the order of their beginnings; by the major version of Node where that matters. */
  readonly records:
    | readonly ExpectedRecord[]
    | ((node: number, transport: Transport) => readonly ExpectedRecord[]);
}

/** Sends bytes and waits until the server has closed the connection. */
export const sendAndWait =
  (bytes: string | Uint8Array): Scenario['act'] =>
  async (client) => {
    await client.send(bytes);
    await client.closed();
  };

/** Sends bytes, waits for so many responses, and leaves. */
export const sendAndRead =
  (bytes: string, count = 1, methods: readonly string[] = []): Scenario['act'] =>
  async (client) => {
    await client.send(bytes);
    await client.responses(count, methods);
  };

/** Sends bytes and leaves once the application has observed the event. */
export const sendAndLeave =
  (bytes: string, event: string, leave: 'destroy' | 'reset' | 'halfClose', received = 0): Scenario['act'] =>
  async (client, app) => {
    await client.send(bytes);
    await app.saw(event);
    await client.receive(received);
    client[leave]();
  };
