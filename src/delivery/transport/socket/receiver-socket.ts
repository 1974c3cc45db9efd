import { isIP, type Socket } from 'node:net';
import type { TlsContents } from '../../../options/otlp/tls-files.ts';
import { openTunnel } from './proxy-connection.ts';
import { type Destroyable, unrefSocket } from './unref-socket.ts';

/** Where a receiver is: a host without brackets and a port, or the path of a socket. */
export interface ReceiverAddress {
  readonly host: string;
  readonly port: number;
  /** `''` where it is a host and a port. */
  readonly path: string;
  /** URL of the proxy on the way there; `undefined` for none. */
  readonly proxy: string | undefined;
}

/**
 * Connects, through the proxy where there is one, and with TLS where `tls` is given. The connection keeps the process
 * alive only while the system connects.
 *
 * @param onOpened called with each socket and request of the connection, as soon as it is started
 * @param alpn the protocol that TLS negotiates (RFC 7301). Default: none
 * @throws Error where there is no connection
 */
export async function openSocket(
  address: ReceiverAddress,
  tls: TlsContents | undefined,
  onOpened: (opened: Destroyable) => void,
  alpn?: string,
): Promise<Socket> {
  const socket = await (address.proxy === undefined
    ? direct(address, onOpened)
    : openTunnel(address, new URL(address.proxy), onOpened));
  return tls === undefined ? socket : await secured(socket, address.host, tls, onOpened, alpn);
}

function direct(
  { host, port, path }: ReceiverAddress,
  onOpened: (opened: Destroyable) => void,
): Promise<Socket> {
  const { connect } = process.getBuiltinModule('node:net');
  return new Promise((resolve, reject) => {
    const socket = connect(path === '' ? { host, port } : { path });
    onOpened(socket);
    settleBy(socket, 'connect', resolve, reject);
  });
}

function secured(
  plain: Socket,
  host: string,
  { ca, cert, key }: TlsContents,
  onOpened: (opened: Destroyable) => void,
  alpn: string | undefined,
): Promise<Socket> {
  const { connect } = process.getBuiltinModule('node:tls');
  return new Promise((resolve, reject) => {
    const socket = connect({
      socket: plain,
      host,
      // An address is no server name (RFC 6066 section 3). Node then compares the certificate with `host`.
      ...(isIP(host) === 0 && { servername: host }),
      ...(ca && { ca: Buffer.from(ca) }),
      ...(cert && { cert: Buffer.from(cert) }),
      ...(key && { key: Buffer.from(key) }),
      ...(alpn !== undefined && { ALPNProtocols: [alpn] }),
    });
    onOpened(socket);
    settleBy(socket, 'secureConnect', resolve, reject);
  });
}

/** The `error` listener stays: an error before the next owner adds its own would end the process. */
function settleBy(
  socket: Socket,
  event: 'connect' | 'secureConnect',
  resolve: (socket: Socket) => void,
  reject: (error: Error) => void,
): void {
  unrefSocket(socket);
  socket.once(event, () => resolve(socket));
  socket.once('close', () => reject(new Error('the connection was closed while it was being made')));
  socket.on('error', reject);
}
