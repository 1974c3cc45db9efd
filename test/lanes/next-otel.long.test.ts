// Next.js with @vercel/otel: its server spans begin inside its handler, and continue the caller's trace.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { startTestReceiver } from '../support/receiver.ts';
import { cleanEnv, spawnNode } from '../support/spawn-app.ts';
import { succeed } from './support/command.ts';
import type { NextLine } from './support/lines.ts';
import { nodeBinary } from './support/node-binary.ts';
import { useApplications } from './support/suite.ts';

const LINES: readonly (readonly [line: NextLine, node: string])[] = [
  ['next-14-otel', '20.20.2'],
  ['next-15-otel', '22.23.3'],
  ['next-16-otel', '20.20.2'],
  ['next-16-otel', '24.21.0'],
];
const NEXT = 'node_modules/next/dist/bin/next';
const ROOT = 'next-otel';
const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
/** A page, whose head is made in a span within the server span; a route handler; what is not there. */
const REQUESTS = ['/orders/4', '/items/7', '/nowhere'].flatMap((path) => [
  { path, headers: {} },
  { path, headers: { traceparent: `00-${TRACE}-00f067aa0ba902b7-01` } },
]);

describe('Next.js with @vercel/otel', () => {
  const applicationOf = useApplications(
    LINES.map(([line]) => ({ line, layout: 'npm' })),
    LINES.map(([, node]) => node),
  );

  for (const [line, node] of LINES) {
    test(`${line}, Node ${node}: records have the ids of its server spans`, async (t) => {
      const { folder } = applicationOf({ line, layout: 'npm' });
      const command = await nodeBinary(node);
      const ofNext = { NEXT_TELEMETRY_DISABLED: '1', LANE_LINE: line };
      await succeed({ command, args: [NEXT, 'build', ROOT], cwd: folder, env: { ...cleanEnv(), ...ofNext } });
      const receiver = await startTestReceiver(t);
      const app = spawnNode(t, {
        node: command,
        cwd: folder,
        args: ['--import', 'otel-access-log/register', NEXT, 'start', ROOT, '--port', '0'],
        env: {
          ...ofNext,
          OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: receiver.grpcEndpoint,
          OTEL_EXPORTER_OTLP_LOGS_PROTOCOL: 'grpc',
        },
      });
      const [, port] = await app.waitFor(/Local: +http:\/\/localhost:(\d+)/, 60_000);
      for (const { path, headers } of REQUESTS) {
        await (await fetch(`http://127.0.0.1:${port}${path}`, { headers })).text();
      }
      const records = await receiver.waitForExchanges(REQUESTS.length);
      await app.waitFor(
        new RegExp(`(?:^server span .*\n(?:^(?!server span).*\n)*){${REQUESTS.length}}`, 'm'),
      );
      const spans = [...app.stdout.matchAll(/^server span (\S+) ([\da-f]{32}) ([\da-f]{16})$/gm)];
      assert.deepEqual(
        records.map(({ attributes, traceId, spanId }) => [attributes['url.path'], traceId, spanId]),
        spans.map(([, path, traceId, spanId]) => [path, traceId, spanId]),
      );
      assert.deepEqual(
        records.map(({ traceId }) => traceId === TRACE),
        REQUESTS.map(({ headers }) => 'traceparent' in headers),
      );
    });
  }
});
