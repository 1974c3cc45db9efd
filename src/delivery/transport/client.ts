import type { OtlpProtocol } from '../../options/environment.ts';
import type { Compression } from '../../options/otlp/otlp-checks.ts';
import { VERSION } from '../../version.ts';
import type { Attempt } from './attempt.ts';
import type { Credentials } from './credentials/credentials.ts';
import type { Answer } from './transport.ts';

/** Exports over one protocol, with what it is given: knows of no files and of no context. */
export interface Client {
  /**
   * One attempt; `credentials` as the remedy of every refusal that other ones may help against. When the attempt is
   * ended, it lets go of what is on its way; where it knows the answer by then, it gives it in the same turn of the event
   * loop.
   *
   * @throws Error where no attempt can be made of it
   */
  export(parts: readonly Uint8Array[], credentials: Credentials, attempt: Attempt): Promise<Answer>;
  /** Lets go of every connection; another export makes a new one. Attempts that are under way are ended by then. */
  close(): void;
}

export interface ClientSettings {
  readonly protocol: OtlpProtocol;
  readonly url: string;
  readonly compression: Compression;
  /** URL of the proxy on the way there. */
  readonly proxy: string | undefined;
}

/** https://opentelemetry.io/docs/specs/otel/protocol/exporter/#user-agent */
export const USER_AGENT: string = `otel-access-log/${VERSION} OTel-OTLP-Exporter-JavaScript/${VERSION}`;
