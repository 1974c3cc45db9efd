import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';
import { Changes } from './changes.ts';
import { parseResponses, type RawResponse } from './http-responses.ts';
import type { TestOwner } from './owner.ts';
import { sendReset } from './send-reset.ts';

export interface RawClientOptions {
  readonly port: number;
  /** Default `127.0.0.1`. */
  readonly host?: string;
  /** Port of the client's own end. Default: any. */
  readonly localPort?: number;
  /** Speaks TLS, with these options. */
  readonly tls?: ConnectionOptions;
}

/** How a connection ended, seen from the client. */
export interface Closed {
  /** Everything that was received. */
  readonly bytes: Buffer;
  /** Code of the socket's error (`ECONNRESET`), where it ended by one. */
  readonly errorCode: string | undefined;
}

/** A client that writes bytes and reads bytes, for what HTTP clients tidy up. */
export class RawClient {
  readonly #socket: Socket;
  /** The connection below TLS; without TLS the same. */
  readonly #transport: Socket;
  readonly #chunks: Buffer[] = [];
  readonly #changes = new Changes();
  #ended = false;
  #closed = false;
  #errorCode: string | undefined;

  private constructor(socket: Socket, transport: Socket) {
    this.#socket = socket;
    this.#transport = transport;
    socket.on('data', (chunk: Buffer) => {
      this.#chunks.push(chunk);
      this.#changes.notify();
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      this.#errorCode = error.code ?? error.message;
    });
    socket.on('end', () => {
      this.#ended = true;
      this.#changes.notify();
    });
    socket.on('close', () => {
      this.#ended = true;
      this.#closed = true;
      this.#changes.notify();
    });
  }

  /** Resolves when connected; the connection is destroyed when the test ends. */
  static async connect(
    owner: TestOwner,
    { port, host = '127.0.0.1', localPort, tls }: RawClientOptions,
  ): Promise<RawClient> {
    // With Nagle's algorithm (RFC 9293 section 3.7.4) one write may wait for the next, and share its segment.
    const transport = connect({
      port,
      host,
      allowHalfOpen: true,
      noDelay: true,
      ...(localPort !== undefined && { localPort }),
    });
    const socket = tls === undefined ? transport : connectTls({ ...tls, socket: transport });
    const client = new RawClient(socket, transport);
    owner.after(async () => client.destroy());
    await once(socket, tls === undefined ? 'connect' : 'secureConnect');
    return client;
  }

  /** Everything received so far. */
  get received(): Buffer {
    return Buffer.concat(this.#chunks);
  }

  /** Port of the client's own end. */
  get localPort(): number | undefined {
    return this.#socket.localPort;
  }

  /** Writes; resolves when the kernel has the bytes. */
  send(bytes: string | Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#socket.write(bytes, (error) => (error ? reject(error) : resolve()));
    });
  }

  /** Writes several requests at once (pipelining). */
  pipeline(requests: readonly string[]): Promise<void> {
    return this.send(requests.join(''));
  }

  /**
   * The first `count` responses, once they are complete; `methods` are those of the requests (default GET).
   * @throws Error after `timeoutMs` (default 10 s), or when the connection ended before
   */
  responses(count: number, methods: readonly string[] = [], timeoutMs = 10_000): Promise<RawResponse[]> {
    const told = (): string => `${count} responses expected, got\n${this.received.toString('latin1')}`;
    return this.#changes.until(
      () => {
        const complete = parseResponses(this.received, methods, this.#ended);
        if (complete.length >= count) return complete.slice(0, count);
        if (this.#ended) throw new Error(told());
        return undefined;
      },
      timeoutMs,
      told,
    );
  }

  /** Resolves as soon as so many bytes came. */
  async receive(length: number, timeoutMs = 10_000): Promise<Buffer> {
    return this.#changes.until(
      () => (this.received.length >= length ? this.received : undefined),
      timeoutMs,
      () => `${length} bytes expected, got ${this.received.length}`,
    );
  }

  /** Everything that came so far, once `text` is in it. */
  async receiveUntil(text: string, timeoutMs = 10_000): Promise<Buffer> {
    return this.#changes.until(
      () => (this.received.includes(text) ? this.received : undefined),
      timeoutMs,
      () => `${JSON.stringify(text)} expected, got\n${this.received.toString('latin1')}`,
    );
  }

  /** Waits until both ends are closed; closes ours when the server has closed its. */
  closed(timeoutMs = 10_000): Promise<Closed> {
    return this.#changes.until(
      () => {
        if (this.#ended) this.#socket.end();
        return this.#closed ? { bytes: this.received, errorCode: this.#errorCode } : undefined;
      },
      timeoutMs,
      () => `the end of the connection expected, got\n${this.received.toString('latin1')}`,
    );
  }

  /** Stops reading: the server's buffers fill up. */
  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  /** Sends FIN, and goes on reading. */
  halfClose(): void {
    this.#socket.end();
  }

  /** Sends RST. */
  reset(): void {
    sendReset(this.#transport);
  }

  /** Closes at once. */
  destroy(): void {
    this.#socket.destroy();
  }
}

/** A request as text: `GET / HTTP/1.1` with a Host, the headers given, and a body with its length. */
export function requestText(
  target: string,
  {
    method = 'GET',
    headers = {},
    body,
  }: {
    readonly method?: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: string;
  } = {},
): string {
  const all = {
    Host: 'test.example',
    ...(body === undefined ? {} : { 'Content-Length': String(Buffer.byteLength(body)) }),
    ...headers,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${method} ${target} HTTP/1.1\r\n${lines.join('')}\r\n${body ?? ''}`;
}
