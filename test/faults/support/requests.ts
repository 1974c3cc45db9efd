import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** Requests that are written before the first answer of them is read. */
const PIPELINED = 32;
const ANSWER = 'HTTP/1.1 200 OK\r\n';

/**
 * Sends one GET for each path over one connection, in that order; resolves when all are answered with 200.
 *
 * @param perSecond requests per second at most
 * @throws Error where the connection ends before that
 */
export async function request(
  port: number,
  paths: readonly string[],
  perSecond = Number.POSITIVE_INFINITY,
): Promise<void> {
  const startedMs = performance.now();
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    for (let from = 0; from < paths.length; from += PIPELINED) {
      const earlyMs = startedMs + (from / perSecond) * 1_000 - performance.now();
      if (earlyMs > 0) await sleep(earlyMs);
      const some = paths.slice(from, from + PIPELINED);
      socket.write(some.map((path) => `GET ${path} HTTP/1.1\r\nhost: app\r\n\r\n`).join(''));
      let text = '';
      while (text.split(ANSWER).length <= some.length || !text.endsWith('\r\n\r\n')) {
        const [chunk] = await once(socket, 'data', { signal: AbortSignal.timeout(30_000) });
        text += String(chunk);
      }
    }
  } finally {
    socket.destroy();
  }
}
