// A service under the preload that is offered far too much for long.
import assert from 'node:assert/strict';
import { Agent, get } from 'node:http';
import { test } from 'node:test';
import type { ReceivedRecord } from '../../src/cli/receiver/otlp-receiver.ts';
import { isExchange, startTestReceiver } from '../support/receiver.ts';
import { inRepo } from '../support/repo-root.ts';
import { spawnApp } from '../support/spawn-app.ts';

const named =
  (name: string) =>
  ({ eventName }: ReceivedRecord): boolean =>
    eventName === `access_log.${name}`;
const modeOf = ({ attributes }: ReceivedRecord): unknown => attributes['access_log.mode'];

test('errors mode begins, is told by event, heartbeat, metric and one line, and ends', {
  timeout: 90_000,
}, async (t) => {
  const receiver = await startTestReceiver(t);
  const app = await spawnApp(t, {
    args: ['--import', 'otel-access-log/register', inRepo('test/e2e/fixtures/metrics.cjs')],
    env: {
      APP_SDK: 'early',
      APP_SIGTERM: 'go on',
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.grpcEndpoint,
      OTEL_BLRP_SCHEDULE_DELAY: '50',
      ACCESS_LOG_RATE: '10',
      ACCESS_LOG_BURST: '10',
      // All requests come from one client.
      ACCESS_LOG_SHARE: '1',
      ACCESS_LOG_SLOW_MS: '60000',
      ACCESS_LOG_DEGRADE_AFTER_MS: '2000',
      ACCESS_LOG_RECOVER_AFTER_MS: '2000',
    },
  });
  const agent = new Agent({ keepAlive: true, maxSockets: 4 });
  t.after(() => agent.destroy());
  const ask = (path: string): Promise<void> =>
    new Promise((resolve, reject) => {
      get({ port: app.port, path, agent }, (response) => response.resume().once('end', resolve)).once(
        'error',
        reject,
      );
    });
  const event = async (name: string): Promise<ReceivedRecord> => {
    const all = await receiver.waitForRecords((records) => records.some(named(name)), 30_000);
    return all.find(named(name)) ?? assert.fail();
  };
  /** A SIGTERM that the application handles itself has the access log say its totals. */
  const heartbeat = async (mode: string): Promise<void> => {
    app.child.kill('SIGTERM');
    await receiver.waitForRecords((all) => all.filter(named('heartbeat')).map(modeOf).includes(mode));
  };

  let isLoaded = true;
  const load = async (): Promise<void> => {
    while (isLoaded) await ask('/orders');
  };
  const loads = [load(), load(), load(), load()];
  const degraded = await event('degraded');
  await ask('/error');
  await heartbeat('errors');
  app.child.kill('SIGWINCH');
  await app.waitFor(/^metrics .*\[\{"state":"normal"\},0\],\[\{"state":"errors"\},1\]/m);
  isLoaded = false;
  await Promise.all(loads);
  const recovered = await event('recovered');
  await ask('/orders-again');
  await receiver.waitForExchanges((all) => all.some(isOf('/orders-again')));
  await heartbeat('normal');
  agent.destroy();
  await app.stop('SIGINT');

  assert.deepEqual(
    [degraded.severityText, degraded.body, degraded.attributes],
    [
      'WARN',
      'degraded: most normal records are beyond the rate; only errors, slow exchanges and a few normal records are written',
      {
        'access_log.event': 'degraded',
        'access_log.mode': 'errors',
        'access_log.reason': 'starved',
        'access_log.top_keys': ['GET 2xx'],
      },
    ],
  );
  const {
    'access_log.degraded_for': seconds,
    'access_log.top_keys': topKeys,
    ...others
  } = recovered.attributes;
  // As long as the window of the ledger has not ended.
  assert.ok(topKeys === undefined || String(topKeys) === 'GET 2xx', String(topKeys));
  assert.ok(Number(seconds) >= 2, String(seconds));
  assert.deepEqual(
    [recovered.severityText, others],
    [
      'INFO',
      { 'access_log.event': 'recovered', 'access_log.mode': 'normal', 'access_log.reason': 'starved' },
    ],
  );
  assert.ok(receiver.records.filter(isExchange).some(isOf('/error')), 'errors are recorded');
  const reasons = receiver.records
    .filter(named('suppressed'))
    .map(({ attributes }) => attributes['access_log.reason']);
  assert.ok(reasons.includes('degraded'), String(reasons));
  // The end within the same minute is not another line of its own.
  assert.equal(app.stderr.match(/otel-access-log: degraded: /g)?.length, 1, app.stderr);
});

function isOf(path: string): (record: ReceivedRecord) => boolean {
  return ({ attributes }) => attributes['url.path'] === path;
}
