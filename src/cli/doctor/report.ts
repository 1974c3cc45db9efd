import type { OtlpProtocol } from '../../options/environment.ts';
import type { ExplainedOption, ExplainedVariable } from '../../options/explain.ts';
import type { ReceivedRecord } from '../receiver/otlp-receiver.ts';
import type { ProcessState } from './probe/messages.ts';

/** Everything that the doctor found: what `--json` prints, with these keys. */
export interface Report {
  /** Of this package. */
  readonly version: string;
  /** The Node that runs the doctor. */
  readonly node: string;
  /**
   * Whether a record arrived at the endpoint; with an application, the record of an exchange of that application. Where
   * records are lines of standard output only, whether nothing keeps them from being written.
   */
  readonly arrived: boolean;
  /** Form of the records where standard output has them and nothing is sent, `console` that of the exporter; else `null`. */
  readonly lines: string | null;
  readonly options: readonly ExplainedOption[];
  readonly environment: readonly ExplainedVariable[];
  /** With any of them there is no access log. */
  readonly problems: readonly string[];
  readonly warnings: readonly string[];
  /** `null` where an option, the rules file or the key cannot be used. */
  readonly masking: MaskingReport | null;
  /** `null` where no application was to be run. */
  readonly application: ApplicationReport | null;
  /** `null` where nothing could be sent because of `problems`, or where nothing is to be sent. */
  readonly delivery: DeliveryReport | null;
}

/** The rules of masking that are in force. */
export interface MaskingReport {
  /** Path of the rules file; `null` for none. */
  readonly file: string | null;
  /** 8 hexadecimal digits that tell the content of the file. */
  readonly hash: string | null;
  /** Four hexadecimal digits that stand before each hash; `null` without a key. */
  readonly keyId: string | null;
  readonly detectors: readonly string[];
  readonly numbers: RuleNumbers;
  /** What masking changes in the record of a made-up exchange, in which the headers of credentials are captured. */
  readonly sample: readonly MaskedAttribute[];
}

/** How many rules the file has of each kind. */
export interface RuleNumbers {
  readonly query: number;
  readonly cookies: number;
  readonly headers: number;
  readonly paths: number;
  readonly patterns: number;
  readonly allow: number;
}

export interface MaskedAttribute {
  readonly attribute: string;
  readonly before: unknown;
  /** `null` where it is left out. */
  readonly after: unknown;
}

/** A step on the way to the receiver that was taken. */
interface Step {
  readonly name: 'connect' | 'tls' | 'greeting' | 'send';
  readonly ok: boolean;
  readonly told: string;
}

export interface DeliveryReport {
  readonly protocol: OtlpProtocol;
  readonly endpoint: string;
  /** Which record was sent: that of the application's exchange, or one made for the purpose. */
  readonly record: 'exchange' | 'test';
  readonly arrived: boolean;
  readonly steps: readonly Step[];
  /** What is wrong and what to change; empty where all is well. */
  readonly findings: readonly Finding[];
}

export interface ApplicationReport {
  readonly command: readonly string[];
  /** `null` where no Node process reported. */
  readonly process: { readonly pid: number; readonly node: string; readonly main: string | null } | null;
  /** URL, or the path of a socket. `null` where it does not listen. */
  readonly listening: string | null;
  /** What the one request was answered; `null` where none was sent. */
  readonly request: { readonly status: number | null; readonly error: string | null } | null;
  /** As it was when the request came. */
  readonly state: ProcessState | null;
  /** `normal`, `errors` or `shadow`, as its last heartbeat has it; `null` where none came. */
  readonly mode: string | null;
  /** The record of that request. */
  readonly record: ReceivedRecord | null;
  /** How it ended; `stopped` where the doctor ended it. */
  readonly end: {
    readonly code: number | null;
    readonly signal: string | null;
    readonly stopped: boolean;
  } | null;
  /** The last that it wrote, standard output and standard error together. */
  readonly output: string;
  readonly findings: readonly Finding[];
}

/** Something that a person should know, and what to do about it. */
export interface Finding {
  /** `error`: records do not arrive. `warning`: they do, but something is missing. */
  readonly level: 'error' | 'warning' | 'note';
  /** A stable key for scripts: `refused`, `tls_name`, … */
  readonly reason: string;
  /** One sentence. */
  readonly what: string;
  /** What to change, one line each. */
  readonly advice: readonly string[];
}
