/** Messages on the channel of all threads of a process. */

import type { ProcessEnd } from '../http/observed-exchange.ts';

/** A thread has served its first exchange. */
export interface Serving {
  readonly kind: 'serving';
  readonly thread: number;
  /** Its ancestors: it ends when one of them does. */
  readonly above: readonly number[];
  readonly shared: Int32Array;
}

/** Asks the descendants of a thread to deliver what they have. */
export interface DeliveryRequest {
  readonly kind: 'deliver';
  readonly above: number;
  readonly number: number;
  /** Whether it is the last request. */
  readonly isFinal: boolean;
  /**
   * Set where the asking thread is in `exit`: open exchanges end so. There is little time left: a receiver that is failing
   * is not tried.
   */
  readonly end: ProcessEnd | undefined;
}

/** A thread has answered, in its account. */
interface Answered {
  readonly kind: 'answered';
}

export type ThreadMessage = Serving | DeliveryRequest | Answered;
