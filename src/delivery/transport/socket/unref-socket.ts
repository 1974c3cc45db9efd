import type { Socket } from 'node:net';

/** What is to be destroyed in the end: a socket, also one that is still being made, or what stands on it. */
export interface Destroyable {
  destroy(): unknown;
}

/**
 * The socket does not keep the process alive, not while it connects either. What the system has still to do for it
 * does: a connection that is being made, bytes that the receiver does not take.
 */
export function unrefSocket(socket: Socket): void {
  const unref = (): void => void socket.unref();
  unref();
  if (!socket.connecting) return;
  // Where a name has several addresses, each attempt has a handle of its own.
  socket.on('connectionAttempt', unref);
  socket.once('connect', unref);
}
