import assert from 'node:assert/strict';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { LeasePeriods } from '../../../../src/delivery/spool/directory/lease.ts';
import { DiskSpool } from '../../../../src/delivery/spool/disk-spool.ts';
import { NODE_FILES, type SpoolFiles } from '../../../../src/delivery/spool/segments/spool-files.ts';
import type { SpoolSettings } from '../../../../src/delivery/stream/stream-settings.ts';
import type { DeliveryCounts } from '../../../../src/telemetry/totals.ts';
import { type Scene, scene, WALL_MS } from '../../stream/support/scene.ts';

/** No renewal comes due while a test lets time pass faster than a disk works. */
const FOR_EVER: LeasePeriods = { renewMs: 1e12, trustMs: 2e12, expiryMs: 3e12 };
const EXPECTED_WITHIN_MS = 20_000;
const GROUP_BYTES = 20;

interface Given extends Partial<Omit<SpoolSettings, 'directory'>> {
  readonly files?: Partial<SpoolFiles>;
  readonly periods?: LeasePeriods;
  /** Milliseconds that the wall clock is ahead of that of other scenes. */
  readonly wallAheadMs?: number;
  readonly memoryLimitBytes?: number;
}

/** A delivery with a spool in a real directory, whose clocks run only while the test lets time pass. */
export interface DiskScene extends Scene {
  readonly disk: DiskSpool;
  /** Waits until it is so; the disk works meanwhile, and no time passes. */
  until(isSo: () => boolean): Promise<void>;
  /** Lets time pass in steps, and waits after each until all that can be written is. */
  pass(ms: number): Promise<void>;
  totals(): DeliveryCounts;
  /** Bodies of the records that the receiver has, in the order of their arrival. */
  delivered(): readonly string[];
}

export function diskScene(directory: string, given: Given = {}): DiskScene {
  const { files, periods = FOR_EVER, wallAheadMs = 0, memoryLimitBytes = 1024 * 1024 } = given;
  const settings: SpoolSettings = {
    directory,
    limitBytes: given.limitBytes ?? 64 * 1024 * 1024,
    fsync: given.fsync ?? false,
  };
  let running = 0;
  let disk: DiskSpool | undefined;
  const made = scene({
    scheduleDelayMs: 50,
    memoryLimitBytes,
    disk: (timers) => {
      disk = new DiskSpool(settings, {
        now: () => timers.nowMs,
        wallMs: () => WALL_MS + wallAheadMs + timers.nowMs,
        startTimer: timers.startTimer,
        files: { ...NODE_FILES, ...files },
        periods,
        withReplay: (_resourceLogs, name) =>
          Buffer.from(`late ${name.slice(0, 8)}`.padEnd(GROUP_BYTES).slice(0, GROUP_BYTES)),
      });
      const spool = disk;
      const counted = async <Result>(work: Promise<Result>): Promise<Result> => {
        running += 1;
        return work.finally(() => {
          running -= 1;
        });
      };
      const { write, takeNext } = spool;
      spool.write = (content) => counted(write.call(spool, content));
      spool.takeNext = () => counted(takeNext.call(spool));
      return spool;
    },
  });
  const { delivery, timers, transport } = made;
  const totals = (): DeliveryCounts => {
    const counts = delivery.counts();
    for (const count of [counts.delivered, counts.lost, counts.pending]) assert.ok(count >= 0);
    return counts;
  };
  const until = async (isSo: () => boolean): Promise<void> => {
    const startedMs = performance.now();
    for (;;) {
      await timers.settle();
      totals();
      if (isSo()) return;
      if (performance.now() - startedMs > EXPECTED_WITHIN_MS)
        assert.fail(`not so within ${EXPECTED_WITHIN_MS} ms: ${JSON.stringify([totals(), made.messages])}`);
      await sleep(1);
    }
  };
  const pass = async (ms: number): Promise<void> => {
    for (let left = ms; left > 0; left -= 50) {
      await timers.pass(Math.min(50, left));
      await until(() => running === 0);
    }
  };
  if (disk === undefined) throw new Error('the delivery has not asked for its disk');
  return {
    ...made,
    disk,
    until,
    pass,
    totals,
    delivered: () => transport.accepted.flatMap(({ records }) => records),
  };
}

/** Files of records, of all processes. */
export function filesIn(directory: string): readonly string[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.spool'))
    .map((name) => join(directory, name))
    .sort();
}

export function bytesIn(directory: string): number {
  return filesIn(directory).reduce((sum, file) => sum + statSync(file).size, 0);
}

/** Names of the directories that processes have there. */
export function ownersIn(directory: string): readonly string[] {
  return readdirSync(join(directory, 'otel-access-log')).sort();
}
