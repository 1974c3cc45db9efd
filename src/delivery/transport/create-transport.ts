import { setImmediate as nextTurn } from 'node:timers/promises';
import type { OtlpProtocol } from '../../options/environment.ts';
import type { OtlpEnvironment } from '../../options/otlp/otlp-environment.ts';
import { Attempt, AttemptEnded } from './attempt.ts';
import type { Client } from './client.ts';
import { errorOf } from './connection-error.ts';
import { CredentialSource, type FileListener } from './credentials/credentials.ts';
import { Secrets } from './credentials/secrets.ts';
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
 * A transport to the receiver that the settings name. Opens no connection before the first export. Certificates and the
 * file of headers are read now, synchronously, and checked for changes every five seconds from the first export on. A
 * change that cannot be used is reported once, and the last good files stay in use.
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

/** A client with its current credentials, run outside the context of any request. Bounds every attempt in time. */
class ClientTransport implements Transport {
  readonly #protocol: OtlpProtocol;
  readonly #client: Client;
  readonly #credentials: CredentialSource;
  readonly #start: StartContext;
  readonly #underWay = new Set<Attempt>();
  /** A receiver that has accepted an export speaks the protocol: later failures have another reason. */
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

  connect(): Promise<void> | undefined {
    const { current } = this.#credentials;
    if (this.#isClosed || current === undefined) return undefined;
    return this.#start.run(() => this.#client.connect?.(current));
  }

  cancel(why: string): void {
    for (const attempt of [...this.#underWay]) attempt.end(new AttemptEnded('CANCELLED', why));
    // Bytes that the receiver does not read would keep the process alive.
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
    // One turn later, so that a response that is already known wins the race.
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
      return await this.#withFreshCredentials(
        await this.#client.export(parts, credentials, attempt),
        attempt,
      );
    } catch (error) {
      const { code, message } = errorOf(error);
      return refused('none', code, oneLine(message, source.current?.secrets ?? Secrets.none));
    }
  }

  /** Reads the files again where other credentials may help, so that the next attempt has the current ones. */
  async #withFreshCredentials(answer: Answer, attempt: Attempt): Promise<Answer> {
    const source = this.#credentials;
    if (answer.kind === 'accepted') return answer;
    if (answer.remedy === 'credentials' && !source.watchesFiles) return { ...answer, remedy: 'none' };
    // A refused client certificate looks like a broken connection.
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
