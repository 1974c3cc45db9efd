import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { TestOwner } from './owner.ts';

const DEAF = fileURLToPath(new URL('../delivery/transport/fixtures/deaf-port.js', import.meta.url));

/** Why a test of such a port is skipped here; `false` where it is not. */
export const noDeafPort: string | false =
  process.platform !== 'linux' && 'another system keeps connections that nobody takes differently';

/** A port of 127.0.0.1 where connections are never made, and never refused: its queue of them is full. */
export async function deafPort(owner: TestOwner): Promise<number> {
  const deaf = fork(DEAF, { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
  owner.after(async () => void deaf.kill('SIGKILL'));
  assert.ok(deaf.stdout);
  const port = Number(await once(deaf.stdout, 'data'));
  // More than it keeps for later. Those that it does are connected when the first one is told.
  const filling = Array.from({ length: 8 }, () => connect(port, '127.0.0.1').on('error', () => undefined));
  owner.after(async () => {
    for (const socket of filling) socket.destroy();
  });
  await Promise.race(filling.map((socket) => once(socket, 'connect')));
  return port;
}
