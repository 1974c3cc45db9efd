import type { TransportSettings } from '../create-transport.ts';
import { StartContext } from '../start-context.ts';
import type { Answer, Transport } from '../transport.ts';
import { ThreadTransport } from './thread-transport.ts';

/** Milliseconds after the last `relieve()` in which exports still go over the thread; then it ends. */
const RELIEF_MS = 10_000;

/** A transport whose exports go over a thread of their own for as long as the event loop turns too slowly for them. */
export class RelievedTransport implements Transport {
  readonly #direct: Transport;
  readonly #settings: TransportSettings;
  readonly #env: NodeJS.ProcessEnv;
  readonly #start = new StartContext();
  #thread: ThreadTransport | undefined;
  #relievedMs = Number.NEGATIVE_INFINITY;
  /** Threads cannot be started here, or they end. */
  #isImpossible = false;
  #isClosed = false;

  /** @param env environment of the thread: that of the process, without preloads */
  constructor(direct: Transport, settings: TransportSettings, env: NodeJS.ProcessEnv) {
    this.#direct = direct;
    this.#settings = settings;
    this.#env = env;
  }

  send(parts: readonly Uint8Array[], timeoutMs: number): Promise<Answer> {
    const thread = this.#thread;
    const isRelieved = thread?.isReady === true && performance.now() - this.#relievedMs < RELIEF_MS;
    return isRelieved ? thread.send(parts, timeoutMs) : this.#direct.send(parts, timeoutMs);
  }

  connect(): Promise<void> | undefined {
    return this.#direct.connect?.();
  }

  relieve(): boolean {
    if (this.#isClosed) return false;
    this.#relievedMs = performance.now();
    if (this.#thread?.hasEnded === true) {
      this.#isImpossible = true;
      this.#thread = undefined;
    }
    if (this.#thread !== undefined) this.#thread.receive();
    else if (!this.#isImpossible) this.#startThread();
    return this.#thread?.isReady === true;
  }

  cancel(why: string): void {
    this.#endThread(why);
    this.#direct.cancel(why);
  }

  close(): void {
    this.#isClosed = true;
    this.#endThread('cancelled: the transport is closed');
    this.#direct.close();
  }

  #startThread(): void {
    try {
      this.#start.run(() => {
        this.#thread = new ThreadTransport(this.#settings, this.#env);
        this.#endWhenUnused();
      });
    } catch {
      // No permission to start threads: the event loop has to do.
      this.#isImpossible = true;
    }
  }

  #endWhenUnused(): void {
    const thread = this.#thread;
    const timer = setInterval(() => {
      if (thread !== this.#thread) clearInterval(timer);
      else if (performance.now() - this.#relievedMs >= RELIEF_MS && thread?.isIdle === true)
        this.#endThread('');
    }, RELIEF_MS);
    timer.unref();
  }

  #endThread(why: string): void {
    this.#thread?.end(why);
    this.#thread = undefined;
  }
}
