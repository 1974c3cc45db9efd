import { subscribe } from 'node:diagnostics_channel';
import type { ClientRequest } from 'node:http';
import { createRequire } from 'node:module';
import type { TextMapSetter } from '@opentelemetry/api';

/** Message of `undici:request:create`. */
interface UndiciMessage {
  readonly request: { readonly headers?: unknown; addHeader(name: string, value: string): unknown };
}

/** Message of `http.client.request.created` (Node 22 and later). */
interface ClientMessage {
  readonly request: ClientRequest;
}

const require = createRequire(import.meta.url);

const undiciSetter: TextMapSetter<UndiciMessage['request']> = {
  set(request, name, value) {
    if (!/\btraceparent\b/i.test(String(request.headers))) request.addHeader(name, value);
  },
};

const clientSetter: TextMapSetter<ClientRequest> = {
  set(request, name, value) {
    if (!request.headersSent && !request.hasHeader(name)) request.setHeader(name, value);
  },
};

/**
 * Puts `traceparent` (W3C Trace Context) of the active context on outgoing requests of `fetch` and undici, and on
 * those of `http.request` where `withHttp` and where Node publishes them in time (22 and later). Requests that carry
 * one already, and those that are made while tracing is suppressed, stay as they are.
 */
export function propagateTraceContext(withHttp: boolean): void {
  const { W3CTraceContextPropagator }: typeof import('@opentelemetry/core') = require('@opentelemetry/core');
  const { context }: typeof import('@opentelemetry/api') = require('@opentelemetry/api');
  const propagator = new W3CTraceContextPropagator();
  const inject = <Carrier>(carrier: Carrier, setter: TextMapSetter<Carrier>): void => {
    try {
      propagator.inject(context.active(), carrier, setter);
    } catch {
      // A request whose head has left, or that refuses the header: it goes out as the application made it.
    }
  };
  subscribe('undici:request:create', (message) => {
    inject((message as UndiciMessage).request, undiciSetter);
  });
  if (!withHttp) return;
  subscribe('http.client.request.created', (message) => {
    inject((message as ClientMessage).request, clientSetter);
  });
}
