import { setImmediate as nextTurn } from 'node:timers/promises';
import type { OtlpProtocol } from '../../options/environment.ts';
import type { OtlpEnvironment } from '../../options/otlp/otlp-environment.ts';
import { Attempt, AttemptEnded } from './attempt.ts';
import type { Client } from './client.ts';
import { errorOf } from './connection-error.ts';
import { CredentialSource } from './credentials/credentials.ts';
import { Secrets } from './credentials/secrets.ts';
import type { FileListener } from './credentials/watched-files.ts';
import { GrpcClient } from './grpc/grpc-client.ts';
import { HttpClient } from './http/http-client.ts';
import { oneLine } from './one-line.ts';
import { hintOf } from './response/other-protocol.ts';
import { connectionRefusal } from './response/refusals.ts';
import { StartContext } from './start-context.ts';
import type { Answer, Refused, Transport } from './transport.ts';

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
export function createTransport(settings: TransportSettings, notices: FileListener): Transport {
  const start = new StartContext();
  return start.run(() => {
    const credentials = new CredentialSource(settings, notices);
    const { protocol } = settings;
    const client = protocol === 'grpc' ? new GrpcClient(settings) : new HttpClient(settings);
    return new ClientTransport(protocol, client, credentials, start);
  });
}

/** A client with the credentials of the moment, outside of every request. Every attempt ends by its time-out. */
class ClientTransport implements Transport {
  readonly #protocol: OtlpProtocol;
  readonly #client: Client;
  readonly #credentials: CredentialSource;
  readonly #start: StartContext;
  readonly #underWay = new Set<Attempt>();
  /** Then it speaks the protocol, whatever it answers later. */
  #hasAccepted = false;
  #isClosed = false;

  constructor(protocol: OtlpProtocol, client: Client, credentials: CredentialSource, start: StartContext) {
    this.#protocol = protocol;
    this.#client = client;
    this.#credentials = credentials;
    this.#start = start;
  }

  send(parts: readonly Uint8Array[], timeoutMs: number): Promise<Answer> {
    return this.#start.run(() => this.#sendInTime(parts, timeoutMs));
  }

  cancel(why: string): void {
    for (const attempt of [...this.#underWay]) attempt.end(new AttemptEnded('CANCELLED', why));
    // Bytes that a receiver does not take would hold the process.
    this.#client.close();
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#credentials.close();
    this.cancel(CLOSED);
  }

  async #sendInTime(parts: readonly Uint8Array[], timeoutMs: number): Promise<Answer> {
    if (this.#isClosed) return refused('wait', 'CANCELLED', CLOSED);
    const attempt = new Attempt(timeoutMs);
    this.#underWay.add(attempt);
    // A turn later: an answer that is known by then comes first.
    const overdue = attempt.ended.then((reason) =>
      nextTurn(connectionRefusal(reason, this.#credentials.current?.secrets ?? Secrets.none)),
    );
    try {
      return this.#hinted(await Promise.race([this.#send(parts, attempt), overdue]));
    } finally {
      attempt.finish();
      this.#underWay.delete(attempt);
    }
  }

  #hinted(answer: Answer): Answer {
    if (answer.kind === 'accepted') this.#hasAccepted = true;
    if (answer.kind === 'accepted' || this.#hasAccepted) return answer;
    const hint = hintOf(this.#protocol, answer);
    return hint === undefined ? answer : { ...answer, hint };
  }

  async #send(parts: readonly Uint8Array[], attempt: Attempt): Promise<Answer> {
    const source = this.#credentials;
    try {
      source.use();
      if (source.current === undefined) await Promise.race([source.refresh(), attempt.ended]);
      if (attempt.reason !== undefined) return connectionRefusal(attempt.reason, Secrets.none);
      const credentials = source.current;
      if (credentials === undefined) {
        const message = `the files of headers or certificates cannot be used: ${source.trouble}`;
        return refused('credentials', 'no_credentials', message);
      }
      return await this.#judged(await this.#client.export(parts, credentials, attempt), attempt);
    } catch (error) {
      const { code, message } = errorOf(error);
      return refused('none', code, oneLine(message, source.current?.secrets ?? Secrets.none));
    }
  }

  /** Where other credentials may help, those that there are now are there for the next attempt. */
  async #judged(answer: Answer, attempt: Attempt): Promise<Answer> {
    const source = this.#credentials;
    if (answer.kind === 'accepted') return answer;
    if (answer.remedy === 'credentials' && !source.watchesFiles) return { ...answer, remedy: 'none' };
    // A certificate that is refused is told as a broken connection.
    if (answer.remedy === 'credentials' || (answer.remedy === 'wait' && source.watchesCertificates)) {
      await Promise.race([source.refresh(), attempt.ended]);
    }
    return answer;
  }
}

const CLOSED = 'cancelled: the transport is closed';

function refused(remedy: Refused['remedy'], errorType: string, message: string): Refused {
  return { kind: 'refused', remedy, errorType, message, retryAfterMs: undefined };
}
