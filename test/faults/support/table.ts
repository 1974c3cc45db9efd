import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ScriptedAnswer } from '../../support/scripted-receiver.ts';
import { type Protocol, type Service, startService } from './service.ts';

/** Requests per row: one batch. */
export const BATCH = 8;

/** One way in which an export goes wrong. */
export interface Fault {
  readonly name: string;
  /** One for each attempt, in their order; what comes after them is accepted. */
  readonly answers: readonly ScriptedAnswer[];
  /** Records in each attempt; `undefined` where the receiver did not read them. */
  readonly attempts: readonly (number | undefined)[];
  /** Which records of the batch are lost. Default: none. */
  readonly lost?: readonly number[];
  /** As what they are counted. */
  readonly errorType?: string;
  /** Which records of the batch arrive twice. Default: none. */
  readonly repeated?: readonly number[];
}

export const ALL: readonly number[] = Array.from({ length: BATCH }, (_, index) => index);

/** Attempts where the whole batch is refused and its halves are taken. */
export const HALVES: readonly number[] = [BATCH, BATCH / 2, BATCH / 2];
/** Attempts where every piece is refused, down to single records. */
export const EVERY_PIECE: readonly number[] = [8, 4, 2, 1, 1, 2, 1, 1, 4, 2, 1, 1, 2, 1, 1];

/** Lets one service meet all of these, one after the other. One export at a time, so that their order is certain. */
export function testFaults(protocol: Protocol, faults: readonly Fault[]): void {
  test(`faults over ${protocol}`, async (t) => {
    const service = await startService(t, protocol, {
      OTEL_BLRP_MAX_EXPORT_BATCH_SIZE: String(BATCH),
      ACCESS_LOG_MAX_IN_FLIGHT: '1',
    });
    for (const fault of faults) await t.test(fault.name, () => testFault(service, fault));
    await service.end();
  });
}

async function testFault(service: Service, fault: Fault): Promise<void> {
  const { receiver } = service;
  const { answers, attempts, lost = [], errorType = '', repeated = [] } = fault;
  const before = await service.account();
  const from = receiver.requests.length;
  receiver.next(...answers);
  const ids = await service.send(BATCH);
  const known = new Set(ids);
  const seen = (): readonly (number | undefined)[] =>
    receiver.requests
      .slice(from)
      .map(
        ({ records }) =>
          records?.filter(({ attributes }) => known.has(String(attributes['url.path']))).length,
      )
      .filter((count) => count !== 0);
  await receiver.until(
    () => (seen().length >= attempts.length ? true : undefined),
    `${attempts.length} attempts`,
  );
  const after = await service.account();
  const isNew = (id: string): boolean => known.has(id);
  assert.deepEqual(
    {
      attempts: seen(),
      missing: after.missing.filter(isNew),
      repeated: after.repeated.filter(isNew),
      lost: added(before.lost, after.lost),
    },
    {
      attempts,
      missing: lost.map((index) => ids[index]),
      repeated: repeated.map((index) => ids[index]),
      lost: lost.length === 0 ? {} : { [errorType]: lost.length },
    },
  );
}

/** What a count has more than before, where it has. */
function added(
  before: Readonly<Record<string, number>>,
  after: Readonly<Record<string, number>>,
): Record<string, number> {
  const more = Object.entries(after).map(([name, count]) => [name, count - (before[name] ?? 0)] as const);
  return Object.fromEntries(more.filter(([, count]) => count > 0));
}
