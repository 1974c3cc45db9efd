import type { BatchContent } from '../../../../src/delivery/spool/batch-content.ts';
import type { Stored } from '../../../../src/delivery/spool/disk-copy.ts';
import type { Spool } from '../../../../src/delivery/spool/spool.ts';
import type { WaitingFrame } from '../../../../src/delivery/spool/waiting-frame.ts';
import { decode } from '../../stream/support/text-encoder.ts';

interface StoredContent extends BatchContent, Stored {
  state: 'in memory too' | 'waiting' | 'being read' | 'finished';
  readonly bodies: readonly string[];
}

/** A disk of the test: it keeps what it is given in memory. */
export class MemoryDisk implements Spool {
  isWritable = true;
  isUncertain = false;
  readonly usage = { bytes: 0, limitBytes: 0 };
  /** `stalls`: no write ends until {@link resume}. `fails`: no write succeeds. */
  mode: 'works' | 'stalls' | 'fails' = 'works';
  /** Lets a write that works take its time. */
  delay: ((done: () => void) => void) | undefined;
  readonly frames: StoredContent[] = [];
  #stalled: (() => void)[] = [];
  #onChange = (): void => undefined;

  listen(onChange: () => void): void {
    this.#onChange = onChange;
  }

  attach(): void {}

  start(): void {}

  async opened(): Promise<void> {}

  async end(): Promise<void> {}

  endNow(): void {}

  get waiting(): number {
    return this.frames.filter(({ state }) => state === 'waiting').length;
  }

  get exchanges(): number {
    return this.frames
      .filter(({ state }) => state !== 'finished')
      .reduce(
        (sum, { content }) => sum + content.receipts.filter((receipt) => receipt !== undefined).length,
        0,
      );
  }

  /** Bodies of the records of all frames that are not finished. */
  get bodies(): readonly string[] {
    return this.frames.filter(({ state }) => state !== 'finished').flatMap(({ bodies }) => bodies);
  }

  async write(content: BatchContent): Promise<Stored | undefined> {
    if (this.mode === 'stalls') await new Promise<void>((resolve) => this.#stalled.push(resolve));
    if (this.delay !== undefined) await new Promise<void>((resolve) => this.delay?.(resolve));
    if (this.mode !== 'fails') return this.writeNow(content);
    this.isWritable = false;
    return undefined;
  }

  get canStoreLast(): boolean {
    return this.mode !== 'fails';
  }

  writeNow({ content, events }: BatchContent): Stored | undefined {
    if (this.mode === 'fails') return undefined;
    // A copy: the views change with the chunks.
    const records = content.records.map((bytes) => Buffer.from(bytes));
    const frame: StoredContent = {
      content: { ...content, records },
      events,
      isTaken: false,
      state: 'in memory too',
      bodies: bodiesOf(Buffer.concat(records)),
      finish: () => {
        frame.state = 'finished';
      },
    };
    this.frames.push(frame);
    return frame;
  }

  setAside(stored: Stored): void {
    (stored as StoredContent).state = 'waiting';
  }

  async takeNext(): Promise<WaitingFrame | undefined> {
    const frame = this.isUncertain ? undefined : this.frames.find(({ state }) => state === 'waiting');
    if (frame === undefined) return undefined;
    frame.state = 'being read';
    return { content: frame.content, events: frame.events, stored: frame };
  }

  giveUp(stored: Stored): void {
    stored.finish();
  }

  resume(): void {
    this.mode = 'works';
    this.isWritable = true;
    this.#onChange();
    for (const go of this.#stalled.splice(0)) go();
  }
}

function bodiesOf(records: Buffer): readonly string[] {
  const prefix = Buffer.alloc(24);
  prefix.writeUInt32BE(records.length, 20);
  return decode([prefix, records]).flatMap((group) => group.records);
}
