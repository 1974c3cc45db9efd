import type { Agent, OutgoingHttpHeaders, RequestOptions } from 'node:http';
import { createRequire } from 'node:module';
import { hostAndPort } from '../../../options/otlp/host-and-port.ts';
import { decodeExportResponse, isExportResponse } from '../../otlp/export-response.ts';
import { isJson, isJsonExportResponse, parseExportResponse } from '../../otlp/json-export-response.ts';
import { jsonRequest } from '../../otlp/json-request.ts';
import { type Attempt, AttemptEnded } from '../attempt.ts';
import { type Client, type ClientSettings, USER_AGENT } from '../client.ts';
import { compressor } from '../compressor.ts';
import { errorOf } from '../connection-error.ts';
import type { Credentials } from '../credentials/credentials.ts';
import type { Secrets } from '../credentials/secrets.ts';
import { oneLine } from '../one-line.ts';
import { connectionRefusal, type HttpResponse, httpRefusal } from '../response/refusals.ts';
import { ProxyError, proxyHeaders } from '../socket/proxy-connection.ts';
import type { ReceiverAddress } from '../socket/receiver-socket.ts';
import { type TunnelOptions, useTunnel } from '../socket/tunnel-agent.ts';
import type { Answer } from '../transport.ts';
import { post, type Request } from './http-post.ts';

const require = createRequire(import.meta.url);

/** RFC 9110 section 15.5.8: this response comes from the proxy, not from the receiver. */
const PROXY_AUTHENTICATION_REQUIRED = 407;

interface HttpModule {
  readonly Agent: typeof Agent;
  readonly request: Request;
}

/** Bytes of a foreign response that are shown. */
const FOREIGN_BYTES = 200;

/** Kept-alive connections that were made with the same certificates. */
interface Connections {
  readonly agent: Agent;
  readonly tls: Credentials['tls'];
  /** Number of attempts that use them now. */
  used: number;
}

/** OTLP over HTTP/1.1, in protobuf or in JSON (https://opentelemetry.io/docs/specs/otlp/#otlphttp). */
export class HttpClient implements Client {
  readonly #url: string;
  readonly #destination: RequestOptions;
  readonly #address: ReceiverAddress;
  /** Sent with each request: `Host`, and the credentials for a proxy that forwards the requests. */
  readonly #hopHeaders: OutgoingHttpHeaders;
  /** The proxy that forwards requests: only for an endpoint without TLS. With TLS a proxy only opens a tunnel. */
  readonly #forwarder: URL | undefined;
  readonly #isJson: boolean;
  readonly #compression: ClientSettings['compression'];
  readonly #compress: ReturnType<typeof compressor>;
  #loaded: HttpModule | undefined;
  #connections: Connections | undefined;

  constructor({ url, protocol: otlp, compression, proxy }: ClientSettings) {
    const endpoint = new URL(url);
    const { protocol, host, pathname, search } = endpoint;
    this.#url = url;
    this.#address = { ...hostAndPort(endpoint), path: '', proxy };
    this.#forwarder = proxy !== undefined && protocol !== 'https:' ? new URL(proxy) : undefined;
    const peer = hostAndPort(this.#forwarder ?? endpoint);
    // A request to a proxy has its target in absolute form (RFC 9112 section 3.2.2).
    const origin = this.#forwarder === undefined ? '' : `http://${host}`;
    this.#destination = {
      method: 'POST',
      protocol,
      hostname: peer.host,
      port: peer.port,
      path: origin + pathname + search,
    };
    this.#hopHeaders = { host, ...(this.#forwarder && proxyHeaders(this.#forwarder)) };
    this.#isJson = otlp === 'http/json';
    this.#compression = compression;
    this.#compress = compressor(compression);
  }

  /**
   * Loaded at the first export. Earlier, it would trigger instrumentations that wait for the application to load
   * `node:http`. By the first export the application has loaded it, for its server.
   */
  get #module(): HttpModule {
    this.#loaded ??= require(
      this.#destination.protocol === 'https:' ? 'node:https' : 'node:http',
    ) as HttpModule;
    return this.#loaded;
  }

  async export(parts: readonly Uint8Array[], credentials: Credentials, attempt: Attempt): Promise<Answer> {
    const connections = this.#connectionsFor(credentials);
    connections.used += 1;
    try {
      const message = this.#isJson ? [jsonRequest(Buffer.concat(parts))] : parts;
      const body = await Promise.race([this.#compress(message), attempt.ended]);
      if (body instanceof AttemptEnded) return connectionRefusal(body, credentials.secrets);
      return await this.#post(body, connections.agent, credentials, attempt);
    } finally {
      connections.used -= 1;
      this.#closeIfReplaced(connections);
    }
  }

  close(): void {
    this.#connections?.agent.destroy();
    this.#connections = undefined;
  }

  async #post(
    body: readonly Uint8Array[],
    agent: Agent,
    { headers, secrets }: Credentials,
    attempt: Attempt,
  ): Promise<Answer> {
    const options: TunnelOptions = {
      ...this.#destination,
      agent,
      headers: this.#headersFor(body, headers),
      attempt,
    };
    for (let retriesLeft = 1; attempt.reason === undefined; retriesLeft--) {
      const result = await post(this.#module.request, options, body, attempt);
      if ('status' in result) return this.#answerOf(result, secrets);
      if (attempt.reason !== undefined) break;
      if (!result.wasStale || retriesLeft === 0) {
        return connectionRefusal(this.#withProxyNamed(result.error), secrets);
      }
      // The other idle connections are as old or older, so they are stale too.
      for (const socket of Object.values(agent.freeSockets).flat()) socket?.destroy();
    }
    return connectionRefusal(attempt.reason, secrets);
  }

  /** Names the proxy in an error on the way to it: the receiver was not reached. */
  #withProxyNamed(error: unknown): unknown {
    if (this.#forwarder === undefined) return error;
    const { code, message } = errorOf(error);
    return new ProxyError(this.#forwarder, `: ${message}`, code);
  }

  #answerOf(response: HttpResponse, secrets: Secrets): Answer {
    if (this.#forwarder !== undefined && response.status === PROXY_AUTHENTICATION_REQUIRED) {
      return connectionRefusal(ProxyError.answered(this.#forwarder, response.status), secrets);
    }
    return answerOf(response, this.#url, secrets);
  }

  #headersFor(body: readonly Uint8Array[], headers: Credentials['headers']): OutgoingHttpHeaders {
    return {
      'user-agent': USER_AGENT,
      ...this.#hopHeaders,
      ...headers,
      'content-type': this.#isJson ? 'application/json' : 'application/x-protobuf',
      'content-length': body.reduce((length, part) => length + part.length, 0),
      ...(this.#compression === 'none' ? {} : { 'content-encoding': this.#compression }),
    };
  }

  /** Connections that were made with other certificates are closed as soon as their attempts have ended. */
  #connectionsFor({ tls }: Credentials): Connections {
    if (this.#connections?.tls === tls && this.#connections !== undefined) return this.#connections;
    const former = this.#connections;
    const files = Object.entries(tls ?? {}).flatMap(([name, bytes]) =>
      bytes === undefined ? [] : [[name, Buffer.from(bytes)]],
    );
    const pem = Object.fromEntries(files);
    const agent = new this.#module.Agent({ keepAlive: true, ...pem });
    if (tls !== undefined && this.#address.proxy !== undefined) useTunnel(agent, this.#address, tls);
    this.#connections = { agent, tls, used: 0 };
    if (former !== undefined) this.#closeIfReplaced(former);
    return this.#connections;
  }

  #closeIfReplaced(connections: Connections): void {
    if (connections !== this.#connections && connections.used === 0) connections.agent.destroy();
  }
}

function answerOf(response: HttpResponse, url: string, secrets: Secrets): Answer {
  const { status, headers, body } = response;
  if (status < 200 || status >= 300) return httpRefusal(response, url, secrets, Date.now());
  const type = headers['content-type'] ?? '';
  if (/html/i.test(type) && body.length > 0) {
    // A web server that answers every request with a page: it has not accepted the records.
    const message = oneLine(`${status}, with a page for a browser: that is no OTLP receiver`, secrets);
    return { kind: 'refused', remedy: 'wait', errorType: String(status), message, retryAfterMs: undefined };
  }
  const { rejected, message } = isJson(type, body) ? parseExportResponse(body) : decodeExportResponse(body);
  const accepted = { kind: 'accepted', rejected, message: oneLine(message, secrets) } as const;
  if (body.length === 0 || isOtlp(type, body)) return accepted;
  return { ...accepted, foreign: oneLine(Buffer.from(body.subarray(0, FOREIGN_BYTES)).toString(), secrets) };
}

function isOtlp(type: string, body: Uint8Array): boolean {
  if (isJson(type, body)) return isJsonExportResponse(body);
  return !/^text\//i.test(type) && isExportResponse(body);
}
