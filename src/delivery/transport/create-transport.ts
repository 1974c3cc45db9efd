import type { OtlpEnvironment } from '../../options/otlp-environment.ts';
import { StartContext } from '../start-context.ts';
import type { Client } from './client.ts';
import { CredentialSource } from './credentials.ts';
import { GrpcClient } from './grpc-client.ts';
import { HttpClient } from './http-client.ts';
import { oneLine } from './one-line.ts';
import { errorOf } from './refusals.ts';
import type { Answer, Refused, Transport } from './transport.ts';
import type { Notices } from './watched-files.ts';

/** Can be handed to another thread. */
export interface TransportSettings
  extends Pick<OtlpEnvironment, 'protocol' | 'url' | 'headers' | 'compression' | 'tls' | 'proxy'> {
  /** Path of a file of headers, which come before `headers`; `''` for none. */
  readonly headersFile: string;
}

/**
 * A transport to the receiver that the settings name. Opens no connection before the first export. Certificates and
 * the file of headers are read now, synchronously, and looked at every five seconds from the first export on; what is
 * wrong with them then is told once, and the last good ones stay in use.
 */
export function createTransport(settings: TransportSettings, notices: Notices): Transport {
  const start = new StartContext();
  return start.run(() => {
    const credentials = new CredentialSource(settings, notices);
    const client = settings.protocol === 'grpc' ? new GrpcClient(settings) : new HttpClient(settings);
    return new ClientTransport(client, credentials, start);
  });
}

/** A client with the credentials of the moment, outside of every request. */
class ClientTransport implements Transport {
  readonly #client: Client;
  readonly #credentials: CredentialSource;
  readonly #start: StartContext;
  #isClosed = false;

  constructor(client: Client, credentials: CredentialSource, start: StartContext) {
    this.#client = client;
    this.#credentials = credentials;
    this.#start = start;
  }

  send(parts: readonly Uint8Array[], timeoutMs: number): Promise<Answer> {
    return this.#start.run(() => this.#send(parts, timeoutMs));
  }

  cancel(why: string): void {
    this.#client.cancel(why);
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#credentials.close();
    this.#client.close();
  }

  async #send(parts: readonly Uint8Array[], timeoutMs: number): Promise<Answer> {
    const source = this.#credentials;
    try {
      if (!this.#isClosed) source.use();
      if (source.current === undefined) await source.refresh();
      if (this.#isClosed) return refused('wait', 'CANCELLED', 'cancelled: the transport is closed');
      const credentials = source.current;
      if (credentials === undefined) {
        const message = `the files of headers or certificates cannot be used: ${source.trouble}`;
        return refused('credentials', 'no_credentials', message);
      }
      return await this.#judged(await this.#client.export(parts, credentials, timeoutMs));
    } catch (error) {
      const { code, message } = errorOf(error);
      return refused('none', code, oneLine(message, source.current?.secrets ?? []));
    }
  }

  /** Where other credentials may help, those that there are now are there for the next attempt. */
  async #judged(answer: Answer): Promise<Answer> {
    const source = this.#credentials;
    if (answer.kind === 'accepted') return answer;
    if (answer.remedy === 'credentials' && !source.watchesFiles) return { ...answer, remedy: 'none' };
    // A certificate that is refused is told as a broken connection.
    if (answer.remedy === 'credentials' || (answer.remedy === 'wait' && source.watchesCertificates)) {
      await source.refresh();
    }
    return answer;
  }
}

function refused(remedy: Refused['remedy'], errorType: string, message: string): Refused {
  return { kind: 'refused', remedy, errorType, message, retryAfterMs: undefined };
}
