import type { Server } from 'node:net';

/** What the observers see of an event of a server, before and after its listeners. Never throws. */
export interface ServerEventObserver {
  /** Called before the listeners; for a new connection after them, as Node's own has prepared it by then. */
  onEvent(server: Server, event: string, args: readonly unknown[]): void;
}

type Emit = (this: Server, ...args: unknown[]) => boolean;

const NEW_CONNECTION = new Set<unknown>(['connection', 'secureConnection']);
/** Emitted for each request: of HTTP/1 nothing is to be seen there, and nothing may be spent on it. */
const REQUEST = 'request';

/**
 * Shows the events of servers, without a listener: Node does something else for `clientError`, `upgrade` and `connect`
 * once they have one. An own `emit` of each server, not enumerable, calls the inherited one, whatever that is by then,
 * so that it lives with instrumentations that patch the prototype.
 */
export class ServerEvents {
  readonly #observer: ServerEventObserver;
  readonly #onError: (error: unknown) => void;
  readonly #watched = new WeakSet<Server>();
  /** To be left as they were. Weak: a server that is gone needs nothing. */
  readonly #undo = new Set<WeakRef<Server>>();
  readonly #emit: Emit;
  readonly #emitOfHttp2: Emit;
  #isActive = true;

  constructor(observer: ServerEventObserver, onError: (error: unknown) => void) {
    this.#observer = observer;
    this.#onError = onError;
    this.#emit = this.#emitOver(undefined, false);
    this.#emitOfHttp2 = this.#emitOver(undefined, true);
  }

  /** Watches a server from now on. Idempotent. @returns whether it was not watched before */
  watch(server: Server): boolean {
    if (this.#watched.has(server)) return false;
    this.#watched.add(server);
    const withRequests = isHttp2Server(server);
    for (const known of this.#undo) if (known.deref() === undefined) this.#undo.delete(known);
    const own = Object.getOwnPropertyDescriptor(server, 'emit')?.value;
    if (own === undefined) this.#undo.add(new WeakRef(server));
    Object.defineProperty(server, 'emit', {
      value: typeof own === 'function' ? this.#emitOver(own, withRequests) : this.#sharedEmit(withRequests),
      writable: true,
      configurable: true,
      enumerable: false,
    });
    return true;
  }

  /** Watches no server any more. */
  stop(): void {
    this.#isActive = false;
    for (const known of this.#undo) {
      const server = known.deref();
      if (server?.emit === this.#emit || server?.emit === this.#emitOfHttp2)
        Reflect.deleteProperty(server, 'emit');
    }
    this.#undo.clear();
  }

  #sharedEmit(withRequests: boolean): Emit {
    return withRequests ? this.#emitOfHttp2 : this.#emit;
  }

  /** @param own what the server had of its own; by default the inherited one is looked up at each call */
  #emitOver(own: Emit | undefined, withRequests: boolean): Emit {
    const events = this;
    return function emit(this: Server, ...args: unknown[]): boolean {
      const source: Emit = own ?? Reflect.get(Object.getPrototypeOf(this), 'emit');
      const [event] = args;
      if ((event === REQUEST && !withRequests) || !events.#isActive) return source.apply(this, args);
      const isAfter = NEW_CONNECTION.has(event);
      if (!isAfter) events.#show(this, event, args);
      const hadListeners = source.apply(this, args);
      if (isAfter) events.#show(this, event, args);
      return hadListeners;
    };
  }

  #show(server: Server, event: unknown, args: readonly unknown[]): void {
    if (typeof event !== 'string') return;
    try {
      this.#observer.onEvent(server, event, args);
    } catch (error) {
      this.#onError(error);
    }
  }
}

/** Told by their methods: loading `node:http2` for its classes would be too early for instrumentations that wait for it. */
export function isHttp2Server(server: object): boolean {
  return 'updateSettings' in server;
}
