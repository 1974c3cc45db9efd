import type { Server as NetServer, Socket } from 'node:net';
import { decodeProtobuf } from '../../src/cli/receiver/otlp-protobuf.ts';
import type { ReceiverTls } from '../../src/cli/receiver/otlp-receiver.ts';
import type { ReceivedRecord } from '../../src/cli/receiver/otlp-record.ts';
import { Changes } from './changes.ts';
import type { TestOwner } from './owner.ts';
import {
  accept,
  refuse,
  type Script,
  type ScriptedAnswer,
  type ScriptedRequest,
} from './scripted-answers.ts';
import { createGrpcServer } from './scripted-grpc.ts';
import { createHttpServer } from './scripted-http.ts';
import { sendReset } from './send-reset.ts';

export * from './scripted-answers.ts';

/**
 * A real receiver of OTLP logs that does what a test tells it to: `http` and `http2` servers of Node's, so that answers
 * can be wrong in every way. What it is not told it accepts.
 *
 *     const receiver = await startScriptedReceiver(t, { protocol: 'grpc' });
 *     receiver.next(refuse(14, { retryInfoMs: 200 }), lostAnswer());   // the next two requests, then as always
 *     receiver.always(refuse(8));                                      // every other one, until told otherwise
 *     await receiver.down();                                           // connection refused
 *     await receiver.up();                                             // on the same port
 *     await receiver.until(() => receiver.accepted.length === 100 || undefined, 'all records');
 */
export interface ScriptedReceiver {
  readonly port: number;
  /** `http://127.0.0.1:<port>`, `https` with TLS: for `OTEL_EXPORTER_OTLP_ENDPOINT`. */
  readonly endpoint: string;
  /** Variables that have the access log send to it. */
  readonly environment: Readonly<Record<string, string>>;
  /** Every request whose head came, in their order. */
  readonly requests: readonly ScriptedRequest[];
  /** Every record that was taken, in their order; twice where it was taken twice. */
  readonly accepted: readonly ReceivedRecord[];
  /** How many were made. */
  readonly connections: number;
  /** How the next requests are answered, one each, in the order in which their heads come. */
  next(...answers: readonly ScriptedAnswer[]): void;
  /** How all others are answered. Default: `accept()`. */
  always(answer: ScriptedAnswer): void;
  /**
   * From now on a request without that header is refused with 401 (UNAUTHENTICATED), before the script is asked.
   *
   * @param value `undefined` for no such check
   */
  requireHeader(name: string, value: string | undefined): void;
  /**
   * The first value of `look` that is not `undefined`: looked for at once, and whenever a request comes or is accepted.
   *
   * @throws Error after `timeoutMs` (default 10 s), which names `what`
   */
  until<T>(look: () => T | undefined, what: string, timeoutMs?: number): Promise<T>;
  /** Stops listening and resets every connection. */
  down(): Promise<void>;
  /** Listens again, on the same port. @param tls another certificate, or another authority, than before */
  up(tls?: ReceiverTls): Promise<void>;
}

interface ScriptedReceiverOptions {
  readonly protocol: 'grpc' | 'http/protobuf';
  readonly tls?: ReceiverTls;
  /** Gets the records that are taken; the receiver keeps neither them nor requests. For tests that send millions. */
  readonly onAccepted?: (records: readonly ReceivedRecord[]) => void;
}

/** A scripted receiver on a free port of 127.0.0.1 that is closed when the test ends. */
export async function startScriptedReceiver(
  owner: TestOwner,
  options: ScriptedReceiverOptions,
): Promise<ScriptedReceiver> {
  const receiver = new Receiver(options);
  owner.after(() => receiver.down());
  await receiver.up();
  return receiver;
}

class Receiver implements ScriptedReceiver, Script {
  readonly requests: ScriptedRequest[] = [];
  readonly accepted: ReceivedRecord[] = [];
  readonly #protocol: ScriptedReceiverOptions['protocol'];
  readonly #onAccepted: ScriptedReceiverOptions['onAccepted'];
  readonly #changes = new Changes();
  readonly #sockets = new Map<number | undefined, { readonly socket: Socket; readonly number: number }>();
  #tls: ReceiverTls | undefined;
  #server: NetServer | undefined;
  #port = 0;
  #connections = 0;
  #script: ScriptedAnswer[] = [];
  #otherwise: ScriptedAnswer = accept();
  #required: readonly [name: string, value: string] | undefined;

  constructor({ protocol, tls, onAccepted }: ScriptedReceiverOptions) {
    this.#protocol = protocol;
    this.#tls = tls;
    this.#onAccepted = onAccepted;
  }

  get port(): number {
    return this.#port;
  }

  get endpoint(): string {
    return `${this.#tls === undefined ? 'http' : 'https'}://127.0.0.1:${this.#port}`;
  }

  get environment(): Readonly<Record<string, string>> {
    return { OTEL_EXPORTER_OTLP_PROTOCOL: this.#protocol, OTEL_EXPORTER_OTLP_ENDPOINT: this.endpoint };
  }

  get connections(): number {
    return this.#connections;
  }

  next(...answers: readonly ScriptedAnswer[]): void {
    this.#script.push(...answers);
  }

  always(answer: ScriptedAnswer): void {
    this.#otherwise = answer;
  }

  requireHeader(name: string, value: string | undefined): void {
    this.#required = value === undefined ? undefined : [name.toLowerCase(), value];
  }

  until<T>(look: () => T | undefined, what: string, timeoutMs = 10_000): Promise<T> {
    const seen = () => `${this.requests.length} requests, ${this.accepted.length} records accepted`;
    return this.#changes.until(look, timeoutMs, () => `${what} expected, got: ${seen()}`);
  }

  async up(tls?: ReceiverTls): Promise<void> {
    this.#tls = tls ?? this.#tls;
    const create = this.#protocol === 'grpc' ? createGrpcServer : createHttpServer;
    const server = create(this.#tls, this);
    server.on('connection', (socket: Socket) => this.#onConnection(socket));
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(this.#port, '127.0.0.1', resolve);
    });
    const address = server.address();
    if (typeof address === 'object' && address !== null) this.#port = address.port;
    this.#server = server;
  }

  async down(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined) return;
    const closed = new Promise((resolve) => server.close(resolve));
    for (const { socket } of this.#sockets.values()) sendReset(socket);
    await closed;
  }

  answerTo(request: ScriptedRequest): ScriptedAnswer {
    if (this.#onAccepted === undefined) this.requests.push(request);
    const [name, value] = this.#required ?? [];
    const isKnown = name === undefined || request.headers[name] === value;
    const unknown = refuse(this.#protocol === 'grpc' ? 16 : 401, { message: `${name} is wrong` });
    const answer = isKnown ? (this.#script.shift() ?? this.#otherwise) : unknown;
    this.#changes.notify();
    return answer;
  }

  onMessage(request: ScriptedRequest, message: Buffer): void {
    try {
      request.records = decodeProtobuf(message);
    } catch {
      // No export; whoever looks at the request sees that there are none.
    }
    this.#changes.notify();
  }

  onAccepted({ records = [] }: ScriptedRequest, rejected: number): void {
    const taken = records.slice(0, Math.max(0, records.length - rejected));
    if (this.#onAccepted === undefined) this.accepted.push(...taken);
    else this.#onAccepted(taken);
    this.#changes.notify();
  }

  resetConnection(remotePort: number | undefined): void {
    const connection = this.#sockets.get(remotePort);
    if (connection !== undefined) sendReset(connection.socket);
  }

  connectionOf(remotePort: number | undefined): number {
    return this.#sockets.get(remotePort)?.number ?? 0;
  }

  #onConnection(socket: Socket): void {
    const { remotePort } = socket;
    this.#connections += 1;
    this.#sockets.set(remotePort, { socket, number: this.#connections });
    socket.on('error', () => undefined);
    socket.once('close', () => this.#sockets.delete(remotePort));
  }
}
