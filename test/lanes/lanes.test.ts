import assert from 'node:assert/strict';
import { after, before, describe, type TestContext, test } from 'node:test';
import { startTestReceiver } from '../support/receiver.ts';
import { type Application, installApplication, packPackage } from './application.ts';
import { lockCache } from './cache.ts';
import { assertRecords } from './expected.ts';
import { runLane } from './lane-process.ts';
import { FACTORS, LANES, type Lane, type Line, laneName } from './lane-table.ts';
import { nodeBinary } from './node-binary.ts';
import { withoutIds } from './traffic.ts';

const EXITS = {
  default: { code: null, signal: 'SIGTERM' },
  handled: { code: 0, signal: null },
} as const;

describe('the packed package in fresh applications', { concurrency: 2 }, () => {
  const applications = new Map<Line, Application>();

  before(async () => {
    await lockCache({ after });
    const tarball = await packPackage({ after });
    for (const line of FACTORS.line) applications.set(line, await installApplication(line, tarball));
    for (const version of FACTORS.node) await nodeBinary(version);
  });

  for (const lane of LANES) test(laneName(lane), (t) => tryLane(t, lane));

  async function tryLane(t: TestContext, lane: Lane): Promise<void> {
    const application = applications.get(lane.line);
    assert.ok(application !== undefined);
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
