// A service with a spool before a real Collector and a real Loki that fail: each record arrives, each total is right.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { arrivals } from '../faults/support/kill-rounds.ts';
import { settledAt } from '../faults/support/totals.ts';
import { accept, refuse, startScriptedReceiver } from '../support/scripted-receiver.ts';
import { allPaths, keepRequesting, settledInLoki, startAccountable } from './support/accountable.ts';
import { describeStack, metricOf, waitForMetric } from './support/suite.ts';

const ACCEPTED = 'receiver_accepted_log_records';
const REFUSED = 'receiver_refused_log_records';
const SENT = 'exporter_sent_log_records';
/** What follows the number in a path, so that few records fill a memory. */
const LONG = `/${'x'.repeat(1_000)}`;

/** The Collector does not wait long between two attempts to reach Loki. */
const SOON_AGAIN = 'yaml:exporters::otlp_http/loki::retry_on_failure::max_interval: 1s';

const PROTOCOLS = [
  { protocol: 'grpc', said: /now, and tries again: 14 UNAVAILABLE: data refused due to high memory usage/ },
  {
    protocol: 'http/protobuf',
    said: /now, and tries again: 503 Service Unavailable: data refused due to high memory usage/,
  },
] as const;

describeStack('nothing is lost, and totals add up', (stack) => {
  for (const { protocol, said } of PROTOCOLS) {
    test(`while the Collector's memory_limiter refuses, over ${protocol}`, async (t) => {
      const sink = await startScriptedReceiver(t, { protocol: 'http/protobuf' });
      sink.always(refuse(503));
      const collector = await stack().startCollector({
        env: { LOKI_OTLP_ENDPOINT: sink.endpoint, COLLECTOR_MEMORY_LIMIT_MIB: '24' },
        configs: [
          SOON_AGAIN,
          // In memory, so that there is something to limit.
          'yaml:exporters::otlp_http/loki::sending_queue::storage: null',
          'yaml:processors::memory_limiter::check_interval: 100ms',
          'yaml:processors::memory_limiter::min_gc_interval_when_soft_limited: 1s',
        ],
      });
      const service = await startAccountable(t, collector, { protocol });
      const traffic = keepRequesting(service.port, LONG);
      await waitForMetric(collector, REFUSED, (value) => value > 0);
      await service.waitFor(said);
      const taken = await metricOf(collector, ACCEPTED);
      sink.always(accept());
      await waitForMetric(collector, ACCEPTED, (value) => value > taken + 1_000);
      const paths = await traffic.stop();
      const totals = await settledAt(sink, service, paths.length);
      // The Collector has acknowledged all of them, and sends several batches at a time.
      await sink.until(
        () => arrivals(sink).size >= totals.delivered + totals.pending || undefined,
        'all records',
        60_000,
      );
      const arrived = arrivals(sink);
      t.diagnostic(`${paths.length} records, ${await metricOf(collector, REFUSED)} refused`);
      assert.deepEqual(
        { missing: paths.filter((path) => !arrived.has(path)).length, lost: totals.lost },
        { missing: 0, lost: 0 },
      );
      assert.equal(totals.delivered + totals.pending, arrived.size);
      assert.deepEqual(
        [...arrived.values()].filter((count) => count > 1),
        [],
      );
      await service.stop('SIGINT');
      assert.doesNotMatch(service.stderr, /records? lost/);
      await collector.stop();
    });
  }

  test('while Loki is gone behind a live Collector', async (t) => {
    const collector = await stack().startCollector({ configs: [SOON_AGAIN] });
    const service = await startAccountable(t, collector);
    const traffic = keepRequesting(service.port);
    await waitForMetric(collector, SENT, (value) => value >= 500);
    await stack().loki.stop();
    const accepted = await metricOf(collector, ACCEPTED);
    await waitForMetric(collector, ACCEPTED, (value) => value >= accepted + 1_000);
    await waitForMetric(collector, 'exporter_queue_size', (value) => value > 0);
    await stack().loki.start();
    const paths = await traffic.stop();
    await checkInLoki(service, paths);
  });

  test('while Loki is gone, and the Collector is killed and started again with its queue on disk', async (t) => {
    const collector = await stack().startCollector({ configs: [SOON_AGAIN] });
    const service = await startAccountable(t, collector);
    const traffic = keepRequesting(service.port);
    await waitForMetric(collector, SENT, (value) => value >= 500);
    await stack().loki.stop();
    const accepted = await metricOf(collector, ACCEPTED);
    await waitForMetric(collector, ACCEPTED, (value) => value >= accepted + 1_000);
    await collector.stop('SIGKILL');
    await service.waitFor(/cannot deliver/);
    await stack().loki.start();
    await collector.start();
    await waitForMetric(collector, ACCEPTED, (value) => value >= 500);
    const paths = await traffic.stop();
    await checkInLoki(service, paths);
  });

  async function checkInLoki(
    service: Awaited<ReturnType<typeof startAccountable>>,
    sent: readonly string[],
  ): Promise<void> {
    const totals = await settledInLoki(stack(), service, sent.length);
    // The requests, and the questions for totals.
    const found = await allPaths(stack(), service, totals.served);
    assert.deepEqual(
      sent.filter((path) => !found.has(path)),
      [],
    );
    assert.deepEqual([totals.lost, totals.delivered + totals.pending], [0, found.size]);
    await service.stop('SIGINT');
    assert.doesNotMatch(service.stderr, /records? lost/);
  }
});
