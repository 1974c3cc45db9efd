import type { Compression } from '../../options/otlp-checks.ts';
import { VERSION } from '../../version.ts';
import type { Credentials } from './credentials.ts';
import type { Answer } from './transport.ts';

/** Exports over one protocol, with what it is given: knows of no files and of no context. */
export interface Client {
  /**
   * One attempt; `credentials` as the remedy of every refusal that other ones may help against.
   *
   * @throws Error where no attempt can be made of it
   */
  export(parts: readonly Uint8Array[], credentials: Credentials, timeoutMs: number): Promise<Answer>;
  /** Cancels what is under way, connections that are being made included. */
  cancel(why: string): void;
  /** Cancels what is under way and lets go of every connection. */
  close(): void;
}

export interface ClientSettings {
  readonly url: string;
  readonly compression: Compression;
  /** URL of the proxy that gRPC goes through. */
  readonly proxy: string | undefined;
}

/** https://opentelemetry.io/docs/specs/otel/protocol/exporter/#user-agent */
export const USER_AGENT: string = `otel-access-log/${VERSION} OTel-OTLP-Exporter-JavaScript/${VERSION}`;

/** What a time-out and the end of the transport are told as. */
export class AttemptEnded extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}
