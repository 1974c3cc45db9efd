import type { ClientHttp2Session, OutgoingHttpHeaders } from 'node:http2';
import type { Socket } from 'node:net';
import type { Attempt, AttemptEnded } from '../attempt.ts';
import { errorOf } from '../connection-error.ts';
import type { Credentials } from '../credentials/credentials.ts';
import { openSocket, type ReceiverAddress } from '../socket/receiver-socket.ts';
import type { Destroyable } from '../socket/unref-socket.ts';
import { type CallResult, GrpcCall } from './grpc-call.ts';
import { type GrpcStatus, ownStatus } from './grpc-status.ts';

/** After this many calls in a row without a response the connection is given up: its peer is probably gone. */
const MAX_UNANSWERED = 3;

/**
 * Bytes that a receiver may send in a second: a thousand times what responses take. `nghttp2` bounds most floods, but not
 * frames that need no reply (`WINDOW_UPDATE`, unknown types); a flood of these takes a whole processor.
 */
const MAX_BYTES_A_SECOND = 16 * 1024 * 1024;

/** One HTTP/2 connection (RFC 9113), made with one set of certificates, and the calls on it. */
export class GrpcConnection {
  readonly tls: Credentials['tls'];
  /** Resolves when there is a connection, or there cannot be: until then the system may keep the process alive for it. */
  readonly settled: Promise<void>;
  readonly #onClosed: (connection: GrpcConnection) => void;
  readonly #calls = new Set<GrpcCall>();
  /** Sockets and the session on them, in the order in which they were opened. */
  readonly #opened: Destroyable[] = [];
  /** `undefined` while it connects. */
  #session: ClientHttp2Session | undefined;
  #watching: NodeJS.Timeout | undefined;
  #unansweredInARow = 0;
  #isRetired = false;
  #isClosed = false;

  /**
   * Starts to connect.
   *
   * @param onClosed called when everything of the connection is closed, or about to be
   */
  constructor(
    address: ReceiverAddress,
    tls: Credentials['tls'],
    onClosed: (connection: GrpcConnection) => void,
  ) {
    this.tls = tls;
    this.#onClosed = onClosed;
    this.settled = this.#connect(address);
  }

  /**
   * Whether a call may be made on it. If not, another connection has better chances: this one has ended or is about to,
   * could not be made, or has had no response for so long that it is probably dead, although TCP has not reported it.
   */
  get isUsable(): boolean {
    const isOver = this.#isRetired || this.#session?.closed === true || this.#session?.destroyed === true;
    return !isOver && this.#unansweredInARow < MAX_UNANSWERED;
  }

  /**
   * Makes one call, as soon as there are a message and a connection. Only while `isUsable`.
   *
   * @param message prefix and parts of the message
   * @throws the reason of `message`, where that is rejected
   */
  call(
    message: Promise<readonly Uint8Array[]>,
    headers: OutgoingHttpHeaders,
    attempt: Attempt,
  ): Promise<CallResult> {
    return new Promise((resolve, reject) => {
      const settle = (): void => {
        attempt.onEnd = undefined;
        this.#calls.delete(call);
      };
      const call = new GrpcCall(headers, (result) => {
        settle();
        const { status, isWritten, isEndless } = result;
        if (status.wasReceived) this.#unansweredInARow = 0;
        // What a freeze has done to the connection, TCP may report only much later.
        else
          this.#unansweredInARow +=
            this.#session === undefined || attempt.outlivedFreeze ? MAX_UNANSWERED : 1;
        if (isEndless) this.#fail('another answer on it went on without end');
        if (status.name !== 'OK' || isWritten) {
          resolve(result);
          this.#closeIfUnused();
          return;
        }
        // With the result the bytes are the caller's again. Only closing the connection stops Node from reading them.
        this.#fail('another call was answered before it was written');
        setImmediate(() => resolve(result));
      });
      this.#calls.add(call);
      attempt.onEnd = (reason) => {
        call.end(this.#statusAt(reason, attempt));
        // The system would go on connecting, and keep the process alive for it.
        if (this.#session === undefined) this.retire();
      };
      if (this.#session !== undefined) call.giveConnection(this.#session);
      message.then(
        (parts) => call.giveMessage(parts),
        (error) => {
          settle();
          reject(error);
          this.#closeIfUnused();
        },
      );
    });
  }

  /** No more calls: closes the connection as soon as those that are under way have ended. */
  retire(): void {
    this.#isRetired = true;
    this.#closeIfUnused();
  }

  /** Ends the calls that are under way and closes the connection. */
  close(status: GrpcStatus): void {
    this.#isRetired = true;
    for (const call of [...this.#calls]) call.end(status);
    this.#closeIfUnused();
  }

  #statusAt({ code, message }: AttemptEnded, { timeoutMs }: Attempt): GrpcStatus {
    if (code === 'CANCELLED') return ownStatus('CANCELLED', message);
    const what = this.#session === undefined ? 'connection' : 'answer';
    return ownStatus('DEADLINE_EXCEEDED', `no ${what} within ${Math.round(timeoutMs)} ms`);
  }

  async #connect(address: ReceiverAddress): Promise<void> {
    try {
      const socket = await openSocket(address, this.tls, (opened) => this.#keep(opened), 'h2');
      const session = process.getBuiltinModule('node:http2').connect('http://localhost', {
        createConnection: () => socket,
        settings: { enablePush: false },
        // Our own memory limit bounds what is sent; Node's would end the connection. BoundedBody bounds what is received.
        maxSessionMemory: Number.MAX_SAFE_INTEGER,
      });
      this.#keep(session);
      this.#watch(socket);
      session.on('error', (error) => this.#fail(errorOf(error).message));
      // The session reports no error of a socket that breaks while the session starts.
      socket.once('error', (error) => this.#fail(errorOf(error).message));
      session.once('close', () => this.#fail('the connection was closed'));
      // SETTINGS are the server's connection preface (RFC 9113 section 3.4): a peer without them speaks no HTTP/2.
      session.once('remoteSettings', () => {
        this.#session = session;
        for (const call of [...this.#calls]) call.giveConnection(session);
      });
    } catch (error) {
      this.#fail(errorOf(error).message);
    }
  }

  #watch(socket: Socket): void {
    let before = 0;
    this.#watching = setInterval(() => {
      if (socket.bytesRead - before > MAX_BYTES_A_SECOND) this.#fail('the receiver sends without end');
      before = socket.bytesRead;
    }, 1000).unref();
    if (this.#isClosed) clearInterval(this.#watching);
  }

  #keep(opened: Destroyable): void {
    if (this.#isClosed) opened.destroy();
    else this.#opened.push(opened);
  }

  #fail(details: string): void {
    this.close(ownStatus('UNAVAILABLE', details));
  }

  #closeIfUnused(): void {
    if (!this.#isRetired || this.#calls.size > 0 || this.#isClosed) return;
    this.#isClosed = true;
    clearInterval(this.#watching);
    // In the next turn: this may be called from an event of the very socket that is to be destroyed.
    setImmediate(() => {
      for (const opened of this.#opened.toReversed()) opened.destroy();
    });
    this.#onClosed(this);
  }
}
