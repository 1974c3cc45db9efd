import type { OtlpProtocol } from '../../options/environment.ts';
import type { Compression } from '../../options/otlp/otlp-checks.ts';
import { VERSION } from '../../version.ts';
import type { Attempt } from './attempt.ts';
import type { Credentials } from './credentials/credentials.ts';
import type { Answer } from './transport.ts';

/** Exports over one protocol, with the credentials that it is given. It reads no files and enters no context. */
export interface Client {
  /**
   * Makes one attempt. A refusal has the remedy `credentials` wherever other credentials may help. When the attempt is
   * ended, the request is cancelled; a response that is known by then is returned in the same turn of the event loop.
   *
   * @throws Error where the export cannot be sent at all
   */
  export(parts: readonly Uint8Array[], credentials: Credentials, attempt: Attempt): Promise<Answer>;
  /**
   * Opens the connection for the next export, where that takes a round trip before the export can be sent.
   *
   * @returns a promise that resolves when it is made, or cannot be; `undefined` where that was begun before
   */
  connect?(credentials: Credentials): Promise<void> | undefined;
  /** Closes every connection; another export opens a new one. The caller has ended the attempts that are under way. */
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
