import assert from 'node:assert/strict';
import type { Server, Socket } from 'node:net';
import type { TestOwner } from './owner.ts';

/**
 * Has the server listen on a free port of 127.0.0.1; it and its connections are closed when the test ends.
 *
 * @returns its `host:port`
 */
export async function listen(owner: TestOwner, server: Server): Promise<string> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  owner.after(async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const address = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  return `127.0.0.1:${address.port}`;
}
