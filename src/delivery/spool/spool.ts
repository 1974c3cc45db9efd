import type { Usage } from '../../telemetry/delivery-report.ts';
import type { BatchContent, EventReceipts } from './batch-content.ts';
import type { Stored } from './disk-copy.ts';
import type { KeyCount } from './frame/key-counts.ts';
import type { WaitingFrame } from './waiting-frame.ts';

export interface SpoolListener {
  /** Exchanges of other processes that this one is to deliver; negative where another process delivers them now. */
  onAdopted(exchanges: number): void;
  /** Frames were given up that are on disk only. */
  onLost(loss: SpoolLoss): void;
  /** The disk does not do what it should: a message for people. Records stay in memory meanwhile. */
  onTrouble(message: string): void;
}

/** Records that were given up on disk. */
export interface SpoolLoss {
  /** Exchanges, by key. */
  readonly counts: readonly KeyCount[];
  /** Events among the records. */
  readonly events: readonly EventReceipts[];
  readonly errorType: string;
  /** For people. */
  readonly message: string;
}

/** The disk, as the spooler sees it. Nothing here throws; a failure is told by the result. */
export interface Spool {
  attach(listener: SpoolListener): void;
  /**
   * @param onChange called when it takes records again, when there are frames that were not there before, and when another
   *   process has taken what was there
   */
  listen(onChange: () => void): void;
  /** Opens it, unless that was begun: to be called as soon as there is a record. */
  start(): void;
  /** Resolves when the first attempt to open it has ended, after 2 s at the latest; at once where none has begun. */
  opened(): Promise<void>;
  /** Whether it takes records now. False before it was opened, and for a while after an error. */
  readonly isWritable: boolean;
  /** Whether another process may have taken what is on disk, since this one was stopped for long. `takeNext` finds out. */
  readonly isUncertain: boolean;
  /** Frames that are on disk only, and can be read now. */
  readonly waiting: number;
  /** Exchanges in frames that are not finished, those that other processes have left included. */
  readonly exchanges: number;
  /** Of all files, those that other processes have left included. */
  readonly usage: Usage;
  /** @returns where the batch is on disk; `undefined` where the disk has not taken it */
  write(content: BatchContent): Promise<Stored | undefined>;
  /** Whether {@link writeNow} will probably succeed. */
  readonly canStoreLast: boolean;
  /** The same at once, while the process ends. Opens the spool where that is not done. */
  writeNow(content: BatchContent): Stored | undefined;
  /** The records of `stored` are not in memory any more: read again later, or by the process that has taken the place. */
  setAside(stored: Stored): void;
  /** The records of `stored`, which are not in memory, are lost. */
  giveUp(stored: Stored, errorType: string, message: string): void;
  /** Takes the oldest frame that waits; `undefined` where there is none, or it cannot be read. */
  takeNext(): Promise<WaitingFrame | undefined>;
  /** Nothing is written any more, and another process may have what is left. */
  end(): Promise<void>;
  /** The same at once, while the process ends. */
  endNow(): void;
}
