import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { listen } from '../../support/listen.ts';
import type { TestOwner } from '../../support/owner.ts';

/** What is done to a connection. */
export type Behaviour = (socket: Socket) => void;

/** A port in front of a receiver that works, which is not there as long as the port is hostile. */
export interface HostilePort {
  /** `host:port` */
  readonly host: string;
  /** Connections that were made while it was hostile; they stay as hostile as they were. */
  readonly sockets: readonly Socket[];
  /** Fulfilled once there is one. */
  connected(): Promise<unknown>;
  /** From now on connections lead to the receiver. */
  behave(): void;
}

/** @param target `host:port` of the receiver */
export async function startHostilePort(
  owner: TestOwner,
  target: string,
  behaviour: Behaviour,
): Promise<HostilePort> {
  const { hostname, port } = new URL(`http://${target}`);
  const sockets: Socket[] = [];
  let isHostile = true;
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    if (isHostile) {
      sockets.push(socket);
      behaviour(socket);
      return;
    }
    const onward = connect(Number(port), hostname);
    onward.on('error', () => socket.destroy());
    onward.once('close', () => socket.destroy());
    socket.once('close', () => onward.destroy());
    socket.pipe(onward).pipe(socket);
  });
  const host = await listen(owner, server);
  return {
    host,
    sockets,
    connected: () => (sockets.length > 0 ? Promise.resolve() : once(server, 'connection')),
    behave() {
      isHostile = false;
    },
  };
}

/** Bytes at the least that a flood writes at once. */
const FLOOD_BLOCK = 4096;

/**
 * Writes the bytes again and again, as fast as they are taken. In blocks: thousands of small writes in each turn would
 * take the processor from what is tested, which has the same event loop.
 */
export function flood(socket: Socket, bytes: Uint8Array | string): void {
  const once = Buffer.from(bytes);
  const block = Buffer.alloc(Math.ceil(FLOOD_BLOCK / once.length) * once.length, once);
  const more = (): void => {
    while (!socket.destroyed && socket.write(block));
  };
  socket.on('drain', more);
  more();
}

/** Writes a byte from time to time: too often for the connection to count as dead, too seldom to come to an end. */
export function trickle(socket: Socket, bytes: Uint8Array | string): void {
  let at = 0;
  const timer = setInterval(() => {
    socket.write(Buffer.from(bytes).subarray(at, at + 1));
    at = (at + 1) % bytes.length;
  }, 10);
  socket.once('close', () => clearInterval(timer));
}
