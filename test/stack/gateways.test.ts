// The Collectors of examples/kubernetes as processes: two agents, two gateways, and services that serve all the time.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { startTcpProxy, type TcpProxy } from '../faults/support/tcp-proxy.ts';
import { keepRequesting, startAccountable } from './support/accountable.ts';
import { LokiClient } from './support/loki-client.ts';
import { startNameServer } from './support/name-server.ts';
import { agentPod, gatewayPod, linesReceived, type Pod } from './support/pods.ts';
import { poll } from './support/poll.ts';
import { describeStack, type Service } from './support/suite.ts';

/** The one that gateway.yaml names. */
const TENANT = 'shop';
/** Loki's answers are late, so that there are always records that it has taken and no gateway has acknowledged. */
const LOKI_AWAY_MS = 100;
/** Requests in a group, 20 groups a second. */
const TOGETHER = 20;
/** Records through a Collector before the next thing happens. */
const SOME = 300;
const ACCEPTED = 'receiver_accepted_log_records';

interface Scene {
  readonly gateways: readonly [Pod, Pod];
  readonly agents: readonly [Pod, Pod];
  /** Between the gateways and Loki. */
  readonly proxy: TcpProxy;
  /** Takes a gateway out of the Service, or all back into it. */
  ready(gateways: readonly Pod[]): void;
  /** Ends the services, and compares what they served with what Loki has. @returns what to tell */
  settle(): Promise<string>;
}

describeStack('two agents and two gateways of examples/kubernetes', (stack) => {
  async function start(t: TestContext): Promise<Scene> {
    const proxy = await startTcpProxy(t, Number(new URL(stack().lokiUrl).port), LOKI_AWAY_MS);
    const lokiUrl = `http://127.0.0.1:${proxy.port}`;
    const gateways = [await gatewayPod(t, lokiUrl), await gatewayPod(t, lokiUrl)] as const;
    for (const gateway of gateways) await gateway.start();
    const names = await startNameServer(t, gateways.map(addressOf));
    const agents = [await agentPod(t, names.authority), await agentPod(t, names.authority)] as const;
    const services: Service[] = [];
    for (const [index, agent] of agents.entries()) {
      await agent.start();
      services.push(await startAccountable(t, agent, { protocol: index === 0 ? 'grpc' : 'http/protobuf' }));
    }
    const receivedBefore = await linesReceived(stack());
    const traffics = services.map((service) => ({
      service,
      traffic: keepRequesting(service.port, '', TOGETHER),
    }));
    // Each agent uses both gateways.
    for (const gateway of gateways) await waitFor(gateway, ACCEPTED, (count) => count > SOME);
    // The alert CollectorDrops takes a failed export for a loss where there is a queue, and nowhere else.
    const capacities = [...agents, ...gateways].map((pod) => pod.metric('exporter_queue_capacity'));
    const haveQueues = (await Promise.all(capacities)).map((capacity) => capacity > 0);
    assert.deepEqual(haveQueues, [true, true, false, false]);

    return {
      gateways,
      agents,
      proxy,
      ready: (some) => {
        names.addresses = some.map(addressOf);
      },
      settle: async () => {
        const loki = new LokiClient(stack().lokiUrl, TENANT);
        let served = 0;
        let lines = 0;
        let events = 0;
        for (const { service, traffic } of traffics) {
          const paths = await traffic.stop();
          await service.stop('SIGINT');
          const query = `{service_name="${service.name}"} | keep url_path | line_format ""`;
          const found = await loki.waitFor(query, (all) => pathsOf(all).size >= paths.length, {
            timeoutMs: 60_000,
          });
          const arrived = pathsOf(found);
          assert.deepEqual(
            paths.filter((path) => !arrived.has(path)),
            [],
            service.name,
          );
          served += paths.length;
          lines += found.filter(({ metadata }) => metadata.url_path !== undefined).length;
          events += found.filter(({ metadata }) => metadata.url_path === undefined).length;
        }
        for (const agent of agents) {
          await waitFor(agent, 'exporter_queue_size', (size) => size === 0);
          assert.equal(await agent.metric('exporter_send_failed_log_records'), 0);
        }
        const again = (await linesReceived(stack())) - receivedBefore - served - events;
        return `${served} exchanges, 0 missing; ${again} records came to Loki twice, ${lines - served} are there twice`;
      },
    };
  }

  test('a gateway is killed under load: every record is in Loki', async (t) => {
    const { gateways, ready, settle } = await start(t);
    const [gateway, other] = gateways;
    await gateway.stop('SIGKILL');
    ready([other]);
    const accepted = await other.metric(ACCEPTED);
    await waitFor(other, ACCEPTED, (count) => count > accepted + SOME);
    await gateway.start();
    ready(gateways);
    await waitFor(gateway, ACCEPTED, (count) => count > SOME);
    t.diagnostic(await settle());
  });

  test('a gateway is killed while Loki takes nothing: every record is in Loki', async (t) => {
    const { gateways, agents, proxy, ready, settle } = await start(t);
    const [gateway, other] = gateways;
    proxy.hold();
    for (const agent of agents) {
      const accepted = await agent.metric(ACCEPTED);
      await waitFor(agent, ACCEPTED, (count) => count > accepted + SOME);
    }
    await gateway.stop('SIGKILL');
    ready([other]);
    proxy.reset();
    proxy.release();
    const accepted = await other.metric(ACCEPTED);
    await waitFor(other, ACCEPTED, (count) => count > accepted + SOME);
    t.diagnostic(await settle());
  });

  test('both gateways are gone, then an agent is killed: what it had taken is on its disk', async (t) => {
    const { gateways, agents, ready, settle } = await start(t);
    await Promise.all(gateways.map((gateway) => gateway.stop('SIGKILL')));
    ready([]);
    const [agent] = agents;
    const accepted = await agent.metric(ACCEPTED);
    await waitFor(agent, ACCEPTED, (count) => count > accepted + SOME);
    await agent.stop('SIGKILL');
    for (const gateway of gateways) await gateway.start();
    ready(gateways);
    await agent.start();
    await waitFor(agent, ACCEPTED, (count) => count > SOME);
    t.diagnostic(await settle());
  });
});

const addressOf = ({ address }: Pod): string => address;

function pathsOf(lines: readonly { readonly metadata: Readonly<Record<string, string>> }[]): Set<string> {
  return new Set(lines.flatMap(({ metadata: { url_path: path } }) => (path === undefined ? [] : [path])));
}

function waitFor(pod: Pod, metric: string, wanted: (value: number) => boolean): Promise<number> {
  const what = `${metric} of ${pod.address}`;
  return poll({ what, ask: () => pod.metric(metric), wanted, show: String, timeoutMs: 60_000 });
}
