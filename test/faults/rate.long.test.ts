// Many requests per second, or what the machine makes of them, and a receiver that answers after 100 ms: costs no
// record.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { slow } from '../support/scripted-receiver.ts';
import { request } from './support/requests.ts';
import { PROTOCOLS, startService } from './support/service.ts';

const SECONDS = 10;
/**
 * Over gRPC less: the scripted receiver's HTTP/2 window is Node's default of 64 KiB, so that each 64 KiB wait for a turn
 * of the event loop of both processes. At 20,000 requests per second that costs records on two cores.
 */
const PER_SECOND = { grpc: 10_000, 'http/protobuf': 20_000 } as const;
const CONNECTIONS = 4;

for (const protocol of PROTOCOLS) {
  test(`a receiver that answers after 100 ms, over ${protocol}`, { timeout: 120_000 }, async (t) => {
    const service = await startService(t, protocol, { OTEL_BLRP_SCHEDULE_DELAY: '1000' });
    service.receiver.always(slow(100));
    const perSecond = PER_SECOND[protocol];
    const requests = SECONDS * perSecond;
    const startedMs = performance.now();
    const clients = Array.from({ length: CONNECTIONS }, () => {
      const ids = service.newIds(requests / CONNECTIONS);
      return request(service.app.port, ids, perSecond / CONNECTIONS);
    });
    await Promise.all(clients);
    const made = requests / ((performance.now() - startedMs) / 1_000);
    const { missing, repeated, lost } = await service.account();
    t.diagnostic(`${Math.round(made)} requests/s`);
    assert.deepEqual(
      { missing: missing.length, repeated: repeated.length, lost },
      { missing: 0, repeated: 0, lost: {} },
    );
    await service.end();
  });
}
