import { isIP, type Socket } from 'node:net';
import type { SecureContext, TLSSocket } from 'node:tls';
import type { ChannelCredentials } from '@grpc/grpc-js';
import type { TlsContents } from '../../options/tls-files.ts';
import { errorOf } from './refusals.ts';

type Grpc = typeof import('@grpc/grpc-js');
type SecureConnector = ReturnType<ChannelCredentials['_createSecureConnector']>;

/**
 * Credentials of grpc-js whose connections do not keep the process alive while a call is under way: grpc-js refs the
 * socket for as long. (A connection that is still being made does keep it alive, until the system gives up: nothing of
 * grpc-js ends that.) TLS is made here too: theirs has Node warn of a server name that is an IP address, and forgets the
 * code of what fails.
 *
 * @param host of the receiver, without brackets
 * @param tls `undefined` for a connection without TLS
 * @param onSocket told of each connection
 */
export function channelCredentials(
  grpc: Grpc,
  host: string,
  tls: TlsContents | undefined,
  onSocket: (socket: Socket) => void,
): ChannelCredentials {
  const secure = tls === undefined ? undefined : secureConnection(host, tls);
  const base =
    secure === undefined
      ? grpc.credentials.createInsecure()
      : grpc.credentials.createFromSecureContext(secure.context);
  const createConnector = (
    ...given: Parameters<ChannelCredentials['_createSecureConnector']>
  ): SecureConnector => {
    const connector = base._createSecureConnector(...given);
    return {
      connect: async (plain) => {
        onSocket(plain);
        const socket = secure === undefined ? plain : await secure.connect(plain);
        socket.unref();
        socket.ref = () => socket;
        return { socket, secure: secure !== undefined };
      },
      waitForReady: () => connector.waitForReady(),
      getCallCredentials: () => connector.getCallCredentials(),
      destroy: () => connector.destroy(),
    };
  };
  return Object.create(base, { _createSecureConnector: { value: createConnector } });
}

/** Makes TLS connections for HTTP/2 on top of those that there are. */
function secureConnection(
  host: string,
  { ca, cert, key }: TlsContents,
): { readonly context: SecureContext; readonly connect: (plain: Socket) => Promise<TLSSocket> } {
  const { connect, createSecureContext } = process.getBuiltinModule('node:tls');
  const context = createSecureContext({
    ...(ca && { ca: Buffer.from(ca) }),
    ...(cert && { cert: Buffer.from(cert) }),
    ...(key && { key: Buffer.from(key) }),
  });
  return {
    context,
    connect: (socket) =>
      new Promise((resolve, reject) => {
        const secure = connect({
          socket,
          host,
          // An address is no server name (RFC 6066); the certificate is held against `host` then.
          ...(isIP(host) === 0 && { servername: host }),
          secureContext: context,
          ALPNProtocols: ['h2'],
        });
        secure.once('secureConnect', () => resolve(secure));
        secure.once('close', () => reject(new Error('the connection was closed during the TLS handshake')));
        // Stays: after the handshake nobody else may listen for a moment.
        secure.on('error', (error) => reject(new Error(errorOf(error).message)));
      }),
  };
}
