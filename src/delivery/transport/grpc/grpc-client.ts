import type { OutgoingHttpHeaders } from 'node:http2';
import { hostAndPort } from '../../../options/otlp/host-and-port.ts';
import { decodeExportResponse } from '../../otlp/export-response.ts';
import type { Attempt } from '../attempt.ts';
import { type Client, type ClientSettings, USER_AGENT } from '../client.ts';
import { compressor } from '../compressor.ts';
import type { Credentials } from '../credentials/credentials.ts';
import { oneLine } from '../one-line.ts';
import { grpcRefusal } from '../response/refusals.ts';
import type { ReceiverAddress } from '../socket/receiver-socket.ts';
import type { Answer } from '../transport.ts';
import { GrpcConnection } from './grpc-connection.ts';
import { framed, unframed } from './grpc-message.ts';
import { ownStatus } from './grpc-status.ts';

const PATH = '/opentelemetry.proto.collector.logs.v1.LogsService/Export';

/**
 * Immediate retries of a call that the receiver has certainly not processed: it was on a stream above the last one that
 * GOAWAY names (RFC 9113 section 6.8), or was reset with REFUSED_STREAM (section 8.7). That happens whenever a receiver
 * closes a connection that has reached its maximum age. One is enough: the retry goes over a new connection, and what
 * fails there as well is left to the retry queue with its backoff.
 */
const UNPROCESSED_RETRIES = 1;
/** Share of the time-out that must be left. With less, the next attempt has better chances: it gets all of its time. */
const MIN_TIME_LEFT_TO_RETRY = 0.5;

/** OTLP over gRPC (https://opentelemetry.io/docs/specs/otlp/#otlpgrpc), spoken over `node:http2`. */
export class GrpcClient implements Client {
  readonly #address: ReceiverAddress;
  readonly #scheme: string;
  readonly #authority: string;
  readonly #compression: ClientSettings['compression'];
  readonly #compress: ReturnType<typeof compressor>;
  readonly #connections = new Set<GrpcConnection>();
  #current: GrpcConnection | undefined;
  /** Headers of the last call: reused for as long as the user's headers and the time-out are the same. */
  #headers: OutgoingHttpHeaders | undefined;
  #headersOf: readonly [headers: Credentials['headers'], timeoutMs: number] | undefined;

  constructor({ url, compression, proxy }: ClientSettings) {
    const endpoint = new URL(url);
    const { protocol, hostname, pathname } = endpoint;
    const isSocket = protocol === 'unix:';
    this.#address = { ...hostAndPort(endpoint), path: isSocket ? pathname : '', proxy };
    this.#scheme = protocol === 'https:' ? 'https' : 'http';
    this.#authority = isSocket ? 'localhost' : `${hostname}:${this.#address.port}`;
    this.#compression = compression;
    this.#compress = compressor(compression);
    // Loading takes some 10 ms: paid at the start, and not while exchanges are served.
    process.getBuiltinModule('node:http2');
  }

  async export(parts: readonly Uint8Array[], credentials: Credentials, attempt: Attempt): Promise<Answer> {
    const { timeoutMs } = attempt;
    const headers = this.#headersFor(credentials, timeoutMs);
    const message = this.#framed(parts);
    let result = await this.#connectionFor(credentials).call(message, headers, attempt);
    for (let retry = 0; retry < UNPROCESSED_RETRIES && result.isUnprocessed; retry++) {
      if (attempt.reason !== undefined) break;
      const { leftMs } = attempt;
      if (leftMs <= timeoutMs * MIN_TIME_LEFT_TO_RETRY || this.#current?.tls !== credentials.tls) break;
      const again = { ...headers, 'grpc-timeout': grpcTimeout(leftMs) };
      result = await this.#connectionFor(credentials).call(message, again, attempt);
    }
    if (result.status.name !== 'OK') return grpcRefusal(result.status, credentials.secrets);
    const body = await Promise.race([unframed(result.body, result.encoding), attempt.ended]);
    const { rejected, message: words } = decodeExportResponse(body instanceof Uint8Array ? body : NOTHING);
    return { kind: 'accepted', rejected, message: oneLine(words, credentials.secrets) };
  }

  /** HTTP/2 begins with the SETTINGS of the server: one round trip more than the connection. */
  connect(credentials: Credentials): Promise<void> | undefined {
    const before = this.#current;
    const connection = this.#connectionFor(credentials);
    return connection === before ? undefined : connection.settled;
  }

  close(): void {
    for (const connection of [...this.#connections]) connection.close(CANCELLED);
    this.#current = undefined;
  }

  async #framed(parts: readonly Uint8Array[]): Promise<readonly Uint8Array[]> {
    return framed(await this.#compress(parts), this.#compression !== 'none');
  }

  #connectionFor({ tls }: Credentials): GrpcConnection {
    const current = this.#current;
    if (current?.tls === tls && current?.isUsable) return current;
    const next = new GrpcConnection(this.#address, tls, (closed) => this.#connections.delete(closed));
    current?.retire();
    this.#connections.add(next);
    this.#current = next;
    return next;
  }

  #headersFor({ headers }: Credentials, timeoutMs: number): OutgoingHttpHeaders {
    const [known, knownTimeoutMs] = this.#headersOf ?? [];
    if (this.#headers !== undefined && known === headers && knownTimeoutMs === timeoutMs) {
      return this.#headers;
    }
    checkHeaders(headers);
    this.#headersOf = [headers, timeoutMs];
    this.#headers = {
      'user-agent': USER_AGENT,
      ...headers,
      ':method': 'POST',
      ':scheme': this.#scheme,
      ':authority': this.#authority,
      ':path': PATH,
      te: 'trailers',
      'content-type': 'application/grpc',
      'grpc-accept-encoding': 'identity,gzip',
      'grpc-timeout': grpcTimeout(timeoutMs),
      ...(this.#compression === 'none' ? {} : { 'grpc-encoding': this.#compression }),
    };
    return this.#headers;
  }
}

/**
 * `node:http2` accepts any header value, and reports headers that are too long as a refused stream.
 *
 * @throws TypeError for a value that cannot be sent, or headers that are too long together
 */
function checkHeaders(headers: Credentials['headers']): void {
  let bytes = 0;
  for (const [name, value] of Object.entries(headers)) {
    if (!/^[\x20-\x7e]*$/.test(value)) throw new TypeError(`the header ${name} cannot be sent`);
    bytes += name.length + value.length + HEADER_OVERHEAD_BYTES;
  }
  if (bytes > MAX_HEADERS_BYTES)
    throw new TypeError(`the headers are longer than ${MAX_HEADERS_BYTES} bytes`);
}

/** Bytes of the user's headers. `nghttp2` takes 64 KiB of headers; the rest is for those of the protocol. */
const MAX_HEADERS_BYTES = 60 * 1024;
/** Each header counts for 32 bytes beside its name and value (RFC 9113 section 6.5.2). */
const HEADER_OVERHEAD_BYTES = 32;

const NOTHING = new Uint8Array();
const CANCELLED = ownStatus('CANCELLED', 'cancelled: the transport is closed');

/** At most 8 digits and a unit (https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md#requests). */
function grpcTimeout(timeoutMs: number): string {
  return timeoutMs < 1e8 ? `${Math.ceil(timeoutMs)}m` : `${Math.ceil(timeoutMs / 1000)}S`;
}
