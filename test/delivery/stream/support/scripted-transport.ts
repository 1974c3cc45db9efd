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
  /** Bodies of the records in the order of the message. */
  readonly records: readonly string[];
  /** Number of parts of the message. */
  readonly parts: number;
  readonly timeoutMs: number;
  readonly atMs: number;
  readonly reply: (answer: Answer) => void;
}

/** When each attempt was sent, in milliseconds after the first one. */
export function times(attempts: readonly Attempt[]): readonly number[] {
  const [first] = attempts;
  return attempts.map(({ atMs }) => atMs - (first?.atMs ?? 0));
}

type Script = (attempt: Attempt) => Answer | undefined;

/** A transport that responds at once as `script` decides, or later by `reply`. */
export class ScriptedTransport implements Transport {
  readonly #now: () => number;
  readonly attempts: Attempt[] = [];
  /** In flight. */
  readonly open = new Set<Attempt>();
  /** Accepted, in the order of the answers. */
  readonly accepted: Attempt[] = [];
  mostOpen = 0;
  isClosed = false;
  /** Set: a transport that sends within a turn of the event loop. */
  relieve?: () => boolean;
  /** Messages whose bytes changed between the attempt and the response. */
  readonly changed: string[] = [];
  /** Where it returns `undefined`, the attempt stays in flight. */
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
          if (answer.kind === 'accepted') this.accepted.push(attempt);
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

  /** Responds to everything in flight. */
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
