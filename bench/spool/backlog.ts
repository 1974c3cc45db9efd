import { randomUUID } from 'node:crypto';
import { cpSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startPacedLoad } from '../macro/load.ts';
import { serve } from '../macro/serve.ts';
import type { ReceiverAnswers } from '../processes/protocol.ts';
import type { Child } from '../support/child.ts';
import type { Cores } from '../support/cores.ts';
import { pairOf, type SpoolState, spooledIn } from './states.ts';

/** Requests per second of the process before: a frame has some 200 records of 640 bytes then. */
const RATE = 2_000;
const FRAMES_PER_SECOND = 10;
/** So many are replayed in a second, at most. */
const REPLAYED_PER_SECOND = 40;
const ROOT = 'otel-access-log';

/** Has a process keep records for so long while the receiver is down, in a spool in `directory`. */
export async function fillSpool(
  state: SpoolState,
  directory: string,
  seconds: number,
  cores: Cores,
  receiver: Child<ReceiverAnswers>,
): Promise<void> {
  const [, subject] = pairOf({ ...state, isDown: true });
  const { variant } = spooledIn(subject, directory);
  const load = (port: number, responseBytes: number) =>
    startPacedLoad(port, responseBytes, cores.others, RATE);
  await serve({ variant, cores, receiver, load }, async () => {
    await sleep(seconds * 1000);
    return {};
  });
}

/** Copies what processes have left often enough to be replayed for so long. */
export function copySpool(from: string, to: string, filledSeconds: number, seconds: number): void {
  const copies = Math.ceil((seconds * REPLAYED_PER_SECOND) / (filledSeconds * FRAMES_PER_SECOND));
  mkdirSync(join(to, ROOT), { mode: 0o700 });
  for (const owner of readdirSync(join(from, ROOT))) {
    for (let copy = 0; copy < copies; copy += 1)
      cpSync(join(from, ROOT, owner), join(to, ROOT, randomUUID()), { recursive: true });
  }
}

/** Whether there are files of records. */
export function hasFrames(directory: string): boolean {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' }).some((name) =>
    name.endsWith('.spool'),
  );
}
