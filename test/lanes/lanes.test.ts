import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { startTestReceiver } from '../support/receiver.ts';
import { assertRecords } from './expected.ts';
import { runLane } from './lane-process.ts';
import { FACTORS, LANES, type Lane, laneName } from './lane-table.ts';
import { useApplications } from './suite.ts';
import { withoutIds } from './traffic.ts';

const EXITS = {
  default: { code: null, signal: 'SIGTERM' },
  handled: { code: 0, signal: null },
} as const;

describe('the packed package in fresh applications', { concurrency: 2 }, () => {
  const applicationOf = useApplications(FACTORS.line, FACTORS.node);

  for (const lane of LANES) test(laneName(lane), (t) => tryLane(t, lane));

  async function tryLane(t: TestContext, lane: Lane): Promise<void> {
    const application = applicationOf(lane.line);
    const control = await runLane(t, lane, application);
    const receiver = await startTestReceiver(t);
    const run = await runLane(t, lane, application, receiver);

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

    assert.deepEqual(run.exchanges.map(withoutIds), control.exchanges.map(withoutIds));
    assert.deepEqual(run.spans, control.spans);
    assert.equal(
      control.spans.length > 0,
      hasSdk && lane.sampler === 'on',
      'the application prints its spans',
    );
    assert.equal(run.stderr, control.stderr);
    assert.deepEqual(control.exit, EXITS[lane.sigterm]);
    assert.deepEqual(run.exit, control.exit);
  }
});
