import { nameOfThrown } from '../../../record/thrown.ts';
import type { Answer, Transport } from '../../transport/transport.ts';
import type { Batch } from '../buffer/batch.ts';
import type { Chunk } from '../buffer/chunk.ts';
import { messageOf } from './message.ts';

export interface InFlightSettings {
  /** Milliseconds for one attempt. */
  readonly attemptTimeoutMs: number;
  /** Bytes of the chunks that may have something on the wire. */
  readonly maxBytes: number;
  readonly onAnswer: (batch: Batch, isProbe: boolean, answer: Answer) => void;
  readonly onError: (error: unknown) => void;
}

/** The exports that are on their way. */
export class InFlight {
  readonly #transport: Transport;
  readonly #settings: InFlightSettings;
  readonly #batches = new Set<Batch>();
  #bytes = 0;

  constructor(transport: Transport, settings: InFlightSettings) {
    this.#transport = transport;
    this.#settings = settings;
  }

  get size(): number {
    return this.#batches.size;
  }

  /** In the order in which they were sent. */
  batches(): readonly Batch[] {
    return [...this.#batches];
  }

  /** Whether the batch may go now as far as memory is concerned. The first one always may. */
  hasRoomFor(batch: Batch): boolean {
    const more = chunksOf(batch).reduce(
      (sum, { isInFlight, bytes }) => sum + (isInFlight ? 0 : bytes.length),
      0,
    );
    return this.#batches.size === 0 || this.#bytes + more <= this.#settings.maxBytes;
  }

  /** @param isProbe handed back with the answer */
  send(batch: Batch, isProbe: boolean): void {
    batch.sent();
    this.#batches.add(batch);
    for (const chunk of chunksOf(batch)) {
      if (!chunk.isInFlight) this.#bytes += chunk.bytes.length;
      chunk.sent();
    }
    this.#attempt(batch, isProbe).catch(this.#settings.onError);
  }

  /** What is on its way is answered as refused. */
  cancel(why: string): void {
    this.#transport.cancel(why);
  }

  close(): void {
    this.#transport.close();
  }

  async #attempt(batch: Batch, isProbe: boolean): Promise<void> {
    const { attemptTimeoutMs, onAnswer } = this.#settings;
    let answer: Answer;
    try {
      const parts = messageOf(batch.runs);
      answer = await this.#transport.send(parts, attemptTimeoutMs);
    } catch (error) {
      answer = refusalBy(error);
    }
    this.#batches.delete(batch);
    for (const chunk of chunksOf(batch)) {
      chunk.responded();
      if (!chunk.isInFlight) this.#bytes -= chunk.bytes.length;
    }
    onAnswer(batch, isProbe, answer);
  }
}

function chunksOf(batch: Batch): readonly Chunk[] {
  return batch.runs.map(({ chunk }) => chunk);
}

/** What should not happen: an error of the encoder or the transport itself. */
function refusalBy(error: unknown): Answer {
  return {
    kind: 'refused',
    remedy: 'none',
    errorType: nameOfThrown(error),
    message: String(error),
    retryAfterMs: undefined,
  };
}
