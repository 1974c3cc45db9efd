/** A process that listens, tells its port, and never takes a connection. */
import { writeSync } from 'node:fs';
import { createServer } from 'node:net';

const server = createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
  const address = server.address();
  if (typeof address === 'object') writeSync(1, `${address?.port}\n`);
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
});
