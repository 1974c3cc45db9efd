import { type Server, Socket } from 'node:net';

/**
 * Whether a socket without a peer address has none because it is local. A TCP connection that was reset, or a stream
 * that a server was handed as a connection, has none either, and its other end must not pass for a local process.
 */
export function isUnixSocket(socket: Socket, server: Server): boolean {
  const listensOn = server.address();
  if (listensOn !== null) return typeof listensOn === 'string';
  // A server that listens on a file descriptor, is closed by now, or never listened. A TCP socket has its own address
  // as long as it is not destroyed, whatever became of the other end.
  return socket instanceof Socket && !socket.destroyed && socket.localAddress === undefined;
}
