// Requests to a service, by several keep-alive clients at once.
import { Agent, get } from 'node:http';

const CONNECTIONS = 4;
const TIMEOUT_MS = 30_000;

/**
 * Sends one GET for each path and resolves to their status codes, in the order of the paths.
 *
 * @throws Error where one of them is not answered
 */
export async function send(port: number, paths: readonly string[]): Promise<number[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  try {
    return await Promise.all(paths.map((path) => statusOf(port, path, agent)));
  } finally {
    agent.destroy();
  }
}

/** Requests that go on. */
export interface Traffic {
  /** Resolves to the number of requests, when the last one is answered. @throws Error where one was not */
  stop(): Promise<number>;
}

/** Sends the same request again and again, until it is stopped. */
export function keepSending(port: number, path: string): Traffic {
  let goesOn = true;
  const client = async (): Promise<number> => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    let count = 0;
    try {
      for (; goesOn; count++) await statusOf(port, path, agent);
    } finally {
      agent.destroy();
    }
    return count;
  };
  // Whoever fails is heard of in `stop`.
  const clients = Promise.allSettled(Array.from({ length: CONNECTIONS }, client));
  return {
    stop: async () => {
      goesOn = false;
      let total = 0;
      for (const ended of await clients) {
        if (ended.status === 'rejected') throw ended.reason;
        total += ended.value;
      }
      return total;
    },
  };
}

function statusOf(port: number, path: string, agent: Agent): Promise<number> {
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    get({ host: '127.0.0.1', port, path, agent, signal }, (response) => {
      const status = response.statusCode ?? 0;
      response.once('end', () => resolve(status)).once('error', reject);
      response.resume();
    }).once('error', reject);
  });
}
