// Each alert of docker/loki-rules, in the ruler of a real Loki: it fires for a service that has what it is about, and for
// no other.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TestOwner } from '../support/owner.ts';
import {
  type Alertmanager,
  LOKI_RULES,
  PROMETHEUS_RULES,
  readAlertRules,
  shortenedRules,
  startAlertmanager,
} from './support/alert-rules.ts';
import { startLeakyReceiver } from './support/leaky-receiver.ts';
import { poll } from './support/poll.ts';
import type { Stack } from './support/stack.ts';
import { describeStack, type Service, startService } from './support/suite.ts';
import { send } from './support/traffic.ts';

const MINUTE_MS = 2_000;
const TENANT = 'tenant-of-tests';

const cleanUps: (() => Promise<void>)[] = [];
const owner: TestOwner = { after: (cleanUp) => cleanUps.unshift(cleanUp) };
let alertmanager: Alertmanager;
/** Requests that failed: told where an alert is missing. */
const failures: string[] = [];

type Env = Readonly<Record<string, string>>;

const JSON_EXPORTS: Env = { OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json' };
/** Suppresses everything but errors. */
const NOTHING_BUT_ERRORS: Env = {
  ACCESS_LOG_RATE: '0',
  ACCESS_LOG_BURST: '1',
  ACCESS_LOG_SHARE: '1',
  ACCESS_LOG_DEGRADE: 'off',
};
const NO_REQUEST = (): boolean => false;

interface Scene {
  /** Alerts that fire for its service, and no others. */
  readonly fires: readonly string[];
  /** Resolves to the service that has it, when what it is about has happened. */
  readonly play: (stack: Stack) => Promise<Service>;
}

function start(endpoint: string, env: Env = {}): Promise<Service> {
  return startService(owner, {
    fixture: 'short-minutes.mjs',
    endpoint,
    env: { SHORT_MINUTE_MS: String(MINUTE_MS), OTEL_BLRP_SCHEDULE_DELAY: '100', ...env },
  });
}

/** Sends these requests again and again, until the tests are over. */
async function serve(service: Service, ...paths: readonly string[]): Promise<Service> {
  let goesOn = true;
  const sending = (async () => {
    while (goesOn) {
      await send(service.port, paths).catch((error: unknown) => failures.push(`${service.name}: ${error}`));
      await sleep(100);
    }
  })();
  owner.after(async () => {
    goesOn = false;
    await sending;
  });
  return service;
}

/** A service whose requests leak on their way to Loki. */
async function leaky(stack: Stack, leaks: (kind: string) => boolean, env: Env = {}) {
  const receiver = await startLeakyReceiver(owner, stack.httpEndpoint, leaks);
  const service = await start(receiver.endpoint, { ...JSON_EXPORTS, ...env });
  return { receiver, service };
}

/** Loses five records, which its receiver refuses. */
async function losing(stack: Stack, leaks: (kind: string) => boolean): Promise<Service> {
  const { receiver, service } = await leaky(stack, leaks);
  await send(service.port, ['/']);
  await poll({
    what: 'a heartbeat before the loss',
    ask: async () => receiver.kinds,
    wanted: (kinds) => kinds.includes('heartbeat'),
    show: String,
  });
  receiver.answer(403);
  await send(
    service.port,
    Array.from({ length: 5 }, () => '/'),
  );
  await service.waitFor(/records? lost\)/);
  receiver.answer(undefined);
  return service;
}

async function heartbeats(stack: Stack, service: Service, count: number): Promise<void> {
  const query = `{service_name="${service.name}"} | access_log_event="heartbeat"`;
  await stack.waitFor(query, ({ length }) => length >= count);
}

const SCENES: Readonly<Record<string, Scene>> = {
  'all is well': {
    fires: [],
    play: async (stack) => serve(await start(stack.grpcEndpoint), '/', '/?status=500'),
  },
  'records are lost, as events say': {
    fires: ['AccessLogLost'],
    play: (stack) => losing(stack, (kind) => kind === 'heartbeat'),
  },
  'records are lost, as totals say': {
    fires: ['AccessLogLost'],
    play: (stack) => losing(stack, (kind) => kind === 'lost'),
  },
  'records come late': {
    fires: [],
    play: async (stack) => {
      const { receiver, service } = await leaky(stack, NO_REQUEST);
      await serve(service, '/');
      await heartbeats(stack, service, 1);
      receiver.answer(503);
      await sleep(MINUTE_MS);
      receiver.answer(undefined);
      return service;
    },
  },
  'most is suppressed': {
    fires: ['AccessLogSuppressed'],
    play: async (stack) =>
      serve(await start(stack.grpcEndpoint, NOTHING_BUT_ERRORS), '/', '/', '/?status=500'),
  },
  'a tenth is suppressed': {
    fires: [],
    play: async (stack) => {
      const service = await start(stack.grpcEndpoint, NOTHING_BUT_ERRORS);
      return serve(service, '/', ...Array.from({ length: 9 }, () => '/?status=500'));
    },
  },
  'errors mode': {
    fires: ['AccessLogDegraded', 'AccessLogSuppressed'],
    play: async (stack) => {
      const env = {
        ...NOTHING_BUT_ERRORS,
        ACCESS_LOG_RATE: '1',
        ACCESS_LOG_DEGRADE: 'on',
        ACCESS_LOG_DEGRADE_AFTER_MS: '1000',
      };
      return serve(await start(stack.grpcEndpoint, env), '/');
    },
  },
  'the last process ended in order': {
    fires: ['AccessLogSilent'],
    play: async (stack) => {
      const service = await start(stack.grpcEndpoint);
      await send(service.port, ['/']);
      await heartbeats(stack, service, 3);
      await service.stop();
      return service;
    },
  },
  'one process was killed, another ended in order, a third goes on': {
    fires: ['AccessLogProcessDied'],
    play: async (stack) => {
      const third = await serve(await start(stack.grpcEndpoint), '/');
      const ends = ['SIGTERM', 'SIGKILL'] as const;
      for (const signal of ends) {
        const service = await start(stack.grpcEndpoint, { OTEL_SERVICE_NAME: third.name });
        await send(service.port, ['/']);
        await service.waitFor(/listening/);
        await sleep(1.5 * MINUTE_MS);
        await service.stop(signal);
      }
      return third;
    },
  },
  'half of the lines are missing': {
    fires: ['AccessLogGap'],
    play: async (stack) => {
      let count = 0;
      const { service } = await leaky(stack, (kind) => kind === 'completed' && ++count % 2 === 0);
      return serve(service, '/');
    },
  },
  'every line is missing': {
    fires: ['AccessLogGap'],
    play: async (stack) => {
      const { service } = await leaky(stack, (kind) => kind === 'completed');
      return serve(service, '/');
    },
  },
};

/** Names of alerts by the service that they fired for. */
function fired(): Record<string, string[]> {
  const byService: Record<string, Set<string>> = {};
  for (const { labels } of alertmanager.alerts) {
    const { service_name: service = '', alertname = '' } = labels;
    byService[service] = (byService[service] ?? new Set()).add(alertname);
  }
  return Object.fromEntries(
    Object.entries(byService).map(([service, names]) => [service, [...names].sort()]),
  );
}

describeStack(
  'the alerts of the Loki ruler',
  (stack) => {
    const services = new Map<string, Service>();
    before(async () => {
      const playing = Object.entries(SCENES).map(async ([scene, { play }]) => {
        services.set(scene, await play(stack()));
      });
      await Promise.all(playing);
      await poll({
        what: 'every alert, at the Alertmanager',
        ask: async () => fired(),
        wanted: (byService) =>
          Object.entries(SCENES).every(([scene, { fires }]) =>
            fires.every((name) => byService[services.get(scene)?.name ?? '']?.includes(name)),
          ),
        show: (byService) =>
          Object.keys(SCENES)
            .map((scene) => `${scene}: ${byService[services.get(scene)?.name ?? ''] ?? 'nothing'}`)
            .concat(failures)
            .join('\n'),
        timeoutMs: 60_000,
      });
    });
    after(async () => {
      for (const cleanUp of cleanUps) await cleanUp();
    });

    for (const [scene, { fires }] of Object.entries(SCENES)) {
      test(`${scene}: ${fires.join(', ') || 'no alert'}`, () => {
        assert.deepEqual(fired()[services.get(scene)?.name ?? ''] ?? [], fires);
      });
    }

    test('Logs Drilldown has what it asks for: volumes, fields, patterns', async () => {
      const query = `{service_name="${services.get('all is well')?.name}"}`;
      const ask = async (path: string): Promise<string> => {
        const answer = await fetch(
          `${stack().lokiUrl}/loki/api/v1/${path}?${new URLSearchParams({ query })}`,
          {
            headers: { 'X-Scope-OrgID': TENANT },
          },
        );
        return `${answer.status} ${await answer.text()}`;
      };
      assert.match(await ask('index/volume'), /^200 .*"service_name":"service-/);
      assert.match(await ask('detected_fields'), /^200 .*"label":"http_response_status_code"/);
      await poll({
        what: 'the pattern of the lines',
        ask: () => ask('patterns'),
        wanted: (found) => /^200 .*"pattern":"GET \/ /.test(found),
        show: String,
      });
    });

    test('the alerts of Prometheus name metrics that Collector and Loki have', async () => {
      const metrics = async (url: string): Promise<string[]> =>
        (await (await fetch(url)).text()).split('\n').map((line) => line.split(/[{ ]/)[0] ?? '');
      const known = [
        ...(await metrics(`${stack().lokiUrl}/metrics`)),
        ...(await stack().collectorMetrics()).keys(),
      ];
      // These are there from their first count on: tenant.test.ts and docs-late-lines.test.ts see them.
      const later =
        /^(?:loki_discarded_samples_total|otelcol_(?:receiver_refused|exporter_send_failed)_log_records)$/;
      const named = readAlertRules(PROMETHEUS_RULES).flatMap(
        ({ expr }) => expr.match(/\b(?:loki|otelcol)_\w+/g) ?? [],
      );
      assert.deepEqual(
        named.filter((name) => !known.includes(name) && !later.test(name)),
        [],
      );
    });

    test('no alert is left out', () => {
      const names = readAlertRules(LOKI_RULES).map(({ alert }) => alert);
      assert.deepEqual(
        [...new Set(Object.values(SCENES).flatMap(({ fires }) => fires))].sort(),
        names.sort(),
      );
    });
  },
  async () => {
    alertmanager = await startAlertmanager(owner);
    return {
      loki: {
        env: {
          LOKI_RULES_DIR: shortenedRules(TENANT, MINUTE_MS),
          LOKI_ALERTMANAGER_URL: alertmanager.url,
        },
      },
    };
  },
);
