import type { EventEmitter } from 'node:events';

type Listener = (...args: never[]) => void;

type WithListeners = EventEmitter & { readonly _events?: Readonly<Record<string, unknown>> };

/**
 * Makes a listener the first one of a server, so that it runs in the context that an instrumentation of the server made,
 * before any middleware changes it. Checked for each request: listeners come and go.
 */
export function listenFirst(server: EventEmitter, event: 'request' | 'stream', listener: Listener): void {
  const listeners = (server as WithListeners)._events?.[event];
  // Without one, ours would be a reason for Node to emit requests (HTTP/2 with `allowHTTP1` and a `stream` listener).
  if (listeners === undefined) return;
  if ((Array.isArray(listeners) ? listeners[0] : listeners) === listener) return;
  server.removeListener(event, listener as () => void);
  server.prependListener(event, listener as () => void);
}
