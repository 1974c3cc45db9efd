import type { Socket } from 'node:net';
import type { ChannelOptions, ClientUnaryCall, Metadata } from '@grpc/grpc-js';
import type { AttemptEnded } from './client.ts';
import type { Credentials } from './credentials.ts';
import { channelCredentials } from './grpc-credentials.ts';

export type Grpc = typeof import('@grpc/grpc-js');

/** How a call ended. */
export type CallResult =
  | { readonly kind: 'response'; readonly message: Uint8Array }
  | {
      readonly kind: 'status';
      readonly code: number;
      readonly details: string;
      /** `grpc-status-details-bin`. */
      readonly richStatus: Uint8Array | undefined;
    };

export interface GrpcTarget {
  /** As grpc-js names it. */
  readonly address: string;
  /** Without brackets. */
  readonly host: string;
  readonly options: ChannelOptions;
}

const METHOD = '/opentelemetry.proto.collector.logs.v1.LogsService/Export';
/** The answer to a batch that is not there after so many time-outs in a row will not come on this connection. */
const MAX_DEADLINES_IN_A_ROW = 3;

const asTheyAre = (bytes: Buffer): Buffer => bytes;

/** A client of grpc-js, made with one set of certificates, and what runs over it. */
export class GrpcConnection {
  readonly tls: Credentials['tls'];
  readonly #grpc: Grpc;
  readonly #client: InstanceType<Grpc['Client']>;
  readonly #calls = new Map<ClientUnaryCall, (result: CallResult) => void>();
  readonly #sockets = new Set<Socket>();
  readonly #onClosed: (connection: GrpcConnection) => void;
  #deadlinesInARow = 0;
  #isRetired = false;
  #isClosed = false;

  /** @param onClosed told when it has let go of everything */
  constructor(
    grpc: Grpc,
    { address, host, options }: GrpcTarget,
    tls: Credentials['tls'],
    onClosed: (connection: GrpcConnection) => void,
  ) {
    this.tls = tls;
    this.#grpc = grpc;
    this.#onClosed = onClosed;
    const credentials = channelCredentials(grpc, host, tls, (socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    });
    this.#client = new grpc.Client(address, credentials, options);
  }

  /**
   * Another connection has better chances: this one could not be made, and grpc-js would refuse everything until its
   * own time to try again has come; or nothing has been answered on it for long, and nobody has said that it is dead.
   */
  get isHopeless(): boolean {
    return this.#deadlinesInARow >= MAX_DEADLINES_IN_A_ROW || this.#state() === 'TRANSIENT_FAILURE';
  }

  /** Calls once. @throws Error where the metadata, or a closed connection, make no call */
  call(message: Buffer, metadata: Metadata, timeoutMs: number): Promise<CallResult> {
    const { status } = this.#grpc;
    return new Promise((resolve) => {
      const settle = (result: CallResult): void => {
        clearTimeout(timer);
        this.#calls.delete(call);
        resolve(result);
        this.#closeIfUnused();
      };
      const call = this.#client.makeUnaryRequest(
        METHOD,
        asTheyAre,
        asTheyAre,
        message,
        metadata,
        (error, response) => {
          // What comes of cancelling it.
          if (!this.#calls.has(call)) return;
          this.#deadlinesInARow = 0;
          if (error === null) return settle({ kind: 'response', message: response ?? Buffer.alloc(0) });
          const [richStatus] = error.metadata.get('grpc-status-details-bin');
          const bytes = typeof richStatus === 'string' ? undefined : richStatus;
          settle({ ...ended(error.code, error.details), richStatus: bytes });
        },
      );
      this.#calls.set(call, settle);
      // Not grpc-js's deadline, whose timer keeps the process alive.
      const timer = setTimeout(() => {
        const what = this.#state() === 'READY' ? 'answer' : 'connection';
        // A connection that is not there by now, and has not failed either, is as dead as one without answers.
        this.#deadlinesInARow += what === 'answer' ? 1 : MAX_DEADLINES_IN_A_ROW;
        settle(ended(status.DEADLINE_EXCEEDED, `no ${what} within ${timeoutMs} ms`));
        call.cancel();
      }, timeoutMs).unref();
    });
  }

  /** No more calls: lets go of the connection as soon as those that are under way have ended. */
  retire(): void {
    this.#isRetired = true;
    this.#closeIfUnused();
  }

  /** Cancels what is under way and lets go of the connection. */
  close(cancelled: AttemptEnded): void {
    this.#isRetired = true;
    for (const [call, settle] of [...this.#calls]) {
      settle(ended(this.#grpc.status.CANCELLED, cancelled.message));
      call.cancel();
    }
    this.#closeIfUnused();
  }

  #closeIfUnused(): void {
    if (!this.#isRetired || this.#calls.size > 0 || this.#isClosed) return;
    this.#isClosed = true;
    this.#client.close();
    // grpc-js forgets those that it has not finished connecting.
    for (const socket of this.#sockets) socket.destroy();
    this.#onClosed(this);
  }

  #state(): string | undefined {
    return this.#grpc.connectivityState[this.#client.getChannel().getConnectivityState(false)];
  }
}

function ended(code: number, details: string): CallResult & { readonly kind: 'status' } {
  return { kind: 'status', code, details, richStatus: undefined };
}
