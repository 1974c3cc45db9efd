import type { MessagePort } from 'node:worker_threads';
import type { TransportSettings } from '../create-transport.ts';
import type { Answer } from '../transport.ts';

/** What the thread is given when it starts. */
export interface ThreadStart {
  readonly settings: TransportSettings;
  readonly port: MessagePort;
}

/** An export for the thread. */
export interface ThreadExport {
  readonly id: number;
  readonly message: Uint8Array;
  readonly timeoutMs: number;
}

/** The thread can send; or what came of an export. */
export type ThreadMessage = 'ready' | { readonly id: number; readonly answer: Answer };
