import type { Socket } from 'node:net';

/**
 * Closes a connection with RST. One whose FIN is on its way is closed without: Node then fails with EINVAL, never closes
 * the handle, and at its end the process turns without end (Node 20 to 26).
 */
export function sendReset(socket: Socket): void {
  if (socket.writableEnded && !socket.writableFinished) socket.destroy();
  else socket.resetAndDestroy();
}
