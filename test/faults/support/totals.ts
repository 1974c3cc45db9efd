import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ReceivedRecord } from '../../../src/cli/receiver/otlp-record.ts';
import type { ScriptedReceiver } from '../../support/scripted-receiver.ts';
import { request } from './requests.ts';

const NAMES = ['served', 'ignored', 'suppressed', 'kept', 'adopted', 'delivered', 'lost', 'pending'] as const;

/** What a heartbeat says of the exchanges of its process. */
export type Totals = Readonly<Record<(typeof NAMES)[number], number>>;

/**
 * Totals of a heartbeat.
 *
 * @param prefix of the names of its attributes; Loki has underscores
 * @throws AssertionError where they do not add up: served = ignored + suppressed + kept, and
 *   kept + adopted = delivered + lost + pending
 */
export function totalsOf(
  attributes: Readonly<Record<string, unknown>>,
  prefix = 'access_log.total.',
): Totals {
  const totals = Object.fromEntries(
    NAMES.map((name) => [name, Number(attributes[prefix + name] ?? 0)]),
  ) as Totals;
  const { served, ignored, suppressed, kept, adopted, delivered, lost, pending } = totals;
  const said = JSON.stringify(totals);
  assert.equal(served, ignored + suppressed + kept, said);
  assert.equal(kept + adopted, delivered + lost + pending, said);
  return totals;
}

export const isHeartbeat = ({ eventName }: ReceivedRecord): boolean => eventName === 'access_log.heartbeat';

/** Checks that the totals of every heartbeat that has arrived add up. @returns how many have */
export function checkHeartbeats({ accepted }: ScriptedReceiver): number {
  return accepted.filter(isHeartbeat).map(({ attributes }) => totalsOf(attributes)).length;
}

/**
 * Asks a service (`fixtures/app.mjs`) for its totals until nothing is pending but the exchange of the question.
 *
 * @param sent requests that it has served before, none of them a question
 * @param heartbeat of a service that has served so many
 */
export async function settledTotals(
  port: number,
  sent: number,
  heartbeat: (served: number) => Promise<Totals>,
): Promise<Totals> {
  for (let asked = 1; ; asked += 1) {
    await request(port, [`/account/${sent}-${asked}`]);
    const totals = await heartbeat(sent + asked);
    if (totals.pending <= 1) return totals;
    // Each question is one more exchange to deliver.
    await sleep(100);
  }
}

/** The same for a service whose only receiver is this one, which has served nothing but questions besides `sent`. */
export async function settledAt(
  receiver: ScriptedReceiver,
  { port }: { readonly port: number },
  sent: number,
): Promise<Totals> {
  const heartbeat = (served: number): Promise<Totals> =>
    receiver.until(
      () =>
        receiver.accepted
          .filter(isHeartbeat)
          .map(({ attributes }) => totalsOf(attributes))
          .find((totals) => totals.served === served),
      `a heartbeat after ${served} exchanges`,
      30_000,
    );
  const totals = await settledTotals(port, sent, heartbeat);
  checkHeartbeats(receiver);
  return totals;
}
