import type { OtlpTarget } from '../../../options/explain.ts';

/** What a port answers to a greeting in the protocol that is configured. */
export type Greeting = 'http/1' | 'http/2' | 'tls' | 'silence' | 'closed' | 'other';

/** What went wrong on the way to the receiver, as reported by Node, gRPC or the receiver. */
export type Failure =
  | { readonly stage: 'connect'; readonly code: string; readonly message: string }
  | {
      readonly stage: 'tls';
      readonly code: string;
      readonly message: string;
      readonly certificate: Certificate | undefined;
    }
  | { readonly stage: 'greeting'; readonly greeting: Greeting }
  | {
      readonly stage: 'send';
      /** A gRPC status (0 to 16), an HTTP status, or Node's error code. */
      readonly code: number | string | undefined;
      readonly message: string;
      /** What the receiver answered. */
      readonly data: string;
    }
  | { readonly stage: 'rejected'; readonly message: string }
  /** A response with a status of success that is no answer to an export; `message` is its beginning. */
  | { readonly stage: 'foreign'; readonly message: string };

/** Of a server's certificate, what helps to see what is wrong with it. */
export interface Certificate {
  readonly names: string;
  readonly issuer: string;
  readonly validFrom: string;
  readonly validTo: string;
}

/** What a failure is looked at against; nothing of it is a secret. */
export interface FailureContext extends Omit<OtlpTarget, 'url' | 'proxy'> {
  /** Milliseconds after which the doctor gave up. */
  readonly timeoutMs: number;
}
