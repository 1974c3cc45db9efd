import { createServer } from 'node:net';

/**
 * Resolves where the port can be listened on.
 * @throws Error with `code` (`EADDRINUSE`, `EACCES`) where it cannot
 */
function probePort(host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(port, host, () => server.close(() => resolve()));
  });
}

/**
 * Calls `start` with 0, `step`, 2 × `step` … until it does not fail with a port in use.
 * @throws the error of `start`: any other at once, `EADDRINUSE` after the last attempt
 */
export async function stepOverPortsInUse<T>(
  start: (offset: number) => Promise<T>,
  { step = 1, attempts = 50 }: { readonly step?: number; readonly attempts?: number } = {},
): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await start(attempt * step);
    } catch (error) {
      if (!isPortInUse(error) || attempt + 1 >= attempts) throw error;
    }
  }
}

/** The first free port from `from` on. Another process may still take it afterwards. */
export function firstFreePort(host: string, from: number): Promise<number> {
  return stepOverPortsInUse(async (offset) => {
    await probePort(host, from + offset);
    return from + offset;
  });
}

function isPortInUse(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
}
