// The metrics of a service under the preload, with a MeterProvider that is there from the start, or later, or never.
import assert from 'node:assert/strict';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { inRepo } from '../support/repo-root.ts';
import { serveMetrics, tryAllMetrics } from './support/metrics.ts';

const HERE = { script: inRepo('test/e2e/fixtures/metrics.cjs') };

describe('metrics of a service under the preload', { concurrency: 2 }, () => {
  for (const start of ['early', 'late'] as const) {
    test(`a MeterProvider that is ${start}: every metric, equal to the last heartbeat`, (t) =>
      tryAllMetrics(t, start, HERE));
  }

  test('spool and rules', async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'metrics-'));
    t.after(() => rm(folder, { recursive: true }));
    writeFileSync(join(folder, 'rules.yaml'), 'version: 1\n');
    const { receiver, ask, stop } = await serveMetrics(
      t,
      {
        APP_SDK: 'early',
        ACCESS_LOG_SPOOL_DIR: join(folder, 'spool'),
        ACCESS_LOG_SPOOL_LIMIT_MIB: '64',
        ACCESS_LOG_RULES: join(folder, 'rules.yaml'),
      },
      HERE,
    );
    await ask('/a');
    const records = await receiver.waitForRecords((all) => all.length >= 2);
    const hash = records.find(({ eventName }) => eventName === 'access_log.rules')?.attributes[
      'access_log.rules.hash'
    ];
    const { metrics } = await stop();
    assert.match(String(hash), /^[0-9a-f]+$/);
    assert.deepEqual(metrics['otel_access_log.rules']?.points, [
      [{ hash, stale: false }, 1],
      [{ hash, stale: true }, 0],
    ]);
    assert.deepEqual(metrics['otel_access_log.spool.limit']?.points, [[{}, 64 * 1024 * 1024]]);
    assert.equal(typeof metrics['otel_access_log.spool.usage']?.points[0]?.[1], 'number');
  });

  test('losses, by error type', async (t) => {
    const { receiver, ask, stop } = await serveMetrics(t, { APP_SDK: 'early' }, HERE);
    receiver.answerWith(() => ({ grpcCode: 3, message: 'no' }));
    await ask('/a');
    await receiver.waitForRequests(1);
    receiver.answerWith(undefined);
    const { metrics } = await stop();
    const lost = metrics['otel_access_log.exchanges']?.points.filter(([{ state }]) => state === 'lost');
    // Their order is that in which the reader has seen them first.
    const byType = Object.fromEntries(lost?.map((point) => [point[0]['error.type'], point]) ?? []);
    assert.deepEqual(byType, {
      INVALID_ARGUMENT: [{ state: 'lost', 'error.type': 'INVALID_ARGUMENT' }, 1],
      _OTHER: [{ state: 'lost', 'error.type': '_OTHER' }, 0],
    });
  });

  test('without a MeterProvider nothing is loaded', async (t) => {
    const { receiver, ask, stop } = await serveMetrics(t, {}, HERE);
    await ask('/a');
    await receiver.waitForExchanges(1);
    assert.equal(await ask('/loaded'), '[]');
    assert.deepEqual((await stop()).metrics, {});
  });
});
