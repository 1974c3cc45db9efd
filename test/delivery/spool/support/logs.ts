import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SpoolDamage } from '../../../../src/delivery/spool/segments/damage.ts';
import type { StoredFrame } from '../../../../src/delivery/spool/segments/frame-table.ts';
import { SegmentLog } from '../../../../src/delivery/spool/segments/segment-log.ts';
import { NODE_FILES, type SpoolFiles } from '../../../../src/delivery/spool/segments/spool-files.ts';
import type { TestOwner } from '../../../support/owner.ts';
import { textsOf } from './contents.ts';

/** A folder that is removed when the test ends. */
export function folderFor(owner: TestOwner): string {
  const folder = mkdtempSync(join(tmpdir(), 'spool-'));
  owner.after(async () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export interface OpenLog {
  readonly log: SegmentLog;
  readonly damages: SpoolDamage[];
  readonly errors: unknown[];
}

/** @param files replace those of Node */
export async function openLog(
  directory: string,
  files: Partial<SpoolFiles> = {},
  { fsync = false }: { readonly fsync?: boolean } = {},
): Promise<OpenLog> {
  const damages: SpoolDamage[] = [];
  const errors: unknown[] = [];
  const log = await SegmentLog.recover(directory, {
    fsync,
    files: { ...NODE_FILES, ...files },
    onDamage: (damage) => damages.push(damage),
    onError: (error) => errors.push(error),
  });
  return { log, damages, errors };
}

/** The records of all unfinished frames, in order; `undefined` for a frame that cannot be read. */
export async function allTexts(log: SegmentLog): Promise<readonly (readonly string[] | undefined)[]> {
  const all: (readonly string[] | undefined)[] = [];
  for (const frame of allFrames(log)) all.push(textsOf(await log.read(frame)));
  return all;
}

export function allFrames(log: SegmentLog): readonly StoredFrame[] {
  const all: StoredFrame[] = [];
  for (let frame = log.oldest(); frame !== undefined; frame = log.oldest(frame)) all.push(frame);
  return all;
}

export function namesIn(directory: string): readonly string[] {
  return readdirSync(directory).sort();
}

/** An error as the disk throws it. */
export function diskError(code: string): Error {
  return Object.assign(new Error(`${code}: injected`), { code });
}
