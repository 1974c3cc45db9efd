import type { AddressInfo } from 'node:net';

/** The variable in which the doctor passes its task to the probe in a process. */
export const PROBE_VARIABLE = 'NODE_OTEL_ACCESS_LOG_DOCTOR';

/** Value of that variable, as JSON. */
export interface ProbeTask {
  /** File that the messages are appended to, one JSON document a line. */
  readonly file: string;
  /** Where the access log of the process is to send its records instead. */
  readonly endpoint: string;
}

/** What a process looks like when a request comes. */
export interface ProcessState {
  /** How its main module was loaded. */
  readonly modules: 'esm' | 'commonjs';
  /** Whether some HttpInstrumentation has wrapped `http.Server.prototype.emit`. */
  readonly isHttpInstrumented: boolean;
  /** The tracer provider of the application's SDK, if one is registered. */
  readonly provider: {
    readonly className: string;
    /** `telemetry.sdk.version` of its resource. */
    readonly version: string | null;
    /** Only providers of the 2.x line (and before) can register themselves. */
    readonly hasRegister: boolean;
  } | null;
  /** What traces the process without a tracer provider; its package, where that is known. */
  readonly agent: { readonly name: string | null } | null;
  /** Version of `@opentelemetry/api` that registered first. */
  readonly apiVersion: string | null;
  /** Module loader hooks that were registered: specifiers, or the file of the caller. */
  readonly loaderHooks: readonly string[];
}

export type ProbeMessage =
  | {
      readonly type: 'start';
      readonly pid: number;
      readonly node: string;
      readonly main: string | null;
      /** Arguments of node, those of NODE_OPTIONS too. */
      readonly execArgv: readonly string[];
      /** Its `OTEL_…` and `ACCESS_LOG_…` variables, before the probe changed any. */
      readonly variables: Readonly<Record<string, string>>;
      /** The observer of this process before the probe was loaded. */
      readonly observer: string | null;
    }
  | {
      readonly type: 'listening';
      readonly pid: number;
      readonly isSecure: boolean;
      readonly address: AddressInfo | string;
    }
  | { readonly type: 'request'; readonly pid: number; readonly state: ProcessState }
  /** Another copy, or the instrumentation, wanted to observe too. */
  | { readonly type: 'claim'; readonly pid: number; readonly file: string };
