import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import type { TestOwner } from '../../support/owner.ts';
import { startTestReceiver } from '../../support/receiver.ts';
import { spawnNode } from '../../support/spawn-app.ts';

const FIXTURE = fileURLToPath(new URL('../fixtures/mixed-fate.js', import.meta.url));
/** What the heap may grow by, whatever the number of connections: code is compiled, tables grow. */
const MAX_GROWTH_BYTES = 3 * 1024 * 1024;
/** Node keeps its last parsers, and each its last socket. */
const MAX_SOCKETS_HELD = 3;

/** Has so many connections of mixed fate come and go under the preload, and looks at what is left of them. */
export async function assertNothingLeft(owner: TestOwner, connections: number): Promise<void> {
  const receiver = await startTestReceiver(owner);
  const app = spawnNode(owner, {
    args: ['--import', 'otel-access-log/register', FIXTURE, String(connections)],
    env: {
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.grpcEndpoint,
      // Most are suppressed: what is looked at is the connections, not the receiver.
      ACCESS_LOG_RATE: '100',
      ACCESS_LOG_BURST: '100',
      ACCESS_LOG_DEGRADE: 'off',
    },
  });
  const { code } = await app.exited;
  assert.equal(code, 0, app.stderr);
  assert.equal(app.stderr, '');
  const { before, after } = JSON.parse(app.stdout);
  assert.deepEqual(after.resources, before.resources, 'what keeps the process alive');
  assert.ok(after.socketsHeld <= MAX_SOCKETS_HELD, `${after.socketsHeld} sockets are held`);
  const growth = after.heapUsed - before.heapUsed;
  assert.ok(growth <= MAX_GROWTH_BYTES, `the heap grew from ${before.heapUsed} by ${growth} bytes`);
}
