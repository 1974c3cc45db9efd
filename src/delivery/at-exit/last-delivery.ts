import { startOwnThread } from '../own-thread.ts';
import type { PendingMessage } from '../sending/message.ts';
import type { TransportSettings } from '../transport/create-transport.ts';

/** Values in the memory that both threads share: first the number of results, then one place for each message. */
export const LAST_DELIVERY = { pending: 0, accepted: 1, refused: 2 } as const;

/** What the worker is given. */
export interface LastDelivery {
  readonly settings: TransportSettings;
  /** Encoded export requests. */
  readonly messages: readonly Uint8Array[];
  readonly timeoutMs: number;
  readonly state: Int32Array;
}

/**
 * Delivers messages while the process is ending, when the event loop of this thread no longer runs: another thread sends
 * them, and this one blocks until all have a result.
 *
 * @param env environment of the worker: that of the process, without preloads
 * @param timeoutMs how long to wait at most
 * @returns those that a receiver has accepted
 */
export function sendLast(
  settings: TransportSettings,
  messages: readonly PendingMessage[],
  env: NodeJS.ProcessEnv,
  timeoutMs: number,
): readonly PendingMessage[] {
  const places = messages.length + 1;
  const state = new Int32Array(new SharedArrayBuffer(places * Int32Array.BYTES_PER_ELEMENT));
  const workerData: LastDelivery = {
    settings,
    // Copies: the parts are views of much larger buffers, which would be cloned whole.
    messages: messages.map(({ parts }) => new Uint8Array(Buffer.concat(parts))),
    timeoutMs,
    state,
  };
  startOwnThread(new URL('./last-delivery-worker.js', import.meta.url), env, { workerData });
  const deadline = performance.now() + timeoutMs;
  for (let settled = 0; settled < messages.length; settled = Atomics.load(state, 0)) {
    const leftMs = deadline - performance.now();
    if (leftMs <= 0 || Atomics.wait(state, 0, settled, leftMs) === 'timed-out') break;
  }
  return messages.filter((_, index) => Atomics.load(state, index + 1) === LAST_DELIVERY.accepted);
}
