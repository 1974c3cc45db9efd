// As distance.test.ts, for longer, with the traffic of a service, and each over both protocols.
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { describeWithGo } from '../stack/support/suite.ts';
import { testSeconds } from '../support/test-seconds.ts';
import { emit, serve, startDistantCollector } from './support/distance.ts';
import { PROTOCOLS } from './support/service.ts';

/** Round trip: 100 ms. */
const DELAY_MS = 50;
const PER_SECOND = 20_000;
/** Seconds of all of them together. */
const ALL_SECONDS = 370;
/** Of the time that each is meant to take. */
const SHARE = Math.min(1, testSeconds(ALL_SECONDS) / ALL_SECONDS);
const HOLD_SECONDS = 13;

for (const protocol of PROTOCOLS) {
  describeWithGo(`over ${protocol}`, () => {
    test('a receiver at a round trip of 100 ms, 20,000 requests a second', async (t) => {
      const collector = await startDistantCollector(t, protocol, DELAY_MS);
      await serve(t, collector, { perSecond: PER_SECOND, seconds: Math.ceil(60 * SHARE) });
    });

    test('a receiver that stands still for 5 s again and again, at a distance', async (t) => {
      const collector = await startDistantCollector(t, protocol, DELAY_MS);
      const holds = Math.ceil(4 * SHARE);
      await emit(t, collector, { perSecond: PER_SECOND, seconds: holds * HOLD_SECONDS + 3 }, async () => {
        for (let hold = 0; hold < holds; hold += 1) {
          await sleep(8_000);
          collector.hold();
          await sleep(5_000);
          collector.goOn();
        }
      });
    });

    test('turns of the event loop of 50 to 400 ms', async (t) => {
      const collector = await startDistantCollector(t, protocol, 0);
      for (const busyMs of [50, 100, 200, 400]) {
        await emit(t, collector, { perSecond: PER_SECOND, seconds: Math.ceil(10 * SHARE), busyMs });
      }
    });

    test('a service that is offered twice what it can serve', async (t) => {
      const collector = await startDistantCollector(t, protocol, 0);
      await serve(t, collector, { perSecond: 100_000, seconds: Math.ceil(30 * SHARE) });
    });
  });
}
