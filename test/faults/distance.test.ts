// A receiver that is far away, one that stands still, and a service that is offered more than it can serve: cost no
// record. The real Collector, since its windows of HTTP/2 are what limits gRPC over a distance.
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { describeWithGo } from '../stack/support/suite.ts';
import { emit, serve, startDistantCollector } from './support/distance.ts';
import { PROTOCOLS } from './support/service.ts';

/** Round trip: 100 ms. */
const DELAY_MS = 50;
const PER_SECOND = 20_000;

describeWithGo('a receiver at a distance', () => {
  describe('at 20,000 records a second', { concurrency: true }, () => {
    for (const protocol of PROTOCOLS) {
      test(`with a round trip of 100 ms, over ${protocol}: nothing is lost`, async (t) => {
        const collector = await startDistantCollector(t, protocol, DELAY_MS);
        await emit(t, collector, { perSecond: PER_SECOND, seconds: 10 });
      });
    }
  });

  describe('in trouble at 20,000 records a second', { concurrency: true }, () => {
    for (const protocol of PROTOCOLS) {
      test(`that stands still for 5 s, over ${protocol}: nothing is lost with the defaults`, async (t) => {
        const collector = await startDistantCollector(t, protocol, 1);
        await emit(t, collector, { perSecond: PER_SECOND, seconds: 8 }, async () => {
          await sleep(2_000);
          collector.hold();
          await sleep(5_000);
          collector.goOn();
        });
      });
    }

    test('while turns of the event loop are long, over grpc: nothing is lost', async (t) => {
      const collector = await startDistantCollector(t, 'grpc', 0);
      await emit(t, collector, { perSecond: PER_SECOND, seconds: 4, busyMs: 200 });
    });
  });
});

describeWithGo('a service that is offered twice what it can serve', () => {
  test('over grpc: every record is delivered', async (t) => {
    const collector = await startDistantCollector(t, 'grpc', 0);
    await serve(t, collector, { perSecond: 100_000, seconds: 8 });
  });
});
