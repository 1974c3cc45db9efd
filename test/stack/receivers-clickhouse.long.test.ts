import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { inRepo } from '../support/repo-root.ts';
import { buildReceiversCollector } from './build.ts';
import { type ClickHouse, clickHouseMissing, type Row, startClickHouse } from './support/clickhouse.ts';
import { blockQueriesOf } from './support/docs-queries.ts';
import { poll } from './support/poll.ts';
import {
  assertOrder,
  type Shop,
  SLOW_SECONDS,
  serveFromProcesses,
  serveRequests,
} from './support/receivers.ts';
import { type Collector, startCollectorWith } from './support/stack.ts';
import { describeWithGo } from './support/suite.ts';

const PROCESSES = 4;

const missing = clickHouseMissing();
if (missing === undefined) describeWithGo('ClickHouse and files, behind the Collector', define);
else test('ClickHouse and files, behind the Collector', { skip: missing }, () => undefined);

function define(): void {
  const folder = mkdtempSync(join(tmpdir(), 'otel-access-log-files-'));
  const file = join(folder, 'access.jsonl');
  let clickHouse: ClickHouse;
  let collector: Collector;
  before(async () => {
    clickHouse = await startClickHouse();
    // One Collector writes all three: the table with maps, the one with JSON, and the file.
    const config = inRepo('docker/receivers');
    collector = await startCollectorWith(await buildReceiversCollector(), {
      configs: [
        join(config, 'clickhouse.yaml'),
        join(config, 'file.yaml'),
        `yaml:${JSON.stringify({
          exporters: {
            'clickhouse/json': {
              endpoint: clickHouse.url,
              database: 'otel',
              logs_table_name: 'otel_logs_json',
              json: true,
              compress: 'none',
              async_insert: false,
            },
          },
          service: { pipelines: { logs: { exporters: ['clickhouse', 'clickhouse/json', 'file'] } } },
        })}`,
      ],
      env: { CLICKHOUSE_ENDPOINT: clickHouse.url, CLICKHOUSE_COMPRESS: 'none', ACCESS_LOG_FILE: file },
    });
  });
  after(async () => {
    await collector?.stop();
    await clickHouse?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  test('the record is whole, and found by trace, status, route, level and duration', async (t) => {
    const shop = await serveRequests(t, collector.grpcEndpoint);
    await assertTable(clickHouse, shop);
    await assertJsonTable(clickHouse, shop);
    await assertFile(file, shop);
  });

  test('many processes of a service are one partition, sorted by no id of a process', async (t) => {
    const fleet = await serveFromProcesses(t, collector.grpcEndpoint, PROCESSES);
    const ofFleet = `FROM otel.otel_logs WHERE ServiceName = '${fleet}'`;
    await clickHouse.query(
      `SELECT Body ${ofFleet} AND LogAttributes['access_log.final'] = 'true'`,
      PROCESSES,
    );
    const [counts] = await clickHouse.query(
      `SELECT uniq(LogAttributes['access_log.process_id']) > 1 AS processes, uniq(_partition_id) AS partitions ${ofFleet}`,
      1,
    );
    assert.deepEqual(counts, { processes: 1, partitions: 1 });
    const [table] = await clickHouse.query(
      `SELECT partition_key, sorting_key FROM system.tables WHERE database = 'otel' AND name = 'otel_logs'`,
      1,
    );
    assert.deepEqual(table, {
      partition_key: 'toDate(Timestamp)',
      sorting_key: 'toStartOfFiveMinutes(Timestamp), ServiceName, Timestamp',
    });
  });
}

/** The queries of docs/receivers.md, as they stand there but for the names of the service and the trace. */
async function assertTable(clickHouse: ClickHouse, shop: Shop): Promise<void> {
  const { order, service } = shop;
  const found = new Map<string, Row[]>();
  for (const { title, logql } of blockQueriesOf('docs/receivers.md', 'sql')) {
    const query = logql.replace("'shop'", `'${service.name}'`).replace(/(?<=TraceId = ')\w+/, order.traceId);
    found.set(title, await clickHouse.query(query, 1));
  }
  const shown = (title: string, ...names: string[]): string[] =>
    (found.get(title) ?? []).map((row) => names.map((name) => row[name]).join(' ')).sort();
  assert.deepEqual(shown('Server errors of a route', 'SeverityText', 'SeverityNumber'), ['ERROR 17']);
  assert.deepEqual(shown('Requests and p95 by route', 'route', 'requests'), [
    '/items/:name 1',
    '/orders/:id 2',
  ]);
  assert.deepEqual(shown('By level', 'SeverityText', 'requests'), ['ERROR 1', 'INFO 1', 'WARN 1']);
  const slow = found.get('Slower than 0.2 s') ?? [];
  const seconds = slow.map(({ LogAttributes }) =>
    Number((LogAttributes as Row)['http.server.request.duration']),
  );
  assert.ok(seconds.length > 0 && seconds.every((one) => one > SLOW_SECONDS), String(seconds));
  const p95 = (found.get('Requests and p95 by route') ?? []).map((row) => row.p95);
  assert.ok(Math.max(...p95.map(Number)) >= SLOW_SECONDS, String(p95));
  assert.equal(found.size, 5);

  const [row, ...others] = found.get('One request, by its trace') ?? [];
  assert.deepEqual(others, []);
  assertOrder(shop, String(row?.Body), {
    ...(row?.LogAttributes as Row),
    ...(row?.ResourceAttributes as Row),
    scope_name: row?.ScopeName,
    scope_version: row?.ScopeVersion,
    severity_number: row?.SeverityNumber,
    severity_text: row?.SeverityText,
    trace_id: row?.TraceId,
    span_id: row?.SpanId,
    event_name: row?.EventName,
  });
}

async function assertJsonTable(clickHouse: ClickHouse, { service }: Shop): Promise<void> {
  const [row] = await clickHouse.query(
    'SELECT dynamicType(LogAttributes.http.server.request.duration) AS duration, ' +
      'dynamicType(LogAttributes.http.response.status_code) AS status, dynamicType(LogAttributes.http.route) AS route ' +
      `FROM otel.otel_logs_json WHERE ServiceName = '${service.name}' ` +
      `AND LogAttributes.http.server.request.duration > ${SLOW_SECONDS} AND LogAttributes.http.response.status_code >= 500`,
    1,
  );
  assert.deepEqual(row, { duration: 'Float64', status: 'Int64', route: 'String' });
}

interface OtlpAttribute {
  readonly key: string;
  readonly value: Readonly<Record<string, unknown>>;
}
interface OtlpRecord {
  readonly body: { readonly stringValue: string };
  readonly attributes: readonly OtlpAttribute[];
  readonly traceId: string;
  readonly spanId: string;
  readonly severityNumber: number;
  readonly severityText: string;
  readonly eventName: string;
}
interface OtlpResourceLogs {
  readonly resource: { readonly attributes: readonly OtlpAttribute[] };
  readonly scopeLogs: readonly {
    readonly scope: { readonly name: string; readonly version: string };
    readonly logRecords: readonly OtlpRecord[];
  }[];
}

async function assertFile(file: string, shop: Shop): Promise<void> {
  const { traceId } = shop.order;
  const text = await poll({
    what: `the trace in ${file}`,
    ask: async () => readFileSync(file, 'utf8'),
    wanted: (found) => found.includes(traceId),
    show: (found) => found,
  });
  const logs = text
    .trimEnd()
    .split('\n')
    .flatMap((line) => (JSON.parse(line) as { resourceLogs: OtlpResourceLogs[] }).resourceLogs);
  const found = logs.flatMap(({ resource, scopeLogs }) =>
    scopeLogs.flatMap(({ scope, logRecords }) =>
      logRecords
        .filter((record) => record.traceId === traceId)
        .map((record) => ({ resource, scope, record })),
    ),
  );
  assert.equal(found.length, 1);
  for (const { resource, scope, record } of found) {
    assertOrder(shop, record.body.stringValue, {
      ...valuesOf(resource.attributes),
      ...valuesOf(record.attributes),
      scope_name: scope.name,
      scope_version: scope.version,
      severity_number: record.severityNumber,
      severity_text: record.severityText,
      trace_id: record.traceId,
      span_id: record.spanId,
      event_name: record.eventName,
    });
    const duration = record.attributes.find(({ key }) => key === 'http.server.request.duration');
    assert.equal(typeof duration?.value.doubleValue, 'number');
  }
}

function valuesOf(attributes: readonly OtlpAttribute[]): Row {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));
}
