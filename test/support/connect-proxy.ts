import { createServer, request as forward } from 'node:http';
import { connect } from 'node:net';
import { listen } from './listen.ts';
import type { TestOwner } from './owner.ts';

/** A proxy that takes `CONNECT` (RFC 9110 section 9.3.6) and the absolute form (RFC 9112 section 3.2.2). */
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
  const proxy = { host: '', asked, status: 200 };
  const server = createServer((request, response) => {
    const { url = '', method, headers } = request;
    const { host = '', 'proxy-authorization': credentials, ...others } = headers;
    if (!URL.canParse(url)) return void response.writeHead(400).end();
    asked.push([url, host, credentials]);
    if (proxy.status !== 200) {
      request.resume();
      return void response.writeHead(proxy.status).end();
    }
    const onward = forward(url, { method, agent: false, headers: { ...others, host } }, (answer) => {
      response.writeHead(answer.statusCode ?? 0, answer.headers);
      answer.pipe(response);
    });
    onward.on('error', () => response.destroy());
    request.pipe(onward);
  });
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
    upstream.on('error', () => socket.destroy());
    socket.once('close', () => upstream.destroy());
  });
  proxy.host = await listen(owner, server);
  return proxy;
}
