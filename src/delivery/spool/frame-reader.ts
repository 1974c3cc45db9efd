import type { FrameContent } from './frame/frame.ts';
import type { LogQueue } from './log-queue.ts';
import type { StoredFrame } from './segments/frame-table.ts';
import type { SpoolListener } from './spool.ts';

/** Loki refuses lines that are an hour behind their stream: what is older than this goes into a stream of its own. */
const LATE_MS = 30 * 60_000;
/** Loki refuses lines older than a week, by default (`reject_old_samples_max_age`): an hour is left for the way. */
const TOO_OLD_MS = 7 * 24 * 3_600_000 - 3_600_000;

export interface FrameReaderDependencies {
  /** Wall clock, milliseconds since the epoch. */
  readonly wallMs: () => number;
  /** Adds the attribute of the stream of late records to an encoded resource. */
  readonly withReplay: (resourceLogs: Uint8Array, name: string) => Uint8Array;
}

/** Reads frames for delivery, and counts those that cannot be delivered. */
export class FrameReader {
  readonly #dependencies: FrameReaderDependencies;
  readonly #listener: Pick<SpoolListener, 'onLost' | 'onAdopted'>;

  constructor(dependencies: FrameReaderDependencies, listener: Pick<SpoolListener, 'onLost' | 'onAdopted'>) {
    this.#dependencies = dependencies;
    this.#listener = listener;
  }

  /**
   * @param frame that no batch in memory has
   * @returns `undefined` where it was lost, or another process has it
   * @throws what the disk says; the frame may be readable later
   */
  async read(queue: LogQueue, frame: StoredFrame): Promise<FrameContent | undefined> {
    const { wallMs } = this.#dependencies;
    if (wallMs() - frame.newestMs > TOO_OLD_MS) {
      await this.giveUp(queue, frame, 'too_old', 'records in the spool are older than a week');
      return undefined;
    }
    const content = await queue.log.read(frame);
    if (queue.isTaken) {
      this.handOver(frame);
      return undefined;
    }
    if (content === undefined) {
      await this.giveUp(queue, frame, 'spool_damaged', 'records in the spool are damaged');
      return undefined;
    }
    return wallMs() - content.oldestMs > LATE_MS ? this.#late(content, queue.name) : content;
  }

  /** Counts a frame as lost that no batch in memory has. Never rejects. */
  async giveUp(queue: LogQueue, frame: StoredFrame, errorType: string, message: string): Promise<void> {
    const counts = await queue.log.counts(frame);
    if (queue.isTaken) {
      this.handOver(frame);
      return;
    }
    const receipts = queue.eventsOf(frame);
    const events = receipts === undefined ? [] : [receipts];
    if (queue.finish(frame)) this.#listener.onLost({ counts, events, errorType, message });
  }

  /** Another process delivers the frame, which no batch in memory has. */
  handOver({ exchanges }: StoredFrame): void {
    if (exchanges > 0) this.#listener.onAdopted(-exchanges);
  }

  #late(content: FrameContent, name: string): FrameContent {
    const { withReplay } = this.#dependencies;
    const groups = content.groups.map((group) => ({
      ...group,
      resourceLogs: withReplay(group.resourceLogs, name),
    }));
    return { ...content, groups };
  }
}
