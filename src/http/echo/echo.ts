import type { SpanContext } from '@opentelemetry/api';
import type { Connection } from '../exchange.ts';
import type { ObservedExchange } from '../observed-exchange.ts';
import { captureHeadContext } from '../trace/active-span.ts';
import { type EchoField, extendHead, type FieldsBefore } from './extended-head.ts';

type EchoName = 'x-trace-id' | 'server-timing';

export interface EchoOptions {
  /** Fields that tell the trace id; not empty. */
  readonly fields: readonly EchoName[];
  /** Who is told; `undefined`: each client. */
  readonly isFor?: ((connection: Connection) => boolean) | undefined;
}

/**
 * What the options `echo` and `echoTo` say.
 *
 * @param isPeerTrusted whether the peer of a connection is in `trustedProxies`
 * @returns `undefined` where no client is told anything
 */
export function echoOf(
  { echo, echoTo }: { readonly echo: readonly EchoName[]; readonly echoTo: 'all' | 'trusted' },
  isPeerTrusted: (connection: Connection) => boolean,
): EchoOptions | undefined {
  if (echo.length === 0) return undefined;
  return { fields: echo, isFor: echoTo === 'trusted' ? isPeerTrusted : undefined };
}

/** Tells clients the ids of their exchanges, in the head of the response. */
export class Echo {
  readonly #options: EchoOptions;
  readonly #onError: (error: unknown) => void;

  constructor(options: EchoOptions, onError: (error: unknown) => void) {
    this.#options = options;
    this.#onError = onError;
  }

  /**
   * The headers of a head that is about to be made, with the ids of its exchange. These are settled from then on: the
   * record has the ones that the client was told. Never throws.
   *
   * @param given to `writeHead` or `respond`, in any of their forms
   * @param before the fields that the response has already; `undefined` where there are no others
   * @returns `given` where nothing is told
   */
  extend(exchange: ObservedExchange, given: unknown, before?: FieldsBefore): unknown {
    try {
      if (this.#options.isFor?.(exchange.connection) === false) return given;
      // The server span may have begun after the handlers were called.
      captureHeadContext(exchange);
      const { spanContext } = exchange;
      if (spanContext === undefined) return given;
      const fields = this.#fieldsOf(spanContext);
      return fields.length === 0 ? given : extendHead(given, fields, before);
    } catch (error) {
      this.#onError(error);
      return given;
    }
  }

  #fieldsOf({ traceId, spanId, traceFlags }: SpanContext): EchoField[] {
    const told: EchoField[] = [];
    for (const name of this.#options.fields) {
      if (name === 'x-trace-id') told.push({ name, value: traceId, isList: false });
      // Without a span there is no traceparent.
      else if (spanId !== '') told.push({ name, value: timingOf(traceId, spanId, traceFlags), isList: true });
    }
    return told;
  }
}

/** As W3C Trace Context level 3 has it for responses: https://w3c.github.io/trace-context/ */
function timingOf(traceId: string, spanId: string, traceFlags: number): string {
  const flags = (traceFlags & 0xff).toString(16).padStart(2, '0');
  return `traceparent;desc="00-${traceId}-${spanId}-${flags}"`;
}
