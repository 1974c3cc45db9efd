// Honest clients of a service under the preload, beside a flood of as many requests as the machine answers.
import assert from 'node:assert/strict';
import { Agent, get } from 'node:http';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { isExchange, startTestReceiver } from '../support/receiver.ts';
import { spawnApp, spawnNode } from '../support/spawn-app.ts';
import { totalsOf } from './support/totals.ts';

const FLOOD = fileURLToPath(new URL('./fixtures/flood.js', import.meta.url));
const RATE = 100;
const HONEST = { clients: 20, perSecond: 50, seconds: 3 } as const;

for (const [from, addresses] of [
  ['one address', 1],
  ['20,000 addresses', 20_000],
] as const) {
  test(`a flood from ${from}: honest clients keep at least 95 % of their records`, {
    timeout: 90_000,
  }, async (t) => {
    const receiver = await startTestReceiver(t);
    const app = await spawnApp(t, {
      args: ['--import', 'otel-access-log/register', 'examples/docker/app.js'],
      env: {
        PORT: '0',
        OTEL_EXPORTER_OTLP_ENDPOINT: receiver.grpcEndpoint,
        ACCESS_LOG_TRUSTED_PROXIES: 'loopback',
        ACCESS_LOG_RATE: String(RATE),
        ACCESS_LOG_BURST: String(2 * RATE),
        // A slow one would be WARN, with the reserve of errors.
        ACCESS_LOG_SLOW_MS: '60000',
      },
    });
    const flood = spawnNode(t, { args: [FLOOD, String(app.port), String(addresses), '/nowhere'] });
    await flood.waitFor(/^flooding$/m, 30_000);

    const agent = new Agent({ keepAlive: true });
    t.after(() => agent.destroy());
    const sent = HONEST.perSecond * HONEST.seconds;
    const answers: Promise<void>[] = [];
    for (let count = 0; count < sent; count += 1) {
      const headers = { 'X-Forwarded-For': `203.0.113.${count % HONEST.clients}` };
      const path = count % 2 === 0 ? `/orders/${count}` : `/items/item-${count}`;
      answers.push(
        new Promise((resolve, reject) => {
          get({ port: app.port, path, agent, headers }, (answer) =>
            answer.resume().once('end', resolve),
          ).once('error', reject);
        }),
      );
      await sleep(1000 / HONEST.perSecond);
    }
    await Promise.all(answers);
    await flood.stop('SIGKILL');
    await app.stop();

    const honest = receiver.records
      .filter(isExchange)
      .filter(({ attributes }) => String(attributes['client.address']).startsWith('203.0.113.')).length;
    const last = receiver.records.findLast(({ attributes }) => attributes['access_log.final'] === true);
    const totals = totalsOf(last?.attributes ?? assert.fail('no last heartbeat'));
    t.diagnostic(`${honest} of ${sent} honest records kept; ${JSON.stringify(totals)}`);
    assert.ok(totals.suppressed > sent, 'it was a flood');
    assert.ok(honest >= 0.95 * sent, `${honest} of ${sent}`);
    const reasons = receiver.records
      .filter(({ eventName }) => eventName === 'access_log.suppressed')
      .map(({ attributes }) => attributes['access_log.reason']);
    assert.ok(reasons.includes('share'), String(reasons));
    const offenders = receiver.records.filter(({ eventName }) => eventName === 'access_log.offenders');
    assert.ok(offenders.length > 0);
    for (const { attributes } of offenders) {
      // Nothing tells one of many addresses from the others.
      const clients = addresses === 1 ? ['198.18.0.0'] : undefined;
      assert.deepEqual(attributes['access_log.offenders.clients'], clients);
      assert.deepEqual(attributes['access_log.offenders.routes'], ['_OTHER']);
    }
  });
}
