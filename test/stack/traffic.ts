// Requests to a service, by several keep-alive clients at once.
import { Agent, get } from 'node:http';

/** Sends one GET for each path and resolves to their status codes, in the order of the paths. */
export async function send(port: number, paths: readonly string[], connections = 4): Promise<number[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  try {
    return await Promise.all(paths.map((path) => statusOf(port, path, agent)));
  } finally {
    agent.destroy();
  }
}

function statusOf(port: number, path: string, agent: Agent): Promise<number> {
  return new Promise((resolve, reject) => {
    get({ host: '127.0.0.1', port, path, agent }, (response) => {
      response
        .once('end', () => resolve(response.statusCode ?? 0))
        .once('error', reject)
        .resume();
    }).once('error', reject);
  });
}
