import { nameOfThrown } from '../../record/reading/thrown.ts';
import { Results } from '../../telemetry/results.ts';
import type { Batch } from '../buffer/batch.ts';
import type { Chunk } from '../buffer/chunk.ts';
import type { Answer, Transport } from '../transport/transport.ts';
import { messageOf } from './message.ts';

export interface InFlightSettings {
  /** Milliseconds for one attempt. */
  readonly attemptTimeoutMs: number;
  /** Bytes of all chunks that exports in flight have records of, at most. */
  readonly maxBytes: number;
  readonly onResponse: (batch: Batch, isProbe: boolean, response: Answer) => void;
  readonly onError: (error: unknown) => void;
}

/** The batches that were sent and have no response yet. */
export class InFlight {
  /** Attempts that have ended. */
  readonly attempts: Results = new Results();
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

  /** Records of those that are pending. */
  get records(): number {
    let records = 0;
    for (const { isPending, count } of this.#batches) records += isPending ? count : 0;
    return records;
  }

  /** In the order in which they were sent. */
  batches(): readonly Batch[] {
    return [...this.#batches];
  }

  /** Whether the batch fits into `maxBytes`. A batch that is alone always does. */
  hasRoomFor(batch: Batch): boolean {
    const more = chunksOf(batch).reduce(
      (sum, { isInFlight, bytes }) => sum + (isInFlight ? 0 : bytes.length),
      0,
    );
    return this.#batches.size === 0 || this.#bytes + more <= this.#settings.maxBytes;
  }

  /** @param isProbe passed to `onResponse` */
  send(batch: Batch, isProbe: boolean, nowMs: number): void {
    batch.sent(nowMs);
    this.#batches.add(batch);
    for (const chunk of chunksOf(batch)) {
      if (!chunk.isInFlight) this.#bytes += chunk.bytes.length;
      chunk.sent();
    }
    this.#attempt(batch, isProbe).catch(this.#settings.onError);
  }

  /** Ends all attempts as refused. @param why message of the refusal */
  cancel(why: string): void {
    this.#transport.cancel(why);
  }

  close(): void {
    this.#transport.close();
  }

  async #attempt(batch: Batch, isProbe: boolean): Promise<void> {
    const { attemptTimeoutMs, onResponse } = this.#settings;
    let response: Answer;
    try {
      const parts = messageOf(batch.runs);
      response = await this.#transport.send(parts, attemptTimeoutMs);
    } catch (error) {
      response = refusalBy(error);
    }
    this.#batches.delete(batch);
    for (const chunk of chunksOf(batch)) {
      chunk.responded();
      if (!chunk.isInFlight) this.#bytes -= chunk.bytes.length;
    }
    if (response.kind === 'accepted') this.attempts.succeed(1);
    else this.attempts.fail(response.errorType, 1);
    onResponse(batch, isProbe, response);
  }
}

function chunksOf(batch: Batch): readonly Chunk[] {
  return batch.runs.map(({ chunk }) => chunk);
}

/** An error of the encoder or of the transport itself, which both should report otherwise. */
function refusalBy(error: unknown): Answer {
  return {
    kind: 'refused',
    remedy: 'none',
    errorType: nameOfThrown(error),
    message: String(error),
    retryAfterMs: undefined,
  };
}
