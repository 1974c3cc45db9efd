// A receiver that is gone for half a minute, at 200 requests per second: costs no record.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { request } from './support/requests.ts';
import { type Ids, PROTOCOLS, startService } from './support/service.ts';

const PER_SECOND = 200;
const TICK_MS = 50;
const OUTAGE_MS = 30_000;

describe('a receiver that is gone for 30 s, with requests before, meanwhile and after', {
  concurrency: true,
}, () => {
  for (const protocol of PROTOCOLS) {
    test(`over ${protocol}`, { timeout: 120_000 }, async (t) => {
      const service = await startService(t, protocol, {
        OTEL_BLRP_SCHEDULE_DELAY: '200',
        APP_BACKOFF: 'as it is',
      });
      const { receiver, app } = service;
      const during: Ids[] = [];
      let goesOn = true;
      const traffic = (async () => {
        for (; goesOn; await sleep(TICK_MS)) {
          const ids = service.newIds((PER_SECOND * TICK_MS) / 1_000);
          during.push(ids);
          await request(app.port, ids);
        }
      })();
      await receiver.until(
        () => (receiver.accepted.length > PER_SECOND ? true : undefined),
        'a second of traffic',
      );
      await receiver.down();
      await sleep(OUTAGE_MS);
      const outage = during.flat();
      await receiver.up();
      const later = receiver.accepted.length + outage.length;
      await receiver.until(
        () => (receiver.accepted.length > later ? true : undefined),
        'what waited',
        30_000,
      );
      goesOn = false;
      await traffic;
      const { missing, lost } = await service.account();
      assert.deepEqual([missing, lost], [[], {}]);
      await service.end();
    });
  }
});
