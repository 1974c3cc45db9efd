import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { connect, type Socket } from 'node:net';
import type { TestOwner } from './owner.ts';

/** A proxy that takes `CONNECT` (RFC 9110 section 9.3.6) and carries bytes. */
export interface ConnectProxy {
  /** `host:port` */
  readonly host: string;
  /** What was asked for: target, `host` and `proxy-authorization`. */
  readonly asked: readonly (readonly [target: string, host: string, credentials: string | undefined])[];
  /** How the next are answered. Default 200. */
  status: number;
}

/** A proxy on a free port of 127.0.0.1 that is closed when the test ends. */
export async function startConnectProxy(owner: TestOwner): Promise<ConnectProxy> {
  const asked: [string, string, string | undefined][] = [];
  const sockets = new Set<Socket>();
  const proxy = { host: '', asked, status: 200 };
  const server = createServer((_request, response) => response.writeHead(405).end());
  server.on('connection', (socket) => sockets.add(socket));
  server.on('connect', ({ url = '', headers }, socket) => {
    asked.push([url, headers.host ?? '', headers['proxy-authorization']]);
    socket.on('error', () => undefined);
    if (proxy.status !== 200) {
      socket.end(`HTTP/1.1 ${proxy.status} No\r\n\r\n`);
      return;
    }
    const { hostname, port } = new URL(`http://${url}`);
    const upstream = connect(Number(port), hostname, () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      upstream.pipe(socket).pipe(upstream);
    });
    sockets.add(upstream.on('error', () => socket.destroy()));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  owner.after(async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const address = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  proxy.host = `127.0.0.1:${address.port}`;
  return proxy;
}
