import type { Server } from 'node:net';

/** What the observers see of an event of a server, before and after its listeners. Never throws. */
export interface ServerEventObserver {
  /** Called before the listeners; for a new connection after them, as Node's own has prepared it by then. */
  onEvent(server: Server, event: string, args: readonly unknown[]): void;
}

type Emit = (this: Server, ...args: unknown[]) => boolean;

interface Watched {
  /** Ours. */
  readonly emit: Emit;
  /** The property that was there before. */
  readonly own: PropertyDescriptor | undefined;
}

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
  /** What to put back; the own `emit` is `undefined` where a server had none. */
  readonly #watched = new WeakMap<Server, Watched>();
  /** To be left as they were. Weak: a server that is gone needs nothing. */
  readonly #servers = new Set<WeakRef<Server>>();
  /** Number of servers at which those that are gone are looked for again. */
  #sweepAt = 64;
  readonly #emit: Emit;
  readonly #emitOfHttp2: Emit;
  #isActive = true;

  constructor(observer: ServerEventObserver, onError: (error: unknown) => void) {
    this.#observer = observer;
    this.#onError = onError;
    this.#emit = this.#emitOver(undefined, false);
    this.#emitOfHttp2 = this.#emitOver(undefined, true);
  }

  /** Watches a server from now on, unless its `emit` cannot be replaced. Idempotent. @returns whether it was not watched before */
  watch(server: Server): boolean {
    if (this.#watched.has(server)) return false;
    const withRequests = isHttp2Server(server);
    const own = Object.getOwnPropertyDescriptor(server, 'emit');
    const emit = own === undefined ? this.#sharedEmit(withRequests) : this.#emitOver(own.value, withRequests);
    this.#watched.set(server, { emit, own });
    // An accessor is the application's, and so is a server that it has frozen.
    if (own !== undefined && typeof own.value !== 'function') return true;
    const isWatched = Reflect.defineProperty(server, 'emit', {
      value: emit,
      writable: true,
      configurable: true,
      enumerable: false,
    });
    if (isWatched) this.#remember(server);
    return true;
  }

  /** Watches no server any more, and leaves each as it was: an observer that comes next would be put on top of us. */
  stop(): void {
    this.#isActive = false;
    for (const known of this.#servers) {
      const server = known.deref();
      const watched = server && this.#watched.get(server);
      // The application has put its own on top of ours.
      if (server === undefined || server.emit !== watched?.emit) continue;
      if (watched.own === undefined) Reflect.deleteProperty(server, 'emit');
      else Reflect.defineProperty(server, 'emit', watched.own);
    }
    this.#servers.clear();
  }

  #remember(server: Server): void {
    this.#servers.add(new WeakRef(server));
    if (this.#servers.size < this.#sweepAt) return;
    for (const known of this.#servers) if (known.deref() === undefined) this.#servers.delete(known);
    // Twice as many: a sweep for each new server would take longer the more there are.
    this.#sweepAt = Math.max(64, this.#servers.size * 2);
  }

  #sharedEmit(withRequests: boolean): Emit {
    return withRequests ? this.#emitOfHttp2 : this.#emit;
  }

  /** @param own what the server had of its own; by default the inherited one is looked up at each call */
  #emitOver(own: Emit | undefined, withRequests: boolean): Emit {
    const events = this;
    return function emit(this: Server, ...args: unknown[]): boolean {
      // Not by `Reflect.get`, which costs each request 40 ns (Node 20 and 24).
      const source: Emit = own ?? (Object.getPrototypeOf(this) as { emit: Emit }).emit;
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

/** Whether connections of the server are secure only after a handshake: its `connection` is not yet one of HTTP. */
export function isTlsServer(server: object): boolean {
  return 'setSecureContext' in server;
}
