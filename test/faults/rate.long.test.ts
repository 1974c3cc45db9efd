// Many requests per second, or what the machine makes of them, and a receiver that answers after 100 ms: costs no
// record.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { slow } from '../support/scripted-receiver.ts';
import { request } from './support/requests.ts';
import { PROTOCOLS, startService } from './support/service.ts';

const SECONDS = 10;
const PER_SECOND = 20_000;
const CONNECTIONS = 4;

for (const protocol of PROTOCOLS) {
  test(`a receiver that answers after 100 ms, over ${protocol}`, { timeout: 120_000 }, async (t) => {
    const service = await startService(t, protocol, { OTEL_BLRP_SCHEDULE_DELAY: '1000' });
    service.receiver.always(slow(100));
    const requests = SECONDS * PER_SECOND;
    const startedMs = performance.now();
    const clients = Array.from({ length: CONNECTIONS }, () => {
      const ids = service.newIds(requests / CONNECTIONS);
      return request(service.app.port, ids, PER_SECOND / CONNECTIONS);
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
