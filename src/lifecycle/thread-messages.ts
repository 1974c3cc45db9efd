/** What the threads of a process say to each other, all to all. */

/** A thread has served its first exchange. */
export interface Serving {
  readonly kind: 'serving';
  readonly thread: number;
  /** Those in which it ends when one of them does. */
  readonly above: readonly number[];
  readonly shared: Int32Array;
}

/** The threads below that one are to deliver what they have. */
export interface DeliveryRequest {
  readonly kind: 'deliver';
  readonly above: number;
  readonly number: number;
  /** Whether it is the last time. */
  readonly isFinal: boolean;
  /** Whether there is little time: a receiver that is failing is not tried. */
  readonly isExit: boolean;
}

/** Accounts are to be looked at: a thread has answered. */
interface Answered {
  readonly kind: 'answered';
}

export type ThreadMessage = Serving | DeliveryRequest | Answered;
