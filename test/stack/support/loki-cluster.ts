// Several processes of Loki that are one, with docker/loki-cluster.yaml, and the one address in front of them.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { listen } from '../../support/listen.ts';
import type { TestOwner } from '../../support/owner.ts';
import { buildStack } from '../build.ts';
import { removeAtExit, withFreePorts } from './daemon.ts';
import { LokiProcess } from './loki-process.ts';
import { poll } from './poll.ts';

const HOST = '127.0.0.1';

export interface LokiCluster {
  readonly members: readonly LokiProcess[];
  /** Its requests go to the members in turn, as those to a Service of Kubernetes do. */
  readonly url: string;
  /** All at once, and waits until each of them sees all. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** @param env for the object store that they share */
export async function startLokiCluster(
  owner: TestOwner,
  env: Readonly<Record<string, string>>,
): Promise<LokiCluster> {
  const { loki: binary } = await buildStack();
  const folder = mkdtempSync(join(tmpdir(), 'otel-access-log-loki-cluster-'));
  removeAtExit(folder);
  return withFreePorts(9, async (ports) => {
    const gossip = ports.slice(6);
    const members = gossip.map((port, index) => {
      const variables = {
        LOKI_INSTANCE_ID: `loki-${index}`,
        LOKI_INSTANCE_ADDR: HOST,
        LOKI_GOSSIP_PORT: String(port),
        LOKI_CLUSTER_MEMBERS: gossip.map((one) => `${HOST}:${one}`).join(','),
        ...env,
      };
      const [http = 0, grpc = 0] = ports.slice(2 * index);
      return new LokiProcess(binary, folder, { http, grpc }, { config: 'loki-cluster.yaml', env: variables });
    });
    const start = async (): Promise<void> => {
      await Promise.all(members.map((member) => member.start()));
      await Promise.all(members.map((member) => waitForRing(member, members.length)));
    };
    const stop = async (): Promise<void> => {
      await Promise.all(members.map((member) => member.stop()));
    };
    try {
      await start();
    } catch (error) {
      await stop();
      throw error;
    }
    owner.after(async () => {
      await stop();
      rmSync(folder, { recursive: true, force: true });
    });
    const url = `http://${await listen(owner, inTurn(members.map((member) => member.url)))}`;
    return { members, url, start, stop };
  });
}

/** Waits until the process sees so many ingesters that take lines. */
function waitForRing({ url }: LokiProcess, size: number): Promise<number> {
  return poll({
    what: `${size} active ingesters in the ring of ${url}`,
    ask: async () => {
      const answer = await fetch(`${url}/ring`, { headers: { accept: 'application/json' } });
      assert.equal(answer.status, 200);
      const { shards } = (await answer.json()) as { shards: readonly { state: string }[] | null };
      return (shards ?? []).filter(({ state }) => state === 'ACTIVE').length;
    },
    wanted: (active) => active === size,
    show: String,
  });
}

/** Hands each request to the next target; where that one is not there, the client gets a 502. */
function inTurn(targets: readonly string[]): ReturnType<typeof createServer> {
  let next = 0;
  return createServer((incoming, response) => {
    const target = targets[next++ % targets.length] ?? '';
    const { method, headers, url = '' } = incoming;
    const forwarded = request(new URL(url, target), { method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    forwarded.once('error', () => {
      if (response.headersSent) response.destroy();
      else response.writeHead(502).end();
    });
    incoming.pipe(forwarded);
  });
}
