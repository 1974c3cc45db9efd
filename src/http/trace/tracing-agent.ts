import { EventEmitter } from 'node:events';
import type { Server } from 'node:http';
import { createRequire } from 'node:module';
import { isSpanContextValid, type SpanContext, TraceFlags } from '@opentelemetry/api';
import { parseTraceparent } from './traceparent.ts';

/** An agent that traces the process without a tracer provider of OpenTelemetry. */
export interface TracingAgent {
  /** Its package; `undefined` where it is not known. */
  readonly name: string | undefined;
  /** The ids of the span that is active now; `undefined` where there is none, or it cannot be known. May throw. */
  readonly activeSpan: () => SpanContext | undefined;
}

// What is used of each agent. Seen on dd-trace 6.21, newrelic 14.5 and @sentry/node 11.12.

interface DatadogTracer {
  scope?(): { active(): { context(): { toTraceparent?(): string } } | null };
}

interface NewRelicApi {
  /** Absent where the agent is switched off. */
  readonly agent?: object;
  getTraceMetadata?(): { readonly traceId?: string; readonly spanId?: string };
  getTransaction?(): { isSampled?(): boolean };
}

interface SentryCarrier {
  readonly acs?: {
    getCurrentScope?(): { readonly refs?: { readonly span?: WeakRef<{ spanContext?(): SpanContext }> } };
  };
}

/**
 * Finds the agent that traces this process by what it leaves in the process; loads nothing. An agent whose ids cannot be
 * read is found by its wrapped methods on the prototype of the server.
 *
 * @param server of an exchange
 */
export function findTracingAgent(server: Server): TracingAgent | undefined {
  return datadog() ?? newRelic() ?? sentry() ?? unknownAgent(server);
}

function datadog(): TracingAgent | undefined {
  const tracer: DatadogTracer | undefined = Reflect.get(globalThis, '_ddtrace');
  if (tracer === undefined) return undefined;
  return {
    name: 'dd-trace',
    activeSpan: () => {
      const traceparent = tracer.scope?.().active()?.context().toTraceparent?.();
      return traceparent === undefined ? undefined : parseTraceparent(traceparent);
    },
  };
}

function newRelic(): TracingAgent | undefined {
  // Where every copy of the agent looks whether another one was there first.
  // It is the same for every path. `import.meta.url` is missing in an application that is one CommonJS file.
  const cache: object = createRequire(process.execPath).cache;
  const api: NewRelicApi | undefined = Reflect.get(cache, '__NR_cache');
  if (api?.agent == null) return undefined;
  return {
    name: 'newrelic',
    activeSpan: () => {
      const { traceId = '', spanId = '' } = api.getTraceMetadata?.() ?? {};
      const isSampled = api.getTransaction?.().isSampled?.() === true;
      return valid({ traceId, spanId, traceFlags: isSampled ? TraceFlags.SAMPLED : TraceFlags.NONE });
    },
  };
}

function sentry(): TracingAgent | undefined {
  const sentryGlobal: { readonly version?: string } | undefined = Reflect.get(globalThis, '__SENTRY__');
  if (sentryGlobal?.version === undefined) return undefined;
  const carrier: SentryCarrier | undefined = Reflect.get(sentryGlobal, sentryGlobal.version);
  return {
    name: '@sentry/node',
    activeSpan: () => {
      const span = carrier?.acs?.getCurrentScope?.().refs?.span?.deref();
      return valid(span?.spanContext?.());
    },
  };
}

/** `http.Server` has these methods from `EventEmitter`, and an agent that sees requests replaces one of them. */
const WRAPPED_BY_AGENTS = ['emit', 'on', 'addListener'] as const;

function unknownAgent(server: Server): TracingAgent | undefined {
  const prototype: object = Object.getPrototypeOf(server);
  const isWrapped = WRAPPED_BY_AGENTS.some(
    (name) => withoutInstrumentations(Reflect.get(prototype, name)) !== EventEmitter.prototype[name],
  );
  return isWrapped ? { name: undefined, activeSpan: () => undefined } : undefined;
}

/** HttpInstrumentation whose SDK makes no spans (`OTEL_TRACES_EXPORTER=none`) is no agent: it leaves no ids anywhere. */
function withoutInstrumentations(method: unknown): unknown {
  let inner = method;
  while (typeof inner === 'function' && Reflect.get(inner, '__wrapped') === true) {
    inner = Reflect.get(inner, '__original');
  }
  return inner;
}

function valid(spanContext: SpanContext | undefined): SpanContext | undefined {
  return spanContext !== undefined && isSpanContextValid(spanContext) ? spanContext : undefined;
}
