import { MessageChannel, type MessagePort, receiveMessageOnPort, type Worker } from 'node:worker_threads';
import { startOwnThread } from '../../own-thread.ts';
import type { TransportSettings } from '../create-transport.ts';
import type { Answer } from '../transport.ts';
import type { ThreadExport, ThreadMessage, ThreadStart } from './thread-messages.ts';

/**
 * Sends exports from a thread of its own, whose event loop turns while that of the caller does not. Each message is
 * copied: the thread has its own until it has the answer.
 */
export class ThreadTransport {
  readonly #worker: Worker;
  readonly #port: MessagePort;
  readonly #unanswered = new Map<number, (answer: Answer) => void>();
  #ids = 0;
  #isReady = false;
  #hasEnded = false;

  /**
   * Starts the thread.
   *
   * @param env environment of the thread
   * @throws Error where the process may start no thread
   */
  constructor(settings: TransportSettings, env: NodeJS.ProcessEnv) {
    const { port1, port2 } = new MessageChannel();
    const workerData: ThreadStart = { settings, port: port2 };
    this.#worker = startOwnThread(new URL('./transport-worker.js', import.meta.url), env, {
      workerData,
      transferList: [port2],
    });
    this.#port = port1;
    port1.on('message', (message: ThreadMessage) => this.#onMessage(message));
    port1.unref();
    this.#worker.on('error', () => this.end(ENDED));
    this.#worker.on('exit', () => this.end(ENDED));
  }

  /** Whether the thread has started and takes exports. */
  get isReady(): boolean {
    return this.#isReady && !this.#hasEnded;
  }

  /** Whether it has ended, of itself or by `end`. */
  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** Whether nothing is on its way. */
  get isIdle(): boolean {
    return this.#unanswered.size === 0;
  }

  /** Only while it is ready. */
  send(parts: readonly Uint8Array[], timeoutMs: number): Promise<Answer> {
    const id = ++this.#ids;
    const message = joined(parts);
    const given: ThreadExport = { id, message, timeoutMs };
    this.#port.postMessage(given, [message.buffer]);
    return new Promise((resolve) => this.#unanswered.set(id, resolve));
  }

  /** Takes the answers that the event loop would take in its next turn. */
  receive(): void {
    for (;;) {
      const received: { readonly message: ThreadMessage } | undefined = receiveMessageOnPort(this.#port);
      if (received === undefined) return;
      this.#onMessage(received.message);
    }
  }

  /** Ends the thread. What is on its way resolves as refused. @param why message of that */
  end(why: string): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    for (const resolve of this.#unanswered.values()) {
      resolve({
        kind: 'refused',
        remedy: 'wait',
        errorType: 'CANCELLED',
        message: why,
        retryAfterMs: undefined,
      });
    }
    this.#unanswered.clear();
    this.#port.close();
    void this.#worker.terminate();
  }

  #onMessage(message: ThreadMessage): void {
    if (message === 'ready') {
      this.#isReady = true;
      return;
    }
    this.#unanswered.get(message.id)?.(message.answer);
    this.#unanswered.delete(message.id);
  }
}

const ENDED = 'cancelled: the thread that sends has ended';

function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const message = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    message.set(part, at);
    at += part.length;
  }
  return message;
}
