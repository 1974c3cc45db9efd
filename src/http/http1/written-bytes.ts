import type { Socket } from 'node:net';
import { knownConnection } from './exchange-slot.ts';
import type { ObservedConnection } from './observed-connection.ts';

type Write = (this: Socket, isMany: boolean, data: unknown, encoding: unknown, callback: unknown) => unknown;

/** Node's method that hands all bytes of a socket to its handle, those of `write`, `end` and corked writes alike. */
const METHOD = '_writeGeneric';

interface Entry {
  readonly chunk: unknown;
  readonly encoding: unknown;
}

/**
 * Shows the connection of `socket` what is written past its responses. An own property of the socket that is not
 * enumerable: no other socket of the process pays for it, and neither `Object.keys` nor `console.log` show it. Streams
 * that are no sockets lack the method; what is written to those stays unseen.
 *
 * To be called once the connection is known by {@link knownConnection}.
 */
export function watchWrittenBytes(socket: Socket): void {
  if (typeof Reflect.get(socket, METHOD) !== 'function') return;
  Object.defineProperty(socket, METHOD, {
    value: write,
    writable: true,
    configurable: true,
    enumerable: false,
  });
}

function write(this: Socket, isMany: boolean, data: unknown, encoding: unknown, callback: unknown): unknown {
  // What would be called without us: another package may have its own.
  const inherited = (Object.getPrototypeOf(this) as Readonly<Record<typeof METHOD, Write>>)[METHOD];
  const connection = knownConnection(this);
  if (connection?.wantsWrittenBytes !== true) return inherited.call(this, isMany, data, encoding, callback);
  const result = inherited.call(this, isMany, data, encoding, callback);
  // Where the peer has reset the connection, the kernel refuses the bytes: they are not on the wire.
  if (this.errored == null) show(connection, isMany, data, encoding);
  return result;
}

function show(connection: ObservedConnection, isMany: boolean, data: unknown, encoding: unknown): void {
  if (!isMany) connection.onWritten(data, encoding);
  // Those that a corked socket collected: entries, or only their chunks where all are buffers.
  else if (Array.isArray(data)) {
    for (const entry of data) {
      if (entry instanceof Uint8Array) connection.onWritten(entry, undefined);
      else connection.onWritten((entry as Entry).chunk, (entry as Entry).encoding);
    }
  }
}
