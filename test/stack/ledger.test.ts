import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Stack } from './support/stack.ts';
import {
  describeStack,
  requestLines,
  requestsOf,
  type Service,
  startService,
  tableOf,
} from './support/suite.ts';
import { send } from './support/traffic.ts';

const ROUTES = ['/orders/:id', '/items/:name', '/reports/:year'];
const STATUSES = [200, 404, 500];
const HEALTH_CHECKS = 20;

/** Every route with every status in turns; 300 of 20 ms each by 4 clients last until tokens have come back. */
const MIX = Array.from({ length: 300 }, (_, index) => {
  const path = ROUTES[index % 3]?.replace(/:\w+$/, String(index));
  return `${path}?wait_ms=20&status=${STATUSES[Math.floor(index / 3) % 3]}`;
});
const RATE = 5;
const TIGHT = {
  ACCESS_LOG_RATE: `${RATE}`,
  ACCESS_LOG_BURST: `${RATE}`,
  ACCESS_LOG_ERROR_RATE: `${RATE}`,
  ACCESS_LOG_ERROR_BURST: `${RATE}`,
  ACCESS_LOG_SHARE: '1',
};

/** The mix by the keys of the ledger: `/orders/:id 2xx` and so on. */
function sentByKey(): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const index of MIX.keys()) {
    const status = STATUSES[Math.floor(index / 3) % 3] ?? 0;
    const key = `${ROUTES[index % 3]} ${Math.floor(status / 100)}xx`;
    counts[key] = (counts[key] ?? 0) + 1;
  }
  return counts;
}

/** Serves the mix and some health checks that are not recorded, and ends. */
async function serveMix(service: Service): Promise<void> {
  const paths = [...MIX, ...Array.from({ length: HEALTH_CHECKS }, () => '/healthz')];
  const statuses = await send(service.port, paths);
  const wanted = paths.map((path) => Number(/status=(\d+)/.exec(path)?.[1] ?? '200'));
  assert.deepEqual(statuses, wanted);
  await service.stop();
}

/** The parts of the ledger in LogQL, each by the labels given; in all: 0 where there is nothing of it. */
function ledgerQueries(
  service: Service,
  ...by: readonly string[]
): Record<'lines' | 'before' | 'events', string> {
  const statusClass = '{{ substr 0 1 .http_response_status_code }}xx';
  const requests = `${requestsOf(service)} | label_format access_log_status_class="${statusClass}"`;
  const events = `{service_name="${service.name}"} | access_log_event="suppressed"`;
  const sum = (inner: string): string =>
    by.length === 0 ? `sum(${inner}) or vector(0)` : `sum by (${by}) (${inner})`;
  return {
    lines: sum(`count_over_time(${requests} [5m])`),
    before: sum(`sum_over_time(${requests} | unwrap access_log_suppressed_before [5m])`),
    events: sum(`sum_over_time(${events} | unwrap access_log_count [5m])`),
  };
}

/** Requests by route: a line is itself and those suppressed before it, an event as many as it counts. */
function accountedQuery(service: Service): string {
  const ofLine = '{{ add 1 (int .access_log_suppressed_before) }}';
  const accounted = `{{ if .access_log_count }}{{ .access_log_count }}{{ else }}${ofLine}{{ end }}`;
  // Not `access_log_event=~"|suppressed"`: a matcher with `=~` does not match where there is no such attribute.
  const all = `{service_name="${service.name}"} | access_log_outcome!="" or access_log_count!=""`;
  const unwrapped = `${all} | label_format accounted=\`${accounted}\` | unwrap accounted | __error__=""`;
  return `sum by (http_route) (sum_over_time(${unwrapped} [5m]))`;
}

/** A total of the last heartbeat. */
function total(service: Service, name: string): string {
  const lastWords = `{service_name="${service.name}"} | access_log_final="true"`;
  return `sum(max_over_time(${lastWords} | unwrap access_log_total_${name} [5m]))`;
}

async function numberOf(stack: Stack, logql: string): Promise<number | undefined> {
  const [sample] = await stack.queryInstant(logql);
  return sample?.value;
}

describeStack('the ledger, checked in Loki', (stack) => {
  for (const { title, limits, isTight } of [
    { title: 'under a tight limit', limits: TIGHT, isTight: true },
    { title: 'where nothing is suppressed', limits: {}, isTight: false },
  ]) {
    test(`${title}, every request is a line or is counted in one`, async (t) => {
      const service = await startService(t, {
        endpoint: stack().grpcEndpoint,
        env: { ACCESS_LOG_IGNORE: '/healthz', ...limits },
      });
      await serveMix(service);
      assert.equal(service.stderr, '');
      const lastWords = `{service_name="${service.name}"} | access_log_final="true"`;
      const [heartbeat] = await stack().waitFor(lastWords, ({ length }) => length > 0);
      const kept = Number(heartbeat?.metadata.access_log_total_kept);
      const lines = await requestLines(stack(), service, kept);

      if (isTight) {
        const [first, last] = [lines.at(0)?.timestamp ?? 0n, lines.at(-1)?.timestamp ?? 0n];
        const seconds = Number(last - first) / 1e9;
        const most = Math.floor(2 * RATE + 2 * RATE * seconds);
        assert.ok(kept <= most, `${kept} lines in ${seconds} s, at most ${most} allowed`);
      } else {
        assert.equal(kept, MIX.length);
      }

      await t.test('in all', async () => {
        const all = ledgerQueries(service);
        const { before, events } = all;
        for (const carried of [before, events]) {
          const value = (await numberOf(stack(), carried)) ?? Number.NaN;
          assert.equal(value > 0, isTight, `${carried} is ${value}`);
        }
        assert.equal(await numberOf(stack(), `(${all.lines}) + (${before}) + (${events})`), MIX.length);
      });

      await t.test('for each key', async () => {
        const by = ['http_route', 'access_log_status_class'];
        const found: Record<string, number> = {};
        for (const query of Object.values(ledgerQueries(service, ...by))) {
          for (const [key, value] of Object.entries(tableOf(await stack().queryInstant(query), ...by))) {
            found[key] = (found[key] ?? 0) + value;
          }
        }
        assert.deepEqual(found, sentByKey());
      });

      await t.test('for each route, in one query', async () => {
        const found = tableOf(await stack().queryInstant(accountedQuery(service)), 'http_route');
        assert.deepEqual(found, Object.fromEntries(ROUTES.map((route) => [route, MIX.length / 3])));
      });

      await t.test('as the last heartbeat says', async () => {
        const { lines: counted, before, events } = ledgerQueries(service);
        const of = (name: string): string => total(service, name);
        const equations = [
          {
            logql: `${of('served')} == ${of('ignored')} + ${of('suppressed')} + ${of('kept')}`,
            value: MIX.length + HEALTH_CHECKS,
          },
          { logql: of('ignored'), value: HEALTH_CHECKS },
          { logql: `${of('kept')} == (${counted})`, value: kept },
          { logql: `${of('suppressed')} == (${before}) + (${events})`, value: MIX.length - kept },
          { logql: `${of('kept')} == ${of('delivered')} + ${of('lost')} + ${of('pending')}`, value: kept },
          { logql: of('lost'), value: 0 },
        ];
        for (const { logql, value } of equations) {
          assert.equal(await numberOf(stack(), logql), value, logql);
        }
      });
    });
  }
});
