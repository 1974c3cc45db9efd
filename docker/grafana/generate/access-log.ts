// The dashboard `docker/grafana/dashboards/access-log.json`, which is generated from this.
import type { Dashboard, DataTransformerConfig, VariableModel } from '@grafana/schema';
import { alertPanels } from './alerts.ts';
import { arrange, LOKI, logs, stat, table, tableOfLines, timeSeries } from './panels.ts';
import { inRange, lines, overTime, TOTALS } from './queries.ts';

const NO_DURATION = 'Of recorded requests; those that were suppressed or lost have no duration.';

/** Series of an instant query to rows: a column per label and one for the value. */
function rowPerSeries(columns: Readonly<Record<string, string>>, sortBy: string): DataTransformerConfig[] {
  const names = Object.keys(columns);
  return [
    { id: 'labelsToFields', options: { mode: 'columns' } },
    { id: 'merge', options: {} },
    {
      id: 'organize',
      options: {
        excludeByName: { Time: true },
        indexByName: Object.fromEntries(names.map((name, index) => [name, index])),
        renameByName: columns,
      },
    },
    { id: 'sortBy', options: { sort: [{ field: sortBy, desc: true }] } },
  ];
}

/** Lines of a log query to rows, by some of their attributes. */
function rowPerLine(columns: Readonly<Record<string, string>>, sortBy: string): DataTransformerConfig[] {
  const names = Object.keys(columns);
  return [
    { id: 'extractFields', options: { source: 'labels', format: 'json', keepTime: false, replace: false } },
    {
      id: 'convertFieldType',
      options: { conversions: [{ targetField: sortBy, destinationType: 'number' }] },
    },
    { id: 'sortBy', options: { sort: [{ field: sortBy, desc: true }] } },
    { id: 'filterFieldsByName', options: { include: { names } } },
    {
      id: 'organize',
      options: {
        indexByName: Object.fromEntries(names.map((name, index) => [name, index])),
        renameByName: columns,
      },
    },
  ];
}

const [lost, suppressed, degraded, ...missing] = alertPanels();
if (lost === undefined || suppressed === undefined || degraded === undefined)
  throw new Error('alerts are missing');

const panels = arrange([
  [
    4,
    stat({
      title: 'Requests',
      description:
        'All that were not ignored: recorded + suppressed + lost, and how many of all were answered 5xx. The counts of what is missing come from the ledger and are exact; a ledger record is written at the end of its 10 s.',
      queries: [
        { expr: inRange.requests, legendFormat: 'requests' },
        { expr: inRange.recorded, legendFormat: 'recorded' },
        { expr: inRange.suppressed, legendFormat: 'suppressed' },
        { expr: inRange.lost, legendFormat: 'lost' },
        { expr: inRange.errors, legendFormat: '5xx' },
      ],
    }),
  ],
  [
    9,
    timeSeries(
      {
        title: 'Requests by route and class',
        description: 'Per second, with those that were suppressed or lost.',
        unit: 'reqps',
        queries: [{ expr: overTime.requests, legendFormat: '{{class}} {{route}}' }],
      },
      'bars',
    ),
    timeSeries(
      {
        title: 'Duration by route',
        description: `${NO_DURATION} Upgraded connections and tunnels are left out.`,
        unit: 's',
        queries: [0.5, 0.95, 0.99].map((q) => ({
          expr: overTime.quantile(q),
          legendFormat: `p${q * 100} {{route}}`,
        })),
      },
      'line',
    ),
  ],
  [
    8,
    timeSeries(
      {
        title: 'Ended otherwise',
        description:
          'Recorded requests that were not completed: aborted by the client, timed out, rejected by the parser, crashed; also upgraded and tunneled.',
        queries: [{ expr: overTime.outcomes, legendFormat: '{{access_log_outcome}}' }],
      },
      'bars',
    ),
    table({
      title: 'Ended otherwise, by route',
      description: 'The same over the whole time range.',
      queries: [{ expr: inRange.outcomes }],
      transformations: rowPerSeries(
        { access_log_outcome: 'outcome', route: 'route', error_type: 'error', Value: 'requests' },
        'requests',
      ),
    }),
    table({
      title: 'Top clients',
      description:
        'By recorded requests: those that were suppressed or lost are counted by route, not by client. The client is the one that is believed (ACCESS_LOG_TRUSTED_PROXIES).',
      queries: [{ expr: inRange.clients }],
      transformations: rowPerSeries({ client_address: 'client', Value: 'requests' }, 'requests'),
    }),
  ],
  [
    8,
    timeSeries(
      {
        title: 'Suppressed and lost',
        description: 'Suppressed by the rate limit, or kept and not delivered. Exact.',
        queries: [{ expr: overTime.missing, legendFormat: '{{what}}' }],
      },
      'bars',
    ),
    table({
      title: 'Suppressed and lost, by route and class',
      description: 'The same over the whole time range.',
      queries: [{ expr: inRange.missing }],
      transformations: rowPerSeries(
        { what: 'what', route: 'route', class: 'class', reason: 'reason', Value: 'requests' },
        'requests',
      ),
    }),
  ],
  [
    4,
    stat({
      title: 'Totals of all processes',
      description:
        'From the last heartbeat of every process that sent one in the time range, each counted since it started. A heartbeat comes every minute and at the end; of a process that was killed up to a minute is missing. Ignored requests are in no other panel.',
      queries: TOTALS.map((total) => ({ expr: inRange.total(total), legendFormat: total })),
    }),
    stat({
      title: 'Heartbeats that add up',
      description:
        'served = ignored + suppressed + kept in every heartbeat, and kept = delivered + lost + pending in those that count delivery. The second number must be 0.',
      queries: [
        { expr: inRange.balanced(true), legendFormat: 'add up' },
        { expr: inRange.balanced(false), legendFormat: 'do not' },
      ],
    }),
  ],
  [6, lost, suppressed, degraded],
  [6, ...missing],
  [
    7,
    table({
      title: 'Totals by process',
      description: 'The last heartbeat of each process.',
      queries: [{ expr: inRange.totalsByProcess }],
      transformations: [
        { id: 'labelsToFields', options: { mode: 'columns' } },
        { id: 'merge', options: {} },
        {
          id: 'groupingToMatrix',
          options: { rowField: 'access_log_process_id', columnField: 'total', valueField: 'Value' },
        },
      ],
    }),
    tableOfLines({
      title: 'Slowest requests',
      description:
        'Recorded requests that took at least `slower_than` seconds. Where there are more than 500 the newest 500 are ranked: raise the limit then.',
      unit: 'string',
      queries: [{ expr: lines.slow, maxLines: 500 }],
      transformations: rowPerLine(
        {
          http_server_request_duration: 'seconds',
          http_request_method: 'method',
          url_path: 'path',
          http_response_status_code: 'status',
          client_address: 'client',
          // Made by the data source from trace_id: a link to Tempo.
          Trace: 'trace',
        },
        'http_server_request_duration',
      ),
    }),
  ],
  [
    9,
    logs({
      title: 'Failed requests',
      description: '5xx, and whatever was aborted, timed out, rejected or crashed.',
      queries: [{ expr: lines.failed, maxLines: 200 }],
    }),
    logs({
      title: 'One request by its trace id',
      description: 'Everything logged with the id in the field `trace_id`, of all services.',
      queries: [{ expr: lines.trace, maxLines: 200 }],
    }),
  ],
]);

function field(name: string, label: string, value: string, description: string): VariableModel {
  const current = { text: value, value };
  return {
    type: 'textbox',
    name,
    label,
    description,
    query: value,
    current,
    options: [{ ...current, selected: true }],
  };
}

const variables: VariableModel[] = [
  { type: 'datasource', name: 'datasource', label: 'Loki', query: 'loki', refresh: 1 },
  {
    type: 'query',
    name: 'service',
    label: 'Service',
    datasource: LOKI,
    query: { refId: 'service', type: 1, label: 'service_name', stream: '' },
    refresh: 2,
    sort: 1,
    multi: true,
    includeAll: true,
    allValue: '.+',
    current: { text: ['All'], value: ['$__all'] },
  },
  // Routes are no index labels, so Loki cannot list them.
  field('route', 'Route', '.*', 'A regular expression over the whole route, such as /orders/.*'),
  field(
    'outcome',
    'Outcome',
    '.*',
    'A regular expression, for what ended otherwise and what failed: rejected, aborted|timeout',
  ),
  field('slower_than', 'Slower than (s)', '0.5', 'For the slowest requests'),
  field('trace_id', 'Trace id', '', 'For one request'),
];

export const accessLogDashboard: Dashboard = {
  uid: 'otel-access-log',
  title: 'HTTP access log',
  description: 'What otel-access-log recorded, and what it left out. Generated: see docker/grafana/generate.',
  tags: ['otel-access-log'],
  schemaVersion: 41,
  editable: true,
  graphTooltip: 1,
  refresh: '30s',
  time: { from: 'now-30m', to: 'now' },
  timezone: 'browser',
  templating: { list: variables },
  panels,
};
