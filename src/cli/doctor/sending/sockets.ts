import { connect, type Socket } from 'node:net';
import { openSocket } from '../../../delivery/transport/socket/receiver-socket.ts';
import { hostAndPort } from '../../../options/otlp/host-and-port.ts';

/** A connection to a proxy that is asked for the resource itself. */
export async function toProxy(proxy: URL, timeoutMs: number): Promise<Socket> {
  try {
    return await opened(connect(hostAndPort(proxy)), 'connect', timeoutMs);
  } catch (error) {
    throw new Error(`the proxy ${proxy.host}: ${codeAndMessage(error).message}`);
  }
}

/** A connection through a proxy, with `CONNECT`. */
export async function throughProxy(url: URL, proxy: string, timeoutMs: number): Promise<Socket> {
  const begun: { destroy(): unknown }[] = [];
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    for (const opened of begun) opened.destroy();
  }, timeoutMs);
  const address = { ...hostAndPort(url), path: '', proxy };
  try {
    const socket = await openSocket(address, undefined, (opened) => begun.push(opened));
    return socket.ref();
  } catch (error) {
    if (!isLate) throw error;
    throw new Error(`the proxy ${new URL(proxy).host} does not answer within ${timeoutMs} ms`);
  } finally {
    clearTimeout(timer);
  }
}

/** Waits until it is connected. */
export function opened<S extends Socket>(
  socket: S,
  event: 'connect' | 'secureConnect',
  timeoutMs: number,
): Promise<S> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      const error = Object.assign(new Error(`no answer within ${timeoutMs} ms`), { code: 'ETIMEDOUT' });
      socket.destroy();
      reject(error);
    }, timeoutMs);
    const settle = (): void => clearTimeout(timer);
    socket.once(event, () => {
      settle();
      socket.off('error', fail);
      // The next owner of the socket adds its own listener. Without this one, a late error would end the process.
      socket.on('error', () => undefined);
      resolve(socket);
    });
    const fail = (error: Error): void => {
      settle();
      reject(error);
    };
    socket.once('error', fail);
  });
}

/** Where several addresses were tried, the error of the last one. */
export function codeAndMessage(error: unknown): { code: string; message: string } {
  const last: unknown = error instanceof AggregateError ? error.errors.at(-1) : error;
  const { code, message }: { code?: unknown; message?: unknown } = Object(last);
  return { code: typeof code === 'string' ? code : '', message: String(message ?? last) };
}
