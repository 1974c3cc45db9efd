import type { Agent, OutgoingHttpHeaders, RequestOptions } from 'node:http';
import { createRequire } from 'node:module';
import { decodeExportResponse } from '../otlp/answers.ts';
import { type Attempt, AttemptEnded } from './attempt.ts';
import { type Client, type ClientSettings, USER_AGENT } from './client.ts';
import { compressor } from './compressor.ts';
import type { Credentials } from './credentials.ts';
import { post, type Request } from './http-post.ts';
import { oneLine } from './one-line.ts';
import { connectionRefusal, type HttpAnswer, httpRefusal } from './refusals.ts';
import type { Secrets } from './secrets.ts';
import type { Answer } from './transport.ts';

const require = createRequire(import.meta.url);

interface HttpModule {
  readonly Agent: typeof Agent;
  readonly request: Request;
}

/** Kept-alive connections, all made with the same certificates. */
interface Connections {
  readonly agent: Agent;
  readonly tls: Credentials['tls'];
  /** Attempts that use them now. */
  used: number;
}

/** OTLP over HTTP/1.1, in protobuf (https://opentelemetry.io/docs/specs/otlp/#otlphttp). */
export class HttpClient implements Client {
  readonly #destination: RequestOptions;
  readonly #compression: ClientSettings['compression'];
  readonly #compress: ReturnType<typeof compressor>;
  #loaded: HttpModule | undefined;
  #connections: Connections | undefined;

  constructor({ url, compression }: ClientSettings) {
    const { protocol, hostname, port, pathname, search } = new URL(url);
    this.#destination = {
      method: 'POST',
      protocol,
      hostname: hostname.replace(/^\[(.*)\]$/, '$1'),
      port,
      path: pathname + search,
    };
    this.#compression = compression;
    this.#compress = compressor(compression);
  }

  /**
   * Not loaded before the first export: an instrumentation that waits for the application to load `node:http` would be
   * woken early. By then the application has loaded it, as a server.
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
      const body = await Promise.race([this.#compress(parts), attempt.ended]);
      if (body instanceof AttemptEnded) return connectionRefusal(body, credentials.secrets);
      return await this.#post(body, connections.agent, credentials, attempt);
    } finally {
      connections.used -= 1;
      this.#letGo(connections);
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
    const options = { ...this.#destination, agent, headers: this.#headersFor(body, headers) };
    for (let retriesLeft = 1; attempt.reason === undefined; retriesLeft--) {
      const result = await post(this.#module.request, options, body, attempt);
      if ('status' in result) return answerOf(result, secrets);
      if (attempt.reason !== undefined) break;
      if (!result.wasStale || retriesLeft === 0) return connectionRefusal(result.error, secrets);
      // The others have waited as long, or longer.
      for (const socket of Object.values(agent.freeSockets).flat()) socket?.destroy();
    }
    return connectionRefusal(attempt.reason, secrets);
  }

  #headersFor(body: readonly Uint8Array[], headers: Credentials['headers']): OutgoingHttpHeaders {
    return {
      'user-agent': USER_AGENT,
      ...headers,
      'content-type': 'application/x-protobuf',
      'content-length': body.reduce((length, part) => length + part.length, 0),
      ...(this.#compression === 'none' ? {} : { 'content-encoding': this.#compression }),
    };
  }

  /** Connections that were made with other certificates end when their attempts have. */
  #connectionsFor({ tls }: Credentials): Connections {
    if (this.#connections?.tls === tls && this.#connections !== undefined) return this.#connections;
    const former = this.#connections;
    const files = Object.entries(tls ?? {}).flatMap(([name, bytes]) =>
      bytes === undefined ? [] : [[name, Buffer.from(bytes)]],
    );
    const pem = Object.fromEntries(files);
    this.#connections = { agent: new this.#module.Agent({ keepAlive: true, ...pem }), tls, used: 0 };
    if (former !== undefined) this.#letGo(former);
    return this.#connections;
  }

  #letGo(connections: Connections): void {
    if (connections !== this.#connections && connections.used === 0) connections.agent.destroy();
  }
}

function answerOf(answer: HttpAnswer, secrets: Secrets): Answer {
  const { status, headers, body } = answer;
  if (status < 200 || status >= 300) return httpRefusal(answer, secrets, Date.now());
  if (/html/i.test(headers['content-type'] ?? '') && body.length > 0) {
    // Something else that answers everything: nobody has taken the records.
    const message = oneLine(`${status}, with a page for a browser: that is no OTLP receiver`, secrets);
    return { kind: 'refused', remedy: 'wait', errorType: String(status), message, retryAfterMs: undefined };
  }
  const { rejected, message } = decodeExportResponse(body);
  return { kind: 'accepted', rejected, message: oneLine(message, secrets) };
}
