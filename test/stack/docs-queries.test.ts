// Every query in the documents, as it stands there, asked of a Loki that holds the traffic of docs-traffic.ts.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { pages } from '../docs/support/markdown.ts';
import { quantile, sumBy, type Table } from './support/dashboard-figures.ts';
import { queriesOf } from './support/docs-queries.ts';
import { SENT, sendTraffic } from './support/docs-traffic.ts';
import type { LogLine, Sample } from './support/loki-client.ts';
import type { Stack } from './support/stack.ts';
import { describeStack } from './support/suite.ts';

/** What a query finds: values by the values of the labels, or numbers of lines by method, path and status, or by event. */
type Found = Table | ((requests: readonly LogLine[]) => Table);

const LINES_BY_ROUTE_AND_STATUS: Table = {
  '200 /orders/:id': 25,
  '404 /orders/:id': 6,
  '404 /items/:name': 1,
  '500 /items/:name': 4,
  '200 /reports/:year': 2,
  '408 /reports/:year': 2,
  // Aborted before there was a status; not found, so without a route.
  '/reports/:year': 3,
  '404': 3,
  '400': 1,
};
const ALL_BY_ROUTE: Table = { '/orders/:id': 68, '/items/:name': 25, '/reports/:year': 7, '': 4 };
const BY_TRACE: Table = { 'GET /orders/42 200': 1 };
const NOTHING: Table = {};

/** By page, title and, where there are several under one title, their order. */
const EXPECTED: Readonly<Record<string, Readonly<Record<string, readonly Found[]>>>> = {
  'docs/runbooks/access-log-lost.md': { 'Look at': [{ '2xx 403 /orders/:id': 20 }] },
  'docs/runbooks/access-log-suppressed.md': {
    'Look at': [{ 'rate 2xx /orders/:id': 7, 'rate 4xx /items/:name': 20 }, { offenders: 1 }],
  },
  'docs/runbooks/access-log-degraded.md': { 'Look at': [{ degraded: 1 }] },
  'docs/runbooks/access-log-silent.md': {
    'Look at': [{ heartbeat: SENT.processes }],
    'A service that must be there': [NOTHING],
  },
  // Heartbeats that no process of ours has sent have no id, or that of their mode.
  'docs/runbooks/access-log-process-died.md': { 'Look at': [{ '': 3, degraded: 1, normal: 1 }] },
  'docs/runbooks/access-log-gap.md': { 'Look at': [{ '': 73 }, { '': 47 }] },
  'docs/runbooks/access-log-rules-stale.md': { 'Look at': [NOTHING] },
  // The services of this traffic have no rules file.
  'docs/masking.md': { 'Changing the rules while it runs': [NOTHING] },
  'docs/loki-queries.md': {
    'One request, by its trace': [BY_TRACE],
    'Requests of one client': [{ 'GET /orders/2 404': 5, 'GET /items/lamp 500': 4 }],
    'Slower than half a second': [
      // Those that take their time, and whatever else took it on a busy machine.
      (requests) => linesOf(requests.filter((line) => secondsOf(line) >= 0.5)),
    ],
    'Failed: 5xx, aborted, timed out, rejected or crashed': [
      {
        'GET /items/lamp 500': 4,
        'GET /reports/2025 -': 3,
        'GET /reports/2024 408': 2,
        '_OTHER - 400': 1,
      },
    ],
    'Open for long': [{ started: 1 }],
    'By outcome': [{ completed: 41, aborted: 3, timeout: 2, rejected: 1 }],
    'What the parser rejected, by code and client': [{ '127.0.0.1 HPE_INVALID_METHOD': 1 }],
    // outcomes.test.ts has traffic for it, and for the dropped connections.
    'gRPC calls that failed': [NOTHING],
    'By the fields of the line': [{ 'GET /orders/2 404': 1 }],
    'Lines by route and status': [LINES_BY_ROUTE_AND_STATUS],
    'p95 of the duration, by route': [p95ByRoute, (requests) => p95ByRoute(requests.filter(hasRoute))],
    'Top clients': [
      {
        '203.0.113.1': 16,
        '203.0.113.2': 9,
        '203.0.113.3': 5,
        '203.0.113.4': 3,
        '203.0.113.5': 2,
        '203.0.113.6': 6,
        '203.0.113.7': 5,
        // That which was rejected names no other client.
        '127.0.0.1': 1,
      },
    ],
    'Aborted and timed out, by route': [
      { 'aborted aborted /reports/:year': 3, 'timeout ERR_HTTP_REQUEST_TIMEOUT /reports/:year': 2 },
    ],
    'All requests, by route': [ALL_BY_ROUTE],
    Suppressed: [{ '': 37 }, { '': 10 }, { '': 27 }],
    'Suppressed and lost, by route, class and reason': [
      {
        '2xx rate /orders/:id suppressed': 17,
        '4xx rate /items/:name suppressed': 20,
        '2xx 403 /orders/:id lost': 20,
      },
    ],
    'Lost, over all processes': [{ '': 20 }],
    'Connections beyond `maxConnections`': [{ '': 0 }],
    'Kept, by processes that have ended': [{ '': 67 }],
    'Heartbeats that do not add up': [{ '': 2 }],
    'In errors mode': [{ '': 1 }, { degraded: 1 }],
    'Who floods': [{ offenders: 1 }],
    'What a rollout in the shadow would have kept': [{ '': 3 }],
    'The event name': [NOTHING],
    'An alternative that is empty': [{ suppressed: 2 }],
    '`unwrap` leaves lines out': [{ '/orders/:id': 10 }],
    'A difference with nothing': [NOTHING, { '': 47 }],
    'A series per line': [{ '': 0 }],
  },
};

describeStack('the queries in the documents', (stack) => {
  let requests: readonly LogLine[];
  const cleanUps: (() => Promise<void>)[] = [];
  before(async () => {
    await sendTraffic({ after: (cleanUp) => cleanUps.push(cleanUp) }, stack());
    requests = await arrived(stack());
  });
  after(async () => {
    for (const cleanUp of cleanUps) await cleanUp();
  });

  for (const page of pages) {
    const expected = EXPECTED[page] ?? {};
    const titles = new Map<string, string[]>();
    for (const { title, logql } of queriesOf(page)) titles.set(title, [...(titles.get(title) ?? []), logql]);

    for (const [title, queries] of titles) {
      test(`${page}: ${title}`, async () => {
        const founds = expected[title];
        assert.ok(founds, `an expectation for:\n${queries.join('\n')}`);
        const numbers = founds.map((found) => (typeof found === 'function' ? found(requests) : found));
        for (const [index, logql] of queries.entries()) {
          const wanted = numbers[index] ?? {};
          assert.deepEqual(settled(await ask(stack(), logql), wanted), wanted, logql);
        }
        assert.equal(queries.length, founds.length);
      });
    }

    test(`${page}: every query that is expected is there`, () => {
      assert.deepEqual([...titles.keys()].sort(), Object.keys(expected).sort());
    });
  }
});

/** Waits until every request is a line or is counted in one, and resolves to those that are lines. */
async function arrived(stack: Stack): Promise<readonly LogLine[]> {
  const isRequest = ({ metadata }: LogLine): boolean => metadata.access_log_outcome !== undefined;
  const standsFor = (line: LogLine): number =>
    Number(line.metadata.access_log_count ?? line.metadata.access_log_suppressed_before ?? 0) +
    (isRequest(line) ? 1 : 0);
  const lines = await stack.waitFor(
    '{service_name="shop"}',
    (found) =>
      found.filter(({ metadata }) => metadata.access_log_final === 'true').length === SENT.processes &&
      found.reduce((sum, line) => sum + standsFor(line), 0) === SENT.requests,
  );
  return lines.filter(isRequest);
}

async function ask(stack: Stack, logql: string): Promise<Table> {
  if (!logql.startsWith('{')) return tableOf(await stack.queryInstant(logql));
  return linesOf(await stack.query(logql));
}

function linesOf(lines: readonly LogLine[]): Table {
  const keyOf = ({ metadata }: LogLine): string => {
    const {
      http_request_method: method,
      url_path: path = '-',
      http_response_status_code: status = '-',
    } = metadata;
    return metadata.access_log_event ?? `${method} ${path} ${status}`;
  };
  return sumBy(lines, keyOf, () => 1);
}

/** Values by the values of their labels, in the order of the labels' names. */
function tableOf(samples: readonly Sample[]): Table {
  const keyOf = ({ labels }: Sample): string =>
    Object.keys(labels)
      .sort()
      .map((name) => labels[name])
      .join(' ');
  return Object.fromEntries(samples.map((sample) => [keyOf(sample), sample.value]));
}

/** `actual` with the values of `expected` where both are the same but for the last digits that a computation leaves. */
function settled(actual: Table, expected: Table): Table {
  return Object.fromEntries(
    Object.entries(actual).map(([labels, value]) => {
      const other = expected[labels] ?? Number.NaN;
      return [labels, Math.abs(value - other) <= 1e-9 ? other : value];
    }),
  );
}

function hasRoute({ metadata }: LogLine): boolean {
  return metadata.http_route !== undefined;
}

function secondsOf({ metadata }: LogLine): number {
  return Number(metadata.http_server_request_duration);
}

function p95ByRoute(requests: readonly LogLine[]): Table {
  const routes = new Set(requests.map(({ metadata }) => metadata.http_route));
  return Object.fromEntries(
    [...routes].map((route = '') => {
      const lines = requests.filter(({ metadata }) => (metadata.http_route ?? '') === route);
      return [route, quantile(0.95, lines.map(secondsOf))];
    }),
  );
}
