import type { ClientHttp2Session, OutgoingHttpHeaders } from 'node:http2';
import type { Socket } from 'node:net';
import type { Attempt, AttemptEnded } from '../attempt.ts';
import { errorOf } from '../connection-error.ts';
import type { Credentials } from '../credentials/credentials.ts';
import { openSocket, type ReceiverAddress } from '../socket/receiver-socket.ts';
import type { Destroyable } from '../socket/unref-socket.ts';
import { type CallResult, GrpcCall } from './grpc-call.ts';
import { type GrpcStatus, ownStatus } from './grpc-status.ts';

/** After so many calls in a row without an answer there will be none to the next one, not on this connection. */
const MAX_UNANSWERED = 3;

/**
 * Bytes that a receiver may send in a second, a thousand times what answers take. `nghttp2` bounds most floods, but not
 * that of frames which ask for nothing (`WINDOW_UPDATE`, unknown types), and they take a whole processor.
 */
const MAX_BYTES_A_SECOND = 16 * 1024 * 1024;

/** One HTTP/2 connection (RFC 9113), made with one set of certificates, and the calls on it. */
export class GrpcConnection {
  readonly tls: Credentials['tls'];
  readonly #onClosed: (connection: GrpcConnection) => void;
  readonly #calls = new Set<GrpcCall>();
  /** Sockets, and the session on them. */
  readonly #opened: Destroyable[] = [];
  /** `undefined` while it is being made. */
  #session: ClientHttp2Session | undefined;
  #watching: NodeJS.Timeout | undefined;
  #unansweredInARow = 0;
  #isRetired = false;
  #isClosed = false;

  /**
   * Begins to connect.
   *
   * @param onClosed told when it has let go of everything
   */
  constructor(
    address: ReceiverAddress,
    tls: Credentials['tls'],
    onClosed: (connection: GrpcConnection) => void,
  ) {
    this.tls = tls;
    this.#onClosed = onClosed;
    void this.#connect(address);
  }

  /**
   * Whether a call may be made on it. Otherwise another connection has better chances: this one has ended or is about
   * to, could not be made, or nothing has been answered on it for long, and nobody has said that it is dead.
   */
  get isUsable(): boolean {
    const isOver = this.#isRetired || this.#session?.closed === true || this.#session?.destroyed === true;
    return !isOver && this.#unansweredInARow < MAX_UNANSWERED;
  }

  /**
   * Calls once, as soon as there are a message and a connection. Only where it is usable.
   *
   * @param message the parts of the message, with its prefix
   * @throws what `message` is rejected with
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
        else this.#unansweredInARow += this.#session === undefined ? MAX_UNANSWERED : 1;
        if (isEndless) this.#fail('another answer on it went on without end');
        if (status.name !== 'OK' || isWritten) {
          resolve(result);
          this.#closeIfUnused();
          return;
        }
        // Then the bytes are the caller's again, and only the end of the connection ends their being read.
        this.#fail('another call was answered before it was written');
        setImmediate(() => resolve(result));
      });
      this.#calls.add(call);
      attempt.onEnd = (reason) => {
        call.end(this.#statusAt(reason, attempt));
        // The system would go on trying, and keep the process alive for it.
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

  /** No more calls: lets go of the connection as soon as those that are under way have ended. */
  retire(): void {
    this.#isRetired = true;
    this.#closeIfUnused();
  }

  /** Ends what is under way and lets go of the connection. */
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
        // Our own memory limit bounds what is sent; Node's would end the connection. (What is received has others.)
        maxSessionMemory: Number.MAX_SAFE_INTEGER,
      });
      this.#keep(session);
      this.#watch(socket);
      session.on('error', (error) => this.#fail(errorOf(error).message));
      // Of one that breaks while the session begins, the session says nothing.
      socket.once('error', (error) => this.#fail(errorOf(error).message));
      session.once('close', () => this.#fail('the connection was closed'));
      // Only what sends these speaks HTTP/2, and they say how much it takes.
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
    // Not at once: who calls may be an event of what is to be destroyed.
    setImmediate(() => {
      for (const opened of this.#opened.toReversed()) opened.destroy();
    });
    this.#onClosed(this);
  }
}
