/**
 * A service that answers one request, its own, and writes to file descriptor 3 when that was: milliseconds since the
 * process started, and those of the request.
 */
import { writeSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';

const { createServer, get }: typeof import('node:http') = createRequire(import.meta.url)('node:http');

const server = createServer((_request, response) => response.end('ok'));
server.listen(0, '127.0.0.1', () => {
  const startMs = performance.now();
  get({ port: (server.address() as AddressInfo).port, host: '127.0.0.1' }, (response) => {
    response.resume().on('end', () => {
      const endMs = performance.now();
      writeSync(3, JSON.stringify([endMs, endMs - startMs]));
      // Without what the preload does at the end.
      process.kill(process.pid, 'SIGKILL');
    });
  });
});
