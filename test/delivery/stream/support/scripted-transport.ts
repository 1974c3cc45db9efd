import type {
  Accepted,
  Answer,
  Refused,
  Remedy,
  Transport,
} from '../../../../src/delivery/transport/transport.ts';
import { decode, type ReceivedGroup } from './text-encoder.ts';

export const accepted: Accepted = { kind: 'accepted', rejected: 0, message: '' };

export function partial(rejected: number, message = 'some are bad'): Accepted {
  return { kind: 'accepted', rejected, message };
}

export function refused(remedy: Remedy, retryAfterMs?: number): Refused {
  return { kind: 'refused', remedy, errorType: `${remedy}_type`, message: `${remedy} it is`, retryAfterMs };
}

/** One export that was sent. */
export interface Attempt {
  readonly groups: readonly ReceivedGroup[];
  /** Bodies of the records in their order; those of the first group first. */
  readonly records: readonly string[];
  /** Parts of the message. */
  readonly parts: number;
  readonly timeoutMs: number;
  readonly atMs: number;
  readonly reply: (answer: Answer) => void;
}

type Script = (attempt: Attempt) => Answer | undefined;

/** A transport that answers as the test says, at once or later. */
export class ScriptedTransport implements Transport {
  readonly #now: () => number;
  readonly attempts: Attempt[] = [];
  /** Not answered yet. */
  readonly open = new Set<Attempt>();
  mostOpen = 0;
  isClosed = false;
  /** What changed between the attempt and the answer. */
  readonly changed: string[] = [];
  /** Answers at once, unless it is `undefined`. */
  script: Script = () => accepted;

  constructor(now: () => number) {
    this.#now = now;
  }

  send(parts: readonly Uint8Array[], timeoutMs: number): Promise<Answer> {
    return new Promise((resolve) => {
      const sent = Buffer.concat(parts);
      const groups = decode(parts);
      const attempt: Attempt = {
        groups,
        records: groups.flatMap(({ records }) => records),
        parts: parts.length,
        timeoutMs,
        atMs: this.#now(),
        reply: (answer) => {
          if (!this.open.delete(attempt)) throw new Error('answered already');
          if (!Buffer.concat(parts).equals(sent)) this.changed.push(attempt.records.join());
          resolve(answer);
        },
      };
      this.attempts.push(attempt);
      this.open.add(attempt);
      this.mostOpen = Math.max(this.mostOpen, this.open.size);
      const answer = this.script(attempt);
      if (answer !== undefined) attempt.reply(answer);
    });
  }

  /** Answers everything that is open. */
  replyAll(answer: Answer): void {
    for (const attempt of [...this.open]) attempt.reply(answer);
  }

  cancel(): void {
    this.replyAll({ ...refused('wait'), errorType: 'CANCELLED' });
  }

  close(): void {
    this.isClosed = true;
    this.cancel();
  }
}
