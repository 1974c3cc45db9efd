import type { Agent, RequestOptions } from 'node:http';
import { Socket } from 'node:net';
import type { TlsContents } from '../../../options/otlp/tls-files.ts';
import { Attempt } from '../attempt.ts';
import { openSocket, type ReceiverAddress } from './receiver-socket.ts';
import type { Destroyable } from './unref-socket.ts';

/** Options of a request over a tunnel. */
export interface TunnelOptions extends RequestOptions {
  /** When it ends, a connection that is still being made for it is given up. The agent itself would wait. */
  readonly attempt: Attempt;
}

/** Makes the agent connect through a proxy with `CONNECT`, and with TLS to the receiver. */
export function useTunnel(agent: Agent, address: ReceiverAddress, tls: TlsContents): void {
  agent.createConnection = (options, callback) => {
    const attempt = 'attempt' in options && options.attempt instanceof Attempt ? options.attempt : undefined;
    open(address, tls, attempt).then(
      (socket) => callback?.(null, socket),
      // Only the type of the callback requires a socket beside an error.
      (error) => callback?.(error, new Socket()),
    );
    return undefined;
  };
}

async function open(
  address: ReceiverAddress,
  tls: TlsContents,
  attempt: Attempt | undefined,
): Promise<Socket> {
  const begun: Destroyable[] = [];
  let isOpen = false;
  void attempt?.ended.then(() => {
    if (!isOpen) for (const opened of begun.toReversed()) opened.destroy();
  });
  const socket = await openSocket(address, tls, (opened) => begun.push(opened));
  isOpen = true;
  return socket;
}
