// Records that processes have left in a spool, hours ago, beside live traffic: Loki takes all of them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { spoolDirectory } from '../faults/support/kill-rounds.ts';
import { totalsOf } from '../faults/support/totals.ts';
import { inRepo } from '../support/repo-root.ts';
import { spawnApp } from '../support/spawn-app.ts';
import { describeStack, LOKI_TOTAL } from './support/suite.ts';
import { send } from './support/traffic.ts';

const MINUTE_MS = 60_000;
/** Nothing listens there. */
const NOWHERE = 'http://127.0.0.1:1';

const paths = (count: number, prefix: string): readonly string[] =>
  Array.from({ length: count }, (_, index) => `/orders/${prefix}-${index}`);

describeStack('a spool that is replayed', (stack) => {
  test('records of two and of two and a half hours ago beside those of now; those of last week are lost', async (t) => {
    const directory = await spoolDirectory(t);
    const name = `spool-${process.pid}`;
    const start = (endpoint: string, behindMs: number): ReturnType<typeof spawnApp> =>
      spawnApp(t, {
        args: [
          ...['--import', inRepo('test/stack/fixtures/clock-behind.mjs')],
          ...['--import', 'otel-access-log/register', inRepo('test/stack/fixtures/shop.mjs')],
        ],
        env: {
          OTEL_SERVICE_NAME: name,
          OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
          ACCESS_LOG_SPOOL_DIR: directory,
          CLOCK_BEHIND_MS: String(behindMs),
        },
      });
    const spooled: [minutes: number, count: number][] = [
      [120, 40],
      // Loki does not ask its ingester for lines that are older than three hours.
      [150, 30],
      [8 * 24 * 60, 20],
    ];
    for (const [minutes, count] of spooled) {
      const app = await start(NOWHERE, minutes * MINUTE_MS);
      await send(app.port, paths(count, `${minutes}`));
      await app.stop();
      assert.doesNotMatch(app.stderr, /records? lost/);
    }
    const live = await start(stack().grpcEndpoint, 0);
    await send(live.port, paths(50, 'now'));
    const requests = `{service_name="${name}"} | access_log_outcome!=""`;
    const since = { start: Date.now() - 240 * MINUTE_MS, end: Date.now() + MINUTE_MS };
    const lines = await stack().waitFor(requests, ({ length }) => length >= 120, {
      ...since,
      timeoutMs: 60_000,
    });
    const lost = `{service_name="${name}"} | access_log_event="lost"`;
    const [loss] = await stack().waitFor(lost, ({ length }) => length > 0, { ...since, timeoutMs: 60_000 });
    await live.stop();
    const last = `{service_name="${name}"} | access_log_final="true" | access_log_total_served="50"`;
    const [heartbeat] = await stack().waitFor(last, ({ length }) => length > 0, since);
    const { adopted, lost: lostInAll, delivered, pending } = totalsOf(heartbeat?.metadata ?? {}, LOKI_TOTAL);
    assert.deepEqual([adopted, lostInAll, delivered + pending], [90, 20, 120]);
    assert.equal(lines.length, 120);
    const streams = new Map<string, Set<string>>();
    for (const { labels, metadata } of lines) {
      const left = /\/orders\/(\w+)-/.exec(metadata.url_path ?? '')?.[1] ?? '';
      streams.set(left, (streams.get(left) ?? new Set()).add(labels.access_log_replay ?? 'none'));
    }
    assert.deepEqual([...streams.keys()].sort(), ['120', '150', 'now']);
    assert.deepEqual([...(streams.get('now') ?? [])], ['none']);
    const [two = [], three = []] = [[...(streams.get('120') ?? [])], [...(streams.get('150') ?? [])]];
    const uuid = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/;
    assert.ok(two.length === 1 && three.length === 1 && two[0] !== three[0]);
    assert.ok([...two, ...three].every((value) => uuid.test(value)));
    assert.deepEqual([loss?.metadata.error_type, loss?.metadata.access_log_count], ['too_old', '20']);
    assert.match(
      live.stderr,
      /^otel-access-log: cannot deliver to \S+ \(grpc\): records in the spool are older than a week \(20 records lost\)\n$/,
    );
  });
});
