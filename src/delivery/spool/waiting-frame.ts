import type { EventReceipts } from './batch-content.ts';
import type { Stored } from './disk-copy.ts';
import type { FrameContent } from './frame/frame.ts';

/** A batch that was read from disk. */
export interface WaitingFrame {
  readonly content: FrameContent;
  readonly events: EventReceipts | undefined;
  readonly stored: Stored;
}
