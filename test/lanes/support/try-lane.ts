// What must hold in every lane.
import assert from 'node:assert/strict';
import type { TestOwner } from '../../support/owner.ts';
import { startTestReceiver, type TestReceiver } from '../../support/receiver.ts';
import type { Lane } from '../lane-table.ts';
import type { Application } from './application.ts';
import { assertRecords } from './expected.ts';
import { runLane } from './lane-process.ts';
import { type Exchange, withoutIds } from './traffic.ts';

const EXITS = {
  default: { code: null, signal: 'SIGTERM' },
  handled: { code: 0, signal: null },
} as const;

/** Runs the application without the package and with it: every exchange has its record, and nothing else differs. */
export async function tryLane(owner: TestOwner, lane: Lane, application: Application): Promise<void> {
  const control = await runLane(owner, lane, application);
  const receiver = await startTestReceiver(owner);
  const run = await runLane(owner, lane, application, receiver);

  const hasSdk = lane.start !== 'none';
  await assertRecords(receiver, run.exchanges, hasSdk ? 'coded' : 'from-environment');
  for (const { span, handlerTraceId, traceparent, path } of run.exchanges) {
    assert.equal(
      span !== undefined,
      hasSdk,
      `the application has spans of its own if it has an SDK: ${path}`,
    );
    if (handlerTraceId !== undefined) assert.equal(handlerTraceId, span?.traceId, path);
    if (hasSdk && traceparent !== undefined) assert.equal(span?.traceId, traceparent.split('-')[1], path);
  }
  if (!(lane.run === 'in-worker' && lane.sigterm === 'default')) assertTotals(receiver, run.exchanges);

  assert.deepEqual(run.exchanges.map(withoutIds), control.exchanges.map(withoutIds));
  assert.deepEqual(run.spans, control.spans);
  assert.equal(control.spans.length > 0, hasSdk && lane.sampler === 'on', 'the application prints its spans');
  assert.equal(run.stderr, control.stderr);
  assert.deepEqual(control.exit, EXITS[lane.sigterm]);
  assert.deepEqual(run.exit, control.exit);
}

/** The last heartbeats are those of the processes and threads that served, each with its own count; no others spoke. */
function assertTotals({ records }: TestReceiver, exchanges: readonly Exchange[]): void {
  const heartbeats = records.filter(({ attributes }) => attributes['access_log.event'] === 'heartbeat');
  const last = heartbeats.filter(({ attributes }) => attributes['access_log.final'] === true);
  const processes = new Set(heartbeats.map(({ attributes }) => attributes['access_log.process_id']));
  const servedBy = [...new Set(exchanges.map((exchange) => exchange.servedBy))];
  const counts = servedBy.map((who) => exchanges.filter((exchange) => exchange.servedBy === who).length);
  const totals = ['served', 'ignored', 'suppressed', 'kept', 'lost'];
  assert.deepEqual(
    last.map(({ attributes }) => totals.map((name) => attributes[`access_log.total.${name}`])).sort(),
    counts.map((count) => [count, 0, 0, count, 0]).sort(),
  );
  assert.equal(processes.size, servedBy.length);
}
