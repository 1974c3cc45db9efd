import { createRequire } from 'node:module';
import type { Metadata } from '@grpc/grpc-js';
import { decodeExportResponse } from '../otlp/answers.ts';
import { AttemptEnded, type Client, type ClientSettings, USER_AGENT } from './client.ts';
import type { Credentials } from './credentials.ts';
import { type CallResult, type Grpc, GrpcConnection, type GrpcTarget } from './grpc-connection.ts';
import { oneLine } from './one-line.ts';
import { grpcRefusal } from './refusals.ts';
import type { Answer } from './transport.ts';

const require = createRequire(import.meta.url);

/** Bytes of an answer: the specification's limit. */
const MAX_ANSWER_BYTES = 4 * 1024 * 1024;

/** OTLP over gRPC (https://opentelemetry.io/docs/specs/otlp/#otlpgrpc), by grpc-js, with messages as bytes. */
export class GrpcClient implements Client {
  readonly #grpc: Grpc;
  readonly #target: GrpcTarget;
  readonly #connections = new Set<GrpcConnection>();
  #current: GrpcConnection | undefined;
  /** What the headers of `#metadataOf` are as grpc-js takes them, with the time-out. */
  #metadata: Metadata | undefined;
  #metadataOf: readonly [headers: Credentials['headers'], timeoutMs: number] | undefined;

  constructor(settings: ClientSettings) {
    // Takes 30 to 50 ms, so only where it is used.
    this.#grpc = require('@grpc/grpc-js');
    this.#target = targetOf(settings, this.#grpc);
  }

  async export(parts: readonly Uint8Array[], credentials: Credentials, timeoutMs: number): Promise<Answer> {
    const [first] = parts;
    const message = parts.length === 1 && Buffer.isBuffer(first) ? first : Buffer.concat(parts);
    const metadata = this.#metadataFor(credentials, timeoutMs);
    const result = await this.#connectionFor(credentials).call(message, metadata, timeoutMs);
    return this.#answerOf(result, credentials.secrets);
  }

  close(): void {
    const cancelled = new AttemptEnded('CANCELLED', 'cancelled: the transport is closed');
    for (const connection of [...this.#connections]) connection.close(cancelled);
    this.#current = undefined;
  }

  #connectionFor({ tls }: Credentials): GrpcConnection {
    const current = this.#current;
    if (current !== undefined && current.tls === tls && !current.isHopeless) return current;
    const next = new GrpcConnection(this.#grpc, this.#target, tls, (closed) =>
      this.#connections.delete(closed),
    );
    current?.retire();
    this.#connections.add(next);
    this.#current = next;
    return next;
  }

  #metadataFor({ headers }: Credentials, timeoutMs: number): Metadata {
    if (
      this.#metadata !== undefined &&
      this.#metadataOf?.[0] === headers &&
      this.#metadataOf[1] === timeoutMs
    )
      return this.#metadata;
    const metadata = new this.#grpc.Metadata();
    for (const [name, value] of Object.entries(headers)) metadata.set(name, value);
    metadata.set('grpc-timeout', grpcTimeout(timeoutMs));
    this.#metadata = metadata;
    this.#metadataOf = [headers, timeoutMs];
    return metadata;
  }

  #answerOf(result: CallResult, secrets: readonly string[]): Answer {
    if (result.kind === 'status') {
      const { code, details, richStatus } = result;
      return grpcRefusal(this.#grpc.status[code] ?? String(code), code, details, richStatus, secrets);
    }
    const { rejected, message } = decodeExportResponse(result.message);
    return { kind: 'accepted', rejected, message: oneLine(message, secrets) };
  }
}

/** The header that a deadline of grpc-js would set: at most 8 digits and a unit. */
function grpcTimeout(timeoutMs: number): string {
  return timeoutMs < 1e8 ? `${Math.ceil(timeoutMs)}m` : `${Math.ceil(timeoutMs / 1000)}S`;
}

function targetOf({ url, compression }: ClientSettings, grpc: Grpc): GrpcTarget {
  const { protocol, hostname, pathname, port } = new URL(url);
  const isSocket = protocol === 'unix:';
  return {
    // A scheme, so that none is seen in the name of the host. `URL` knows no default port here but those of HTTP.
    address: isSocket ? `unix://${pathname}` : `dns:${hostname}:${port || (protocol === 'http:' ? 80 : 443)}`,
    host: hostname.replace(/^\[(.*)\]$/, '$1'),
    options: {
      'grpc.primary_user_agent': USER_AGENT,
      'grpc.default_compression_algorithm':
        grpc.compressionAlgorithms[compression === 'gzip' ? 'gzip' : 'identity'],
      'grpc.max_receive_message_length': MAX_ANSWER_BYTES,
      // Another client must get another connection, and not that of the one that it replaces.
      'grpc.use_local_subchannel_pool': 1,
      // What is tried again, and when, is not decided here.
      'grpc.enable_retries': 0,
      // Else grpc-js keeps its copy of each message until the answer: at 20,000 records/s and 100 ms enough for a
      // full garbage collection every second.
      'grpc.per_rpc_retry_buffer_size': 0,
      'grpc.service_config_disable_resolution': 1,
      'grpc.enable_channelz': 0,
    },
  };
}
