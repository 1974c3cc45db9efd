import type { Socket } from 'node:net';

/** A part of a connection that has to be destroyed with it: a socket, a request, an HTTP/2 session. */
export interface Destroyable {
  destroy(): unknown;
}

/**
 * Makes the socket not keep the process alive, not even while it connects. Requests to the system still do: the
 * connection attempt itself, and bytes that the receiver does not read.
 */
export function unrefSocket(socket: Socket): void {
  const unref = (): void => void socket.unref();
  unref();
  if (!socket.connecting) return;
  // For a name with several addresses, Node makes a new handle for each attempt.
  socket.on('connectionAttempt', unref);
  socket.once('connect', unref);
}
