import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { startWithAgent } from './support/agents.ts';
import { assertRecords } from './support/expected.ts';
import type { Agent } from './support/lines.ts';
import { useApplications } from './support/suite.ts';
import { sendTraffic } from './support/traffic.ts';

const AGENTS: readonly Agent[] = ['dd-trace', 'newrelic', 'sentry'];
// On Node 20 they see no server that is required as `node:http`.
const NODES = ['22.23.3', '24.21.0'];

describe('beside an agent without a tracer provider', { concurrency: 2 }, () => {
  const applicationOf = useApplications(
    AGENTS.map((line) => ({ line, layout: 'npm' })),
    NODES,
  );

  for (const agent of AGENTS) {
    for (const [node, isFirst] of [
      [NODES[0] ?? '', true],
      [NODES[1] ?? '', false],
    ] as const) {
      const order = isFirst ? 'loaded before us' : 'loaded after us';
      test(`${agent}, Node ${node}, ${order}: records have the ids of its server spans`, async (t) => {
        const { app, receiver } = await startWithAgent(
          t,
          agent,
          applicationOf({ line: agent, layout: 'npm' }),
          node,
          { isFirst },
        );
        const exchanges = await sendTraffic(app.port);
        assert.ok(
          exchanges.every(({ span }) => span !== undefined),
          'the agent traces all of them',
        );
        await assertRecords(receiver, exchanges, 'shop');
      });
    }

    test(`${agent}, which traces no requests: no ids but the trace of the caller`, async (t) => {
      const { app, receiver } = await startWithAgent(
        t,
        agent,
        applicationOf({ line: agent, layout: 'npm' }),
        '24.21.0',
        { isTracing: false },
      );
      const exchanges = await sendTraffic(app.port);
      assert.ok(
        exchanges.every(({ span }) => span === undefined),
        'the agent traces none of them',
      );
      const records = await receiver.waitForExchanges(exchanges.length);
      const ids = new Map(
        records.map(({ attributes, traceId, spanId }) => [attributes['url.path'], { traceId, spanId }]),
      );
      for (const { path, traceparent } of exchanges) {
        assert.deepEqual(ids.get(path), { traceId: traceparent?.split('-')[1], spanId: undefined }, path);
      }
    });
  }
});
