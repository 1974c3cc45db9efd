import { isIP, type Socket } from 'node:net';
import { type HostAndPort, hostAndPort } from '../../../options/otlp/host-and-port.ts';
import { percentDecoded } from '../../../options/path/percent-decoded.ts';
import { errorOf } from '../connection-error.ts';
import { type Destroyable, unrefSocket } from './unref-socket.ts';

/** The proxy cannot be reached, or refuses. The receiver has not seen the request. */
export class ProxyError extends Error {
  /** Node's error code, or the status that the proxy answered with. */
  readonly code: string;

  constructor({ host }: URL, what: string, code: string) {
    super(`the proxy ${host}${what}`);
    this.code = code;
  }

  static answered(proxy: URL, status: number): ProxyError {
    return new ProxyError(proxy, ` answered ${status}`, String(status));
  }
}

/** `Proxy-Authorization` (RFC 9110 section 11.7.2) of the user and password in the proxy's URL. */
export function proxyHeaders({ username, password }: URL): Readonly<Record<string, string>> {
  if (username === '' && password === '') return {};
  const credentials = `${percentDecoded(username)}:${percentDecoded(password)}`;
  return { 'proxy-authorization': `Basic ${Buffer.from(credentials).toString('base64')}` };
}

/**
 * A connection through the proxy, with `CONNECT` (RFC 9110 section 9.3.6).
 *
 * @param onOpened called with each socket and request of the connection, as soon as it is started
 * @throws ProxyError
 */
export function openTunnel(
  { host, port }: HostAndPort,
  proxy: URL,
  onOpened: (opened: Destroyable) => void,
): Promise<Socket> {
  const { request } = process.getBuiltinModule('node:http');
  const target = `${isIP(host) === 6 ? `[${host}]` : host}:${port}`;
  return new Promise((resolve, reject) => {
    const connecting = request({
      method: 'CONNECT',
      ...hostAndPort(proxy),
      path: target,
      // A connection of its own, and no default headers.
      agent: false,
      headers: { host: target, ...proxyHeaders(proxy) },
    });
    onOpened(connecting);
    connecting.once('socket', unrefSocket);
    connecting.on('error', (error) => {
      const { code, message } = errorOf(error);
      reject(new ProxyError(proxy, `: ${message}`, code));
    });
    connecting.once('connect', ({ statusCode = 0 }, socket: Socket, head) => {
      onOpened(socket.on('error', () => undefined));
      socket.unref();
      if (statusCode < 200 || statusCode > 299) {
        socket.destroy();
        reject(ProxyError.answered(proxy, statusCode));
        return;
      }
      if (head.length > 0) socket.unshift(head);
      resolve(socket);
    });
    // Closed without a response and without an error.
    connecting.once('close', () =>
      reject(new ProxyError(proxy, ' closed the connection (ECONNRESET)', 'ECONNRESET')),
    );
    connecting.end();
  });
}
