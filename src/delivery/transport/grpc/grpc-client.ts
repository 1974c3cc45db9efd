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

/** OTLP over gRPC (https://opentelemetry.io/docs/specs/otlp/#otlpgrpc), spoken over `node:http2`. */
export class GrpcClient implements Client {
  readonly #address: ReceiverAddress;
  readonly #scheme: string;
  readonly #authority: string;
  readonly #compression: ClientSettings['compression'];
  readonly #compress: ReturnType<typeof compressor>;
  readonly #connections = new Set<GrpcConnection>();
  #current: GrpcConnection | undefined;
  /** Those of the last call, for as long as the user's headers and the time-out are the same. */
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
    // Takes some 10 ms the first time: at the start, and not while exchanges are served.
    process.getBuiltinModule('node:http2');
  }

  async export(parts: readonly Uint8Array[], credentials: Credentials, attempt: Attempt): Promise<Answer> {
    const { timeoutMs } = attempt;
    const headers = this.#headersFor(credentials, timeoutMs);
    const message = this.#framed(parts);
    let result = await this.#connectionFor(credentials).call(message, headers, attempt);
    if (result.isUnprocessed && attempt.reason === undefined) {
      // As happens when a receiver ends a connection that has become too old. With other certificates by now, or
      // little time left, the next attempt is better.
      const { leftMs } = attempt;
      if (leftMs > timeoutMs / 2 && this.#current?.tls === credentials.tls) {
        const again = { ...headers, 'grpc-timeout': grpcTimeout(leftMs) };
        result = await this.#connectionFor(credentials).call(message, again, attempt);
      }
    }
    if (result.status.name !== 'OK') return grpcRefusal(result.status, credentials.secrets);
    const body = await Promise.race([unframed(result.body, result.encoding), attempt.ended]);
    const { rejected, message: words } = decodeExportResponse(body instanceof Uint8Array ? body : NOTHING);
    return { kind: 'accepted', rejected, message: oneLine(words, credentials.secrets) };
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

/** `node:http2` takes any value, and tells of too many that the stream was refused. */
function checkHeaders(headers: Credentials['headers']): void {
  let bytes = 0;
  for (const [name, value] of Object.entries(headers)) {
    if (!/^[\x20-\x7e]*$/.test(value)) throw new TypeError(`the header ${name} cannot be sent`);
    bytes += name.length + value.length + HEADER_OVERHEAD_BYTES;
  }
  if (bytes > MAX_HEADERS_BYTES)
    throw new TypeError(`the headers are longer than ${MAX_HEADERS_BYTES} bytes`);
}

/** Those of the user: of its 64 KiB (`nghttp2`) the rest is for the protocol's own. */
const MAX_HEADERS_BYTES = 60 * 1024;
const HEADER_OVERHEAD_BYTES = 32;

const NOTHING = new Uint8Array();
const CANCELLED = ownStatus('CANCELLED', 'cancelled: the transport is closed');

/** At most 8 digits and a unit. */
function grpcTimeout(timeoutMs: number): string {
  return timeoutMs < 1e8 ? `${Math.ceil(timeoutMs)}m` : `${Math.ceil(timeoutMs / 1000)}S`;
}
