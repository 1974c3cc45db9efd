import { isIP, type Socket } from 'node:net';
import { percentDecoded } from '../../options/percent-decoded.ts';
import type { TlsContents } from '../../options/tls-files.ts';
import { errorOf } from './refusals.ts';
import { unholdSocket } from './unheld-socket.ts';

/** Where a receiver is: a host without brackets and a port, or the path of a socket. */
export interface GrpcAddress {
  readonly host: string;
  readonly port: number;
  /** `''` where it is a host and a port. */
  readonly path: string;
  /** URL of the proxy on the way there; `undefined` for none. */
  readonly proxy: string | undefined;
}

/** What is to be destroyed in the end: a socket, also one that is still being made, or what stands on it. */
export interface Opened {
  destroy(): unknown;
}

/**
 * Connects, through the proxy where there is one, and with TLS where that is given. The connection does not keep the
 * process alive, but for the time that the system takes to connect.
 *
 * @param onOpened told of each part of it, as soon as it is begun
 * @throws Error where there is no connection
 */
export async function openSocket(
  address: GrpcAddress,
  tls: TlsContents | undefined,
  onOpened: (opened: Opened) => void,
): Promise<Socket> {
  const socket = await (address.proxy === undefined
    ? direct(address, onOpened)
    : proxied(address, new URL(address.proxy), onOpened));
  return tls === undefined ? socket : await secured(socket, address.host, tls, onOpened);
}

function direct({ host, port, path }: GrpcAddress, onOpened: (opened: Opened) => void): Promise<Socket> {
  const { connect } = process.getBuiltinModule('node:net');
  return new Promise((resolve, reject) => {
    const socket = connect(path === '' ? { host, port } : { path });
    onOpened(socket);
    settleBy(socket, 'connect', resolve, reject);
  });
}

/** `CONNECT` (RFC 9110 section 9.3.6). */
function proxied(
  { host, port }: GrpcAddress,
  proxy: URL,
  onOpened: (opened: Opened) => void,
): Promise<Socket> {
  const { request } = process.getBuiltinModule('node:http');
  const target = `${isIP(host) === 6 ? `[${host}]` : host}:${port}`;
  const { username, password } = proxy;
  const credentials = Buffer.from(`${percentDecoded(username)}:${percentDecoded(password)}`).toString(
    'base64',
  );
  return new Promise((resolve, reject) => {
    const connecting = request({
      method: 'CONNECT',
      host: proxy.hostname.replace(/^\[(.*)\]$/, '$1'),
      port: proxy.port || 80,
      path: target,
      // A connection of its own, and no default headers.
      agent: false,
      headers: {
        host: target,
        ...(username === '' ? {} : { 'proxy-authorization': `Basic ${credentials}` }),
      },
    });
    onOpened(connecting);
    connecting.once('socket', unholdSocket);
    connecting.on('error', (error) =>
      reject(new Error(`the proxy ${proxy.host}: ${errorOf(error).message}`)),
    );
    connecting.once('connect', ({ statusCode = 0 }, socket: Socket, head) => {
      onOpened(socket.on('error', () => undefined));
      socket.unref();
      if (statusCode < 200 || statusCode > 299) {
        socket.destroy();
        reject(new Error(`the proxy ${proxy.host} answered ${statusCode}`));
        return;
      }
      if (head.length > 0) socket.unshift(head);
      resolve(socket);
    });
    connecting.once('close', () => reject(new Error(`the proxy ${proxy.host} closed the connection`)));
    connecting.end();
  });
}

function secured(
  plain: Socket,
  host: string,
  { ca, cert, key }: TlsContents,
  onOpened: (opened: Opened) => void,
): Promise<Socket> {
  const { connect } = process.getBuiltinModule('node:tls');
  return new Promise((resolve, reject) => {
    const socket = connect({
      socket: plain,
      host,
      // An address is no server name (RFC 6066); the certificate is held against `host` then.
      ...(isIP(host) === 0 && { servername: host }),
      ...(ca && { ca: Buffer.from(ca) }),
      ...(cert && { cert: Buffer.from(cert) }),
      ...(key && { key: Buffer.from(key) }),
      ALPNProtocols: ['h2'],
    });
    onOpened(socket);
    settleBy(socket, 'secureConnect', resolve, reject);
  });
}

/** `error` stays listened to: after the event nobody else may listen for a moment. */
function settleBy(
  socket: Socket,
  event: 'connect' | 'secureConnect',
  resolve: (socket: Socket) => void,
  reject: (error: Error) => void,
): void {
  unholdSocket(socket);
  socket.once(event, () => resolve(socket));
  socket.once('close', () => reject(new Error('the connection was closed while it was being made')));
  socket.on('error', reject);
}
