import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ALERTED } from './support/dashboard-alerts.ts';
import {
  countBy,
  difference,
  quantile,
  sumBy,
  type Table,
  tableOf,
  total,
} from './support/dashboard-figures.ts';
import {
  type DashboardPanel,
  type Point,
  readDashboard,
  runPanel,
  type Series,
  type Source,
  type Variables,
} from './support/dashboard-grafana.ts';
import {
  type Batch,
  countOf,
  type SentTraffic,
  sendHeartbeats,
  sendTraffic,
} from './support/dashboard-traffic.ts';
import type { LogLine } from './support/loki-client.ts';
import { describeStack } from './support/suite.ts';

const STEP_SECONDS = 15;

const routeOf = ({ metadata }: LogLine): string =>
  metadata.http_route ?? `no route (${metadata.http_request_method})`;
const secondsOf = ({ metadata }: LogLine): number => Number(metadata.http_server_request_duration);
const keyOfBatch = ({ route, class: status }: Batch): string => `${route} ${status}`;
const isError = ({ class: status }: Batch): boolean => status === '5xx';

describeStack('the dashboard shows what was sent', (stack) => {
  const { panels } = readDashboard();
  const tested = new Set<string>();
  let sent: SentTraffic;
  let source: Source;
  let requests: LogLine[];
  const cleanUps: (() => Promise<void>)[] = [];

  before(async () => {
    const from = Math.floor(Date.now() / 1_000 / STEP_SECONDS) * STEP_SECONDS - STEP_SECONDS;
    sent = await sendTraffic({ after: (cleanUp) => cleanUps.push(cleanUp) }, stack());
    const everything = `{service_name="${sent.service}"}`;
    // A line is a request and those suppressed before it, an event as many as it counts: until all are there.
    const standsFor = ({ metadata }: LogLine): number =>
      Number(metadata.access_log_count ?? metadata.access_log_suppressed_before ?? 0) +
      (metadata.access_log_outcome === undefined ? 0 : 1);
    await stack().waitFor(
      everything,
      (lines) =>
        lines.filter(({ metadata }) => metadata.access_log_final === 'true').length === sent.served.length &&
        lines.reduce((sum, line) => sum + standsFor(line), 0) === countOf(sent.batches),
    );
    requests = await stack().query(`${everything} | access_log_outcome!=""`);
    const to = Math.ceil(Date.now() / 1_000 / STEP_SECONDS) * STEP_SECONDS + STEP_SECONDS;
    source = { lokiUrl: stack().lokiUrl, tenant: stack().tenant, from, to, step: STEP_SECONDS };
  });
  after(async () => {
    for (const cleanUp of cleanUps) await cleanUp();
  });

  function panelOf(title: string): DashboardPanel {
    const panel = panels.find((one) => one.title === title);
    assert.ok(panel, `a panel "${title}"`);
    tested.add(title);
    return panel;
  }

  function run(title: string, chosen: Partial<Variables> = {}): Promise<Series[][]> {
    const defaults = {
      service: [sent.service],
      route: '.*',
      outcome: '.*',
      slower_than: '0.5',
      trace_id: '',
    };
    return runPanel(panelOf(title), { ...defaults, ...chosen }, source);
  }

  /** Numbers of a panel by what its legend calls them. */
  async function numbers(title: string, chosen: Partial<Variables> = {}): Promise<Table> {
    const found = await run(title, chosen);
    return Object.fromEntries(
      panelOf(title).targets.map(({ legendFormat = '' }, index) => {
        assert.equal(found[index]?.length, 1, `${title}: ${legendFormat}`);
        return [legendFormat, found[index]?.[0]?.points[0]?.value ?? Number.NaN];
      }),
    );
  }

  /** By key of the ledger. */
  function suppressedByKey(): Table {
    const flooded = requests.filter(({ metadata }) => metadata.client_address === sent.flood[0]?.client);
    const kept = sumBy(
      flooded,
      (line) => `${routeOf(line)} ${line.metadata.http_response_status_code?.[0]}xx`,
      () => 1,
    );
    return difference(countBy(sent.flood, keyOfBatch), kept);
  }

  test('Requests', async () => {
    const suppressed = total(suppressedByKey());
    const all = countOf(sent.batches);
    // Half of the flood at least, and not all of it: otherwise this proves nothing.
    assert.ok(suppressed >= countOf(sent.flood) / 2 && suppressed < countOf(sent.flood), `${suppressed}`);
    assert.deepEqual(await numbers('Requests'), {
      requests: all,
      recorded: all - suppressed - sent.lost.count,
      suppressed,
      lost: sent.lost.count,
      '5xx': countOf(sent.batches.filter(isError)),
    });
    assert.equal(requests.length, all - suppressed - sent.lost.count);
  });

  test('Requests: of chosen routes, and of several services', async () => {
    const service = [sent.service, sent.otherService];
    const orders = sent.batches.filter(({ route }) => route.startsWith('/orders'));
    const { requests: both } = await numbers('Requests', { service, route: '/orders.*' });
    assert.equal(both, countOf(orders) + 6);
    const { requests: none } = await numbers('Requests', { service, route: '/ord' });
    assert.equal(none, 0);
    const { requests: unrouted } = await numbers('Requests', { route: 'no route.*' });
    assert.equal(unrouted, 3);
  });

  test('Requests by route and class', async () => {
    const [found] = await run('Requests by route and class');
    const perSecond = tableOf(found, 'route', 'class');
    // Every request is in exactly one step.
    const counts = Object.entries(perSecond).map(([key, rate]) => [key, Math.round(rate * STEP_SECONDS)]);
    assert.deepEqual(Object.fromEntries(counts), countBy(sent.batches, keyOfBatch));
  });

  test('Duration by route', async () => {
    const found = await run('Duration by route');
    for (const [index, q] of [0.5, 0.95, 0.99].entries()) {
      const series = found[index] ?? [];
      const routes = new Set(requests.map(routeOf));
      assert.deepEqual(series.map(({ labels }) => labels.route).sort(), [...routes].sort());
      for (const { labels, points } of series) {
        const expected = pointsOf(labels.route ?? '', q);
        assert.deepEqual(
          points.map(({ time }) => time),
          expected.map(({ time }) => time),
        );
        for (const [at, { value }] of points.entries()) {
          const wanted = expected[at]?.value ?? Number.NaN;
          assert.ok(Math.abs(value - wanted) < 1e-9, `p${q * 100} ${labels.route}: ${value} for ${wanted}`);
        }
      }
    }
  });

  /** What the durations in the lines come to, for each step that has any. */
  function pointsOf(route: string, q: number): Point[] {
    const points: Point[] = [];
    for (let time = source.from; time <= source.to; time += STEP_SECONDS) {
      const end = BigInt(time) * 1_000_000_000n;
      const start = end - BigInt(STEP_SECONDS) * 1_000_000_000n;
      const values = requests
        .filter((line) => routeOf(line) === route && line.timestamp > start && line.timestamp <= end)
        .map(secondsOf);
      if (values.length > 0) points.push({ time, value: quantile(q, values) });
    }
    return points;
  }

  test('Ended otherwise', async () => {
    const [found] = await run('Ended otherwise');
    assert.deepEqual(tableOf(found, 'access_log_outcome'), { aborted: 3, timeout: 2 });
    const [rows] = await run('Ended otherwise, by route');
    assert.deepEqual(tableOf(rows, 'access_log_outcome', 'route', 'error_type'), {
      'aborted /reports/:year aborted': 3,
      'timeout /orders ERR_HTTP_REQUEST_TIMEOUT': 2,
    });
  });

  test('Ended otherwise: of chosen outcomes', async () => {
    const [found] = await run('Ended otherwise', { outcome: 'timeout|rejected' });
    assert.deepEqual(tableOf(found, 'access_log_outcome'), { timeout: 2 });
    const [series = []] = await run('Failed requests', { outcome: 'aborted' });
    assert.equal(series.flatMap(({ lines }) => lines).length, 3);
  });

  test('Top clients', async () => {
    const [rows] = await run('Top clients');
    const recorded = countBy(
      sent.batches.filter((batch) => batch !== sent.lost),
      ({ client }) => client,
    );
    const flooding = sent.flood[0]?.client ?? '';
    recorded[flooding] = (recorded[flooding] ?? 0) - total(suppressedByKey());
    assert.deepEqual(tableOf(rows, 'client_address'), recorded);
  });

  test('Suppressed and lost', async () => {
    const suppressed = suppressedByKey();
    const [found] = await run('Suppressed and lost');
    assert.deepEqual(tableOf(found, 'what'), { suppressed: total(suppressed), lost: sent.lost.count });
    const [rows] = await run('Suppressed and lost, by route and class');
    const expected = Object.entries(suppressed).map(([key, count]) => [
      `suppressed ${key} rate limit`,
      count,
    ]);
    assert.deepEqual(tableOf(rows, 'what', 'route', 'class', 'reason'), {
      ...Object.fromEntries(expected),
      [`lost ${keyOfBatch(sent.lost)} 403`]: sent.lost.count,
    });
  });

  test('Totals', async () => {
    const { pending = 0, delivered = 0, ...sums } = await numbers('Totals of all processes');
    const served = sent.served.reduce((sum, count) => sum + count, 0);
    const suppressed = total(suppressedByKey());
    const kept = served - sent.ignored - suppressed;
    assert.deepEqual(sums, { served, ignored: sent.ignored, suppressed, kept, lost: sent.lost.count });
    // The last heartbeat of a process is written before its last export.
    assert.equal(pending + delivered, kept - sent.lost.count);

    const [rows] = await run('Totals by process');
    const servedBy = tableOf(
      rows?.filter(({ labels }) => labels.total === 'served'),
      'access_log_process_id',
    );
    assert.deepEqual(Object.values(servedBy).sort(), sent.served.toSorted());
    assert.deepEqual(difference(await numbers('Totals of all processes'), tableOf(rows, 'total')), {});
  });

  test('Heartbeats that add up, and one that does not', async () => {
    const title = 'Heartbeats that add up';
    const heartbeats = `{service_name="${sent.service}"} | access_log_event="heartbeat"`;
    const { length } = await stack().query(heartbeats);
    assert.ok(length >= sent.served.length, `${length} heartbeats`);
    assert.deepEqual(await numbers(title), { 'add up': length, 'do not': 0 });
    const service = ['wrong-sums'];
    const good = { served: 9, ignored: 1, suppressed: 2, kept: 6, delivered: 3, lost: 2, pending: 1 };
    await sendHeartbeats(stack(), service[0] ?? '', [
      good,
      { ...good, served: 10 },
      { ...good, pending: 0 },
      // Where an SDK delivers, nothing is known of it.
      { served: 9, ignored: 1, suppressed: 2, kept: 6 },
    ]);
    assert.deepEqual(await numbers(title, { service }), { 'add up': 2, 'do not': 2 });
  });

  test('Slowest requests', async () => {
    const slow = (seconds: number): string[] =>
      requests.filter((line) => secondsOf(line) >= seconds).map(({ line }) => line);
    const found = async (slowerThan: string): Promise<string[]> => {
      const [series = []] = await run('Slowest requests', { slower_than: slowerThan });
      return series.flatMap(({ lines }) => lines).sort();
    };
    assert.deepEqual(await found('0.5'), slow(0.5).sort());
    assert.deepEqual(await found('0.02'), slow(0.02).sort());
    // Two reports that take their time, two uploads that never end.
    assert.equal(slow(0.5).length, 4);
  });

  test('Failed requests', async () => {
    const [series = []] = await run('Failed requests');
    const failed = sumBy(
      series.filter(({ labels }) => labels.access_log_outcome !== 'completed'),
      ({ labels }) => labels.access_log_outcome ?? '',
      ({ lines }) => lines.length,
    );
    assert.deepEqual(failed, { aborted: 3, timeout: 2 });
    assert.equal(series.flatMap(({ lines }) => lines).length, countOf(sent.batches.filter(isError)) + 5);
  });

  test('One request by its trace id', async () => {
    const title = 'One request by its trace id';
    const [request] = requests;
    const [found = []] = await run(title, { trace_id: request?.metadata.trace_id ?? '' });
    assert.deepEqual(
      found.flatMap(({ lines }) => lines),
      [request?.line],
    );
    assert.deepEqual(await run(title, { trace_id: '' }), [[]]);
  });

  test('AccessLogLost', async () => {
    const [series = []] = await run('AccessLogLost', { service: [sent.service, sent.otherService] });
    const most = series.map(({ labels, points }) => [
      labels.service_name,
      Math.max(...points.map(({ value }) => value)),
    ]);
    assert.deepEqual(most, [[sent.service, sent.lost.count]]);
  });

  // Each of the other alerts, by heartbeats: they take minutes.
  for (const { alert, totals, minutesAgo = [], attributes, value } of ALERTED) {
    test(alert, async () => {
      const ill = `${alert}-ill`;
      await sendHeartbeats(stack(), ill, totals, {
        minutesAgo,
        attributes: { process_id: ill, ...attributes },
      });
      const [series = []] = await run(alert, { service: [ill, sent.service, sent.otherService] });
      assert.deepEqual(
        series.map(({ labels, points }) => [labels.service_name, points.at(-1)?.value]),
        [[ill, value]],
      );
    });
  }

  test('no panel is left out', () => {
    assert.deepEqual(panels.map(({ title }) => title).sort(), [...tested].sort());
  });
});
